"""The cache, which may fail without anybody failing with it: a value that cannot be read is one that is not there.

What cannot be kept is lost, once a minute with a line in the log; the health check says that the cache does not keep.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable
from pickle import UnpicklingError
from typing import Any, TypeVar

import structlog
from django.core.cache.backends.filebased import FileBasedCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

FAULTS = (OSError, RedisError, UnpicklingError, zlib.error, EOFError)
QUIET_S = 60.0
T = TypeVar("T")
log = structlog.get_logger(__name__)
_last_said = float("-inf")


def forgiving(call: Callable[[], T], otherwise: T) -> T:
    """What the call answers, or `otherwise` when the cache is full, unreadable or gone."""
    global _last_said
    try:
        return call()
    except FAULTS as error:
        if time.monotonic() - _last_said > QUIET_S:
            _last_said = time.monotonic()
            log.warning("cache_down", reason=str(error).strip())
        return otherwise


class ForgivingFileCache(FileBasedCache):
    """Files under VAULT_HOME."""

    def _createdir(self) -> None:
        forgiving(super()._createdir, None)  # type: ignore[misc]

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        """The value, else `default`."""
        return forgiving(lambda: super(ForgivingFileCache, self).get(key, default, version), default)

    def set(self, key: Any, value: Any, *args: Any, **kwargs: Any) -> None:
        """Keep the value if that is possible."""
        forgiving(lambda: super(ForgivingFileCache, self).set(key, value, *args, **kwargs), None)

    def touch(self, key: Any, *args: Any, **kwargs: Any) -> bool:
        """Keep it for longer; False when it is not there."""
        return forgiving(lambda: super(ForgivingFileCache, self).touch(key, *args, **kwargs), False)

    def delete(self, key: Any, version: int | None = None) -> bool:
        """Forget it; False when it was not there."""
        return forgiving(lambda: super(ForgivingFileCache, self).delete(key, version), False)

    def has_key(self, key: Any, version: int | None = None) -> bool:
        """Whether it is there; `add` asks this first, and then says that it was first."""
        return forgiving(lambda: super(ForgivingFileCache, self).has_key(key, version), False)


class ForgivingRedisCache(RedisCache):
    """Redis."""

    def add(self, key: Any, value: Any, *args: Any, **kwargs: Any) -> bool:
        """Keep it unless it is there; True, as for whoever is first, when nobody can tell."""
        return forgiving(lambda: super(ForgivingRedisCache, self).add(key, value, *args, **kwargs), True)

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        """The value, else `default`."""
        return forgiving(lambda: super(ForgivingRedisCache, self).get(key, default, version), default)

    def set(self, key: Any, value: Any, *args: Any, **kwargs: Any) -> None:
        """Keep the value if that is possible."""
        forgiving(lambda: super(ForgivingRedisCache, self).set(key, value, *args, **kwargs), None)

    def touch(self, key: Any, *args: Any, **kwargs: Any) -> bool:
        """Keep it for longer; False when it is not there."""
        return forgiving(lambda: super(ForgivingRedisCache, self).touch(key, *args, **kwargs), False)

    def delete(self, key: Any, version: int | None = None) -> bool:
        """Forget it; False when it was not there."""
        return forgiving(lambda: super(ForgivingRedisCache, self).delete(key, version), False)

    def get_many(self, keys: Any, version: int | None = None) -> dict[Any, Any]:
        """Those values that are there."""
        return forgiving(lambda: super(ForgivingRedisCache, self).get_many(keys, version), {})

    def has_key(self, key: Any, version: int | None = None) -> bool:
        """Whether it is there."""
        return forgiving(lambda: super(ForgivingRedisCache, self).has_key(key, version), False)

    def set_many(self, data: Any, *args: Any, **kwargs: Any) -> list[Any]:
        """Keep them all; those that could not be kept."""
        return forgiving(lambda: super(ForgivingRedisCache, self).set_many(data, *args, **kwargs), list(data))
