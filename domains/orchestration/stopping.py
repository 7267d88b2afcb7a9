"""Whether this process has been asked to stop: a worker then hands its run back at the next step's boundary."""

from __future__ import annotations

from threading import Event

_asked = Event()


def request(*signal: object) -> None:
    """Ask this process to stop, once and for all; can be set as the handler of a signal."""
    _asked.set()


def requested() -> bool:
    """Whether it has been asked to. Cheap enough to be asked between any two steps."""
    return _asked.is_set()


def withdraw() -> None:
    """Forget the request, for tests that go on in the same process."""
    _asked.clear()
