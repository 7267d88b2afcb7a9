"""Every row is read although a query ends early, breaks off or is changed under the reader's feet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from operator import ge, lt
from typing import Any

import pytest

from domains.base.errors import UpstreamFailed
from domains.trace.notion.errors import CursorLost, Incomplete
from domains.trace.windows import CREATED, EDITED, Page, Windows, moment

START = datetime(2026, 1, 1, tzinfo=UTC)
WORDS: dict[str, Callable[[datetime, datetime], bool]] = {"on_or_after": ge, "before": lt}


def row(number: int, edited: int, created: int) -> Page:
    """A row that was edited and created so many minutes after the start."""
    times = {EDITED: START + timedelta(minutes=edited), CREATED: START + timedelta(minutes=created)}
    return {"id": str(number)} | {name: at.isoformat() for name, at in times.items()}


class Store:
    """Rows that are told `limit` at most to one query, ten a batch; the first queries break off after one batch."""

    def __init__(self, rows: list[Page], limit: int = 50, breaks: int = 0) -> None:
        self.rows, self.limit, self.breaks, self.queries = rows, limit, breaks, 0

    def query(self, wanted: dict[str, Any] | None, sorts: list[dict[str, Any]]) -> Iterator[list[Page]]:
        self.queries += 1
        parts = (wanted.get("and") or [wanted]) if wanted else []
        stamp = sorts[0]["timestamp"]
        found = sorted(
            (r for r in self.rows if all(fits(r, part) for part in parts)), key=lambda r: (r[stamp], r["id"])
        )
        for start in range(0, min(len(found), self.limit), 10):
            yield found[start : min(start + 10, self.limit)]
            if self.breaks:
                self.breaks -= 1
                raise CursorLost("lost")
        if len(found) > self.limit:
            raise Incomplete("more")


def fits(found: Page, part: dict[str, Any]) -> bool:
    ((word, limit),) = part[part["timestamp"]].items()
    return WORDS[word](moment(found[part["timestamp"]]), moment(limit))


def read(store: Store, stamp: str = EDITED, start: datetime | None = None) -> set[str]:
    seen: set[str] = set()
    windows = Windows(store.query, lambda batch: seen.update(page["id"] for page in batch), "features")
    windows.read(stamp, start)
    return seen


def everything(store: Store) -> set[str]:
    return {page["id"] for page in store.rows}


@pytest.mark.parametrize("stamp", [EDITED, CREATED])
@pytest.mark.parametrize("count", [0, 1, 49, 50, 51, 430])
def test_all_rows_come_however_many_there_are(count: int, stamp: str) -> None:
    store = Store([row(n, edited=n // 7, created=n // 3) for n in range(count)])
    assert read(store, stamp) == everything(store)


def test_rows_edited_in_one_minute_are_told_apart_by_their_creation() -> None:
    rows = [row(n, edited=5, created=n) for n in range(230)] + [row(900 + n, edited=n, created=1) for n in range(40)]
    store = Store(rows)
    assert read(store) == everything(store)


def test_rows_created_and_edited_in_one_minute_end_the_reading_with_words() -> None:
    with pytest.raises(UpstreamFailed, match="does not tell all rows of features: more than it answers with"):
        read(Store([row(n, edited=5, created=9) for n in range(51)]))


def test_a_query_that_breaks_off_is_begun_again_where_it_was() -> None:
    store = Store([row(n, edited=n // 7, created=n) for n in range(200)], breaks=6)
    assert read(store) == everything(store)


def test_a_query_that_breaks_off_at_one_place_for_ever_ends_the_reading() -> None:
    store = Store([row(n, edited=5, created=n) for n in range(30)], breaks=1000)
    with pytest.raises(UpstreamFailed, match="broke off the list of features 5 times"):
        read(store)
    assert store.queries == 6


def test_only_what_was_edited_since_is_read() -> None:
    store = Store([row(n, edited=n, created=0) for n in range(90)])
    assert read(store, start=START + timedelta(minutes=70)) == {str(n) for n in range(70, 90)}
