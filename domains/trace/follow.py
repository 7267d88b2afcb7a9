"""What the readers of this machine get follows the database, which says what is published, on every machine alike.

Files take longer to write than a link to move. So what is about to be published is announced in the database: every
machine that serves readers writes its files and says so, and the run that publishes waits a little for all of them.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone

from domains.base.database import atomic_write
from domains.publishing.follow import Follower
from domains.publishing.store import data_root
from domains.trace import staging
from domains.trace.published import store
from domains.trace.service import comings, machines, publications

TOLD_EVERY, SEEN_FOR, FORGOTTEN_AFTER = timedelta(seconds=5), timedelta(seconds=12), timedelta(days=1)
WAIT_S, LOOK_S = 5.0, 0.05
_told: dict[str, tuple[float, str]] = {}


_follower = Follower(
    store,
    current=publications.current_folder,
    write=lambda folder: staging.write_publication(publications.get(folder=folder)),
    kept=lambda: [row.folder for row in publications.newest()[: staging.KEEP]],
)


def follow() -> bool:
    """Put before readers what the database says. Promises, and raises, what the follower of any service does."""
    return _follower.follow()


def prepare() -> None:
    """Write the files of what is about to be published, and say that this machine is there and has them.

    Raises as `follow` does.
    """
    folder = comings.newest_folder()
    if folder and not store.is_complete(folder):
        with store.lock():
            coming = comings.find(folder=folder)
            if coming is not None:
                staging.write_coming(coming)
    name, now = here(), time.monotonic()
    at, told = _told.get(name, (float("-inf"), ""))
    if folder != told or now - at > TOLD_EVERY.total_seconds():
        with atomic_write():
            machines.tell(name, folder, timezone.now())
            machines.forget(timezone.now() - FORGOTTEN_AFTER)
        _told[name] = now, folder


def here() -> str:
    """What this machine is called: its host, and the folder that its readers are served from."""
    return f"{socket.gethostname()}:{data_root()}"[:500]


def wait_for_machines(folder: str, is_over: Callable[[], bool]) -> list[str]:
    """Wait a few seconds until every machine that serves readers has made this ready; names of those that have not."""
    until = time.monotonic() + WAIT_S
    while True:
        unready = machines.unready(folder, timezone.now() - SEEN_FOR)
        names = [machine.name for machine in unready]
        if not names or time.monotonic() > until or is_over():
            return names
        time.sleep(LOOK_S)
