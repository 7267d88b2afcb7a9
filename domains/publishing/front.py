"""Ready bytes in front of Django: one look at a link, and what the reader asks for goes out."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from time import perf_counter
from typing import Generic, TypeVar

from domains.base.errors import Unavailable
from domains.extensions.front import Environ, Front, StartResponse
from domains.publishing import api_log
from domains.publishing.answer import Ready, answer
from domains.publishing.shelf import Library, Shelf

LOOK_S = 0.005
"""How long a process goes on without looking at the link again. Each look lets go of the interpreter, which costs more
than all the rest of an answer while other threads wait for it."""
UNKNOWN = "unknown"
STATUS = {200: "200 OK", 304: "304 Not Modified"}
S = TypeVar("S", bound=Shelf)


class DocumentFront(Front, Generic[S]):
    """The published documents of one service. Everything else, and every error, is Django's.

    Derive, name the prefix, and say which applications there are, how the database is followed, and what the API log
    calls an address.
    """

    def __init__(self, library: Library[S]) -> None:
        self.library = library
        self.service = library.store.service
        self.active: frozenset[str] = frozenset()
        """Applications that are switched on, and "" for all rows; nothing is answered before it is known."""
        self.link = library.where()
        self.shelf: S | None = None
        self.looked = 0.0

    @abstractmethod
    def applications(self) -> Iterable[str]:
        """Slugs of the applications that are switched on."""

    @abstractmethod
    def follow(self) -> None:
        """Put before readers what the database says is published. Raises as `refresh` may."""

    @abstractmethod
    def named(self, path: str) -> tuple[str, str]:
        """What the API log calls an address: its endpoint and its application."""

    @abstractmethod
    def addresses(self, application: str) -> Sequence[str]:
        """The documents of an application that are known to be there, "" standing for all of them together."""

    def found(self, shelf: S, path: str) -> Ready | None:
        """What the address leads to; None when that has to be computed. Raises OSError when a file is gone."""
        return shelf.document(path)

    def start(self) -> None:
        """Begin to write the API log."""
        api_log.start()

    def refresh(self) -> None:
        """Follow what the database says is published and which applications are switched on."""
        self.active = frozenset(["", *self.applications()])
        self.follow()

    def answer(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes] | None:
        """A document as the current publication has it; None when Django has to look."""
        begun = perf_counter()
        method = environ["REQUEST_METHOD"]
        if environ["QUERY_STRING"] or method not in ("GET", "HEAD"):
            return None
        found = self._find(environ["PATH_INFO"], begun)
        if found is None:
            return None
        get = environ.get
        accept, tags = get("HTTP_ACCEPT_ENCODING", ""), get("HTTP_IF_NONE_MATCH", "")
        made = answer(found, method, accept, tags, get("HTTP_IF_MODIFIED_SINCE", ""))
        start_response(STATUS[made.status], list(made.headers))
        facts = found.facts
        api_log.note(
            service=self.service,
            endpoint=facts.kind,
            application=facts.application,
            status=made.status,
            outcome="ready",
            seconds=perf_counter() - begun,
        )
        return made.chunks

    def _find(self, path: str, now: float) -> Ready | None:
        """What the address leads to for readers now; None when it is no ready document."""
        shelf = self.shelf
        try:
            if shelf is None or now - self.looked > LOOK_S:
                self.looked = now
                shelf = self.shelf = self.library.led_by(self.link)
            found = self.found(shelf, path)
        except (Unavailable, OSError, ValueError):
            self.shelf = None
            return None
        return found if found is not None and found.facts.application in self.active else None

    def observe(self, path: str, status: int, seconds: float) -> None:
        """Count what Django has answered."""
        endpoint, application = self.named(path)
        if self.active and application not in self.active:
            application = UNKNOWN  # readers may invent as many names as they like
        api_log.note(
            service=self.service,
            endpoint=endpoint,
            application=application,
            status=status,
            outcome="computed" if status < 400 else "refused",
            seconds=seconds,
        )
