"""Ready bytes in front of Django: one look at a link, and what the reader asks for goes out."""

from __future__ import annotations

import os
from collections.abc import Iterable
from time import perf_counter
from typing import ClassVar

from domains.applications import reads as applications
from domains.base.errors import Unavailable
from domains.extensions.front import Environ, Front, StartResponse
from domains.trace import api_log, follow, publication, ready
from domains.trace.public.addresses import PREFIX, named, parts_of
from domains.trace.public.answer import Ready, answer
from domains.trace.ready import Shelf

LOOK_S = 0.005
"""How long a process goes on without looking at the link again. Each look lets go of the interpreter, which costs more
than all the rest of an answer while other threads wait for it."""
UNKNOWN = "unknown"
STATUS = {200: "200 OK", 304: "304 Not Modified"}


class TraceFront(Front):
    """The published documents and single features. Everything else, and every error, is Django's."""

    prefix: ClassVar[str] = PREFIX

    def __init__(self) -> None:
        self.active: frozenset[str] = frozenset()
        """Applications that are switched on, and "" for all rows; nothing is answered before it is known."""
        self.link = os.fspath(publication.current_link())
        self.shelf: Shelf | None = None
        self.looked = 0.0

    def start(self) -> None:
        """Begin to write the API log."""
        api_log.start()

    def refresh(self) -> None:
        """Follow what the database says is published and which applications are switched on."""
        self.active = frozenset(["", *applications.available_apps()])
        follow.prepare()
        follow.follow()

    def answer(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes] | None:
        """A document or a feature as the current publication has it; None when Django has to look."""
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
                shelf = self.shelf = ready.shelf_of(self.link)
            found = shelf.document(path) or self._feature(shelf, path)
        except (Unavailable, OSError, ValueError):
            self.shelf = None
            return None
        return found if found is not None and found.facts.application in self.active else None

    def _feature(self, shelf: Shelf, path: str) -> Ready | None:
        application, *rest = parts_of(path, shelf.applications)
        return shelf.feature(application, rest[1]) if len(rest) == 2 and rest[0] == "features" else None

    def observe(self, path: str, status: int, seconds: float) -> None:
        """Count what Django has answered."""
        endpoint, application = named(path)
        if self.active and application not in self.active:
            application = UNKNOWN  # readers may invent as many names as they like
        outcome = "computed" if status < 400 else "refused"
        api_log.note(endpoint=endpoint, application=application, status=status, outcome=outcome, seconds=seconds)
