"""What answers in front of Django: ready bytes below a prefix of addresses, and a thread that keeps them fresh.

`vault_site.wsgi` puts the fronts of all extensions before Django without knowing any of them by name.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar

import structlog
from django.db import Error as DatabaseError

from domains.base.database import connection
from domains.base.errors import VaultError

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]
log = structlog.get_logger(__name__)


class Front(ABC):
    """Derive, name the prefix, and answer what can be answered at once."""

    prefix: ClassVar[str]
    every: ClassVar[float] = 0.25
    """Seconds between two calls of `refresh`."""

    @abstractmethod
    def start(self) -> None:
        """Called once in each web process, in the thread that refreshes."""

    @abstractmethod
    def refresh(self) -> None:
        """Called again and again in a thread of its own; may raise VaultError and Django's database errors."""

    @abstractmethod
    def answer(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes] | None:
        """Answer a request below the prefix as a WSGI application does, or leave it to Django by answering None.

        It runs on the path of every such request: it asks no database.
        """

    @abstractmethod
    def observe(self, path: str, status: int, seconds: float) -> None:
        """Learn of a request below the prefix that Django has answered."""


def in_front(django: Application, fronts: Sequence[Front], *, secure: bool) -> Application:
    """Django with these before it. With `secure`, requests without HTTPS are left to Django, which sends them there."""
    answers = [(front.prefix, front.answer) for front in fronts]

    def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        for prefix, answer in answers:
            if path.startswith(prefix) and not (secure and not _is_secure(environ)):
                chunks = answer(environ, start_response)
                if chunks is not None:
                    return chunks
        return django(environ, start_response)

    return application


def begin(fronts: Sequence[Front]) -> None:
    """Keep the fronts fresh, each in a thread of its own, as long as this process lives."""
    for front in fronts:
        threading.Thread(target=keep_fresh, args=(front,), name=f"front {front.prefix}", daemon=True).start()


def _is_secure(environ: Environ) -> bool:
    return environ.get("HTTP_X_FORWARDED_PROTO") == "https" or environ["wsgi.url_scheme"] == "https"


def keep_fresh(front: Front, stop: threading.Event | None = None) -> None:
    """Refresh the front until told to stop. What goes wrong is said once, and tried again."""
    stop = stop or threading.Event()
    front.start()
    failing = False
    while not stop.is_set():
        try:
            front.refresh()
            failing = False
        except (DatabaseError, VaultError, OSError) as error:
            if not failing:
                log.warning("front.not_fresh", prefix=front.prefix, reason=str(error).strip())
            failing = True
            if isinstance(error, DatabaseError):
                connection().close()
        stop.wait(front.every)
    connection().close()
