"""Reading every row of a data source although one query never tells more than 10,000 and may break off. Pure.

Rows come in the order of a time, so that a new query can go on from the newest one that was read. Rows that come twice
are the caller's to recognise by their ids.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from domains.base.errors import UpstreamFailed
from domains.trace.notion.errors import CursorLost, Incomplete

EDITED, CREATED = "last_edited_time", "created_time"
MINUTE = timedelta(minutes=1)
MOST_RESTARTS = 5
Page = dict[str, Any]
Query = Callable[[dict[str, Any] | None, list[dict[str, Any]]], Iterator[list[Page]]]


def moment(text: str) -> datetime:
    """A time of Notion's."""
    return datetime.fromisoformat(text)


def condition(stamp: str, word: str, at: datetime) -> dict[str, Any]:
    """A filter on a time: rows of that minute or later, earlier, …"""
    return {"timestamp": stamp, stamp: {word: at.strftime("%Y-%m-%dT%H:%M:00.000Z")}}


@dataclass
class Windows:
    """`query` sends a filter and sorts and answers with batches; `accept` keeps a batch before the next is asked for.

    `name` is the data source in words; `answers` counts the batches.
    """

    query: Query
    accept: Callable[[list[Page]], None]
    name: str
    answers: int = 0

    def read(self, stamp: str = EDITED, start: datetime | None = None) -> None:
        """Every row whose time is `start` or later, every row at all without one.

        Raises UpstreamFailed when some cannot be had: the query breaks off again and again, or more rows than one
        query tells were both created and edited within one minute.
        """
        other = CREATED if stamp == EDITED else EDITED
        while (stuck := self._advance(stamp, start, [])) is not None:
            within = [condition(stamp, "on_or_after", stuck), condition(stamp, "before", stuck + MINUTE)]
            if self._advance(other, None, within) is not None:
                raise UpstreamFailed(
                    f"Notion does not tell all rows of {self.name}: more than it answers with were created and edited "
                    f"in the same minute, {stuck:%Y-%m-%d %H:%M} UTC. Edit some of them, then export again."
                )
            start = stuck + MINUTE

    def _advance(self, stamp: str, start: datetime | None, within: list[dict[str, Any]]) -> datetime | None:
        """Window after window until all is read; the minute that no window leads out of, when there is one."""
        restarts = 0
        while True:
            newest, fault = self._window(stamp, start, within)
            if fault is None:
                return None
            if newest is not None and (start is None or newest > start):
                start, restarts = newest, 0
                continue
            if isinstance(fault, Incomplete) and start is not None:
                return start
            restarts += 1
            if restarts == MOST_RESTARTS:
                raise UpstreamFailed(
                    f"Notion broke off the list of {self.name} {MOST_RESTARTS} times at the same place."
                ) from fault

    def _window(
        self, stamp: str, start: datetime | None, within: Sequence[dict[str, Any]]
    ) -> tuple[datetime | None, CursorLost | Incomplete | None]:
        """The newest time that was read, and why the window ended before its end."""
        newest: datetime | None = None
        parts = [*within, *([condition(stamp, "on_or_after", start)] if start else [])]
        wanted = parts[0] if len(parts) == 1 else ({"and": parts} if parts else None)
        try:
            for batch in self.query(wanted, [{"timestamp": stamp, "direction": "ascending"}]):
                self.answers += 1
                self.accept(batch)
                newest = max([moment(page[stamp]) for page in batch], default=newest)
        except (CursorLost, Incomplete) as fault:
            return newest, fault
        return newest, None
