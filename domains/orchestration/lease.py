"""Keeping a claimed run while a long step runs."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import copy_context
from threading import Event, Thread, get_ident

import structlog
from django.db import OperationalError

from domains.base import database
from domains.orchestration.models import Run
from domains.orchestration.service import runs

RENEW_EVERY = 15.0
log = structlog.get_logger(__name__)


def owner() -> str:
    """The name of this worker in leases: host, process, thread."""
    return f"{socket.gethostname()[:60]}:{os.getpid()}:{get_ident()}"


@contextmanager
def kept(run: Run) -> Iterator[None]:
    """Renew the lease in the background."""
    stop = Event()
    thread = Thread(target=copy_context().run, args=(_renew, run, stop), name=f"lease-{run.pk}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _renew(run: Run, stop: Event) -> None:
    try:
        while not stop.wait(RENEW_EVERY):
            try:
                if not runs.renew(run.pk, run.epoch):
                    return
            except OperationalError as error:
                log.warning("lease_not_renewed", run=str(run.uuid), reason=str(error))
    finally:
        database.connection().close()
