"""Who acts, for which request and in which run: known to every line of the log and every audit event."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Ambient:
    """`actor_id` is the user's primary key, None for the system; `actor_name` says who in words."""

    actor_id: int | None = None
    actor_name: str = "system"
    request_id: str = ""
    run_uuid: str = ""
    application: str = ""


_current: ContextVar[Ambient] = ContextVar("vault_ambient")


def current() -> Ambient:
    """The ambient of this thread or task."""
    return _current.get(Ambient())


@contextmanager
def ambient(**changes: object) -> Iterator[Ambient]:
    """Change parts of the ambient for a while: `with ambient(actor_id=3, actor_name="maria"):`."""
    value = replace(current(), **changes)  # type: ignore[arg-type]
    token = _current.set(value)
    try:
        yield value
    finally:
        _current.reset(token)
