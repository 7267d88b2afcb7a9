"""Lists that come in pages: the rows of a data source, and the items of a property."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from domains.trace.notion import retry
from domains.trace.notion.errors import CursorLost, Incomplete

if TYPE_CHECKING:
    from domains.trace.notion.api import NotionApi

MOST, LEAST = 100, 5
RESTARTS = 3
Object = dict[str, Any]


class Query:
    """One query of a data source. Its pages get smaller while Notion is too slow for large ones, and larger again."""

    def __init__(self, api: NotionApi, data_source_id: str, wanted: Object) -> None:
        self.api, self.data_source_id, self.wanted = api, data_source_id, wanted
        self.size, self.cursor = MOST, ""

    def batches(self) -> Iterator[list[Object]]:
        """The rows that are pages, batch by batch. Raises CursorLost and Incomplete."""
        while True:
            self._slow = False
            answer = self.api.call(self._send, self._failed)
            if not self._slow:
                self.size = min(MOST, self.size * 2)
            yield [row for row in _results(answer) if row.get("object") == "page"]
            status = answer.get("request_status") or {}
            if status.get("type") == "incomplete":
                raise Incomplete(
                    "Notion has more rows than it gives out to one query.", detail=str(status.get("incomplete_reason"))
                )
            if not answer.get("has_more"):
                return
            self.cursor = _following(answer, self.cursor)

    def _send(self) -> Any:
        cursor = {"start_cursor": self.cursor} if self.cursor else {}
        answer = self.api.client.data_sources.query(self.data_source_id, page_size=self.size, **self.wanted, **cursor)
        _results(answer)
        return answer

    def _failed(self, error: Exception) -> None:
        if retry.is_slow(error):
            self._slow = True
            self.size = max(LEAST, self.size // 2)


def all_items(api: NotionApi, page_id: str, property_id: str) -> list[Object]:
    """Every item of a property, begun again when Notion forgets the cursor."""
    for _ in range(RESTARTS):
        try:
            return list(_items(api, page_id, property_id))
        except CursorLost as error:
            lost = error
    raise lost


def _items(api: NotionApi, page_id: str, property_id: str) -> Iterator[Object]:
    cursor = ""
    while True:
        more = {"start_cursor": cursor} if cursor else {}
        answer = api.call(partial(_property_page, api, page_id, property_id, more))
        if answer["object"] != "list":
            yield answer
            return
        yield from answer["results"]
        if not answer.get("has_more"):
            return
        cursor = _following(answer, cursor)


def _property_page(api: NotionApi, page_id: str, property_id: str, more: Object) -> Any:
    answer = api.client.pages.properties.retrieve(page_id, property_id, page_size=MOST, **more)
    if isinstance(answer, dict) and answer.get("object") == "list":
        _results(answer)
    return answer


def _results(answer: Any) -> list[Object]:
    """The results of a list. Raises BrokenAnswer."""
    results = answer.get("results") if isinstance(answer, dict) else None
    if not isinstance(results, list) or not all(isinstance(row, dict) for row in results):
        raise retry.BrokenAnswer("no list of Notion")
    return results


def _following(answer: Object, before: str) -> str:
    """The cursor of the next page. Raises CursorLost when there is more but no way to get there."""
    cursor = answer.get("next_cursor")
    if not isinstance(cursor, str) or not cursor or cursor == before:
        raise CursorLost("Notion says that there is more, but not where.")
    return cursor
