"""What the readers of a machine get follows the database, which says what is published, on every machine alike."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from domains.publishing.store import Store


@dataclass(frozen=True)
class Follower:
    """How one service's files follow its tables.

    `current` asks the database for the folder that readers should get, "" for none; `write` writes that folder's files
    unless they are there; `kept` names the folders that may stay.
    """

    store: Store
    current: Callable[[], str]
    write: Callable[[str], object]
    kept: Callable[[], Collection[str]]

    def follow(self) -> bool:
        """Put before readers what the database says; whether they got something else before, or nothing whole.

        Safe to call at any time from any process: most often it is one short query and a look at a link. Raises
        Unavailable when the files cannot be written, and Django's database errors.
        """
        if self.is_followed(self.current()):
            return False
        with self.store.lock():
            folder = self.current()
            if self.is_followed(folder):
                return False
            self.write(folder)
            self.store.show(folder)
            self.store.prune(self.kept())
        return True

    def is_followed(self, folder: str) -> bool:
        """Whether readers get this, or there is nothing to be got."""
        return not folder or (self.store.current_folder() == folder and self.store.is_complete(folder))
