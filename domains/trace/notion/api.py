"""Notion's API as an export reads it: every request paced and repeated, every list complete or said to be not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote

from domains.base import revealed
from domains.trace.notion import retry
from domains.trace.notion.client import TIMEOUT_S, make_client
from domains.trace.notion.download import Downloaded, fetch
from domains.trace.notion.pacer import Pacer
from domains.trace.notion.paging import Query, all_items

Object = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Markdown:
    """A page's content. `truncated`: Notion left something out; `unknown_block_ids` it cannot write as Markdown."""

    text: str
    truncated: bool
    unknown_block_ids: list[str]


class NotionApi:
    """What one run asks Notion. `requests` counts what was sent.

    `say` is told what is being waited for ("waiting 42 s for Notion"), "" when that is over. When `stop` answers true,
    nothing more is sent and Interrupted raised. Every method raises UpstreamFailed when Notion did not answer however
    often it was asked, and a NotionRefused when asking again is no use. No method may be called in a transaction.
    """

    def __init__(
        self,
        token: str,
        *,
        api_url: str,
        rate: float,
        say: Callable[[str], None] = lambda words: None,
        stop: Callable[[], bool] = lambda: False,
        timeout_s: float | None = None,
        patience: retry.Patience | None = None,
    ) -> None:
        revealed.remember(token)
        self.api_url, self.requests = api_url, 0
        self.patience = patience or retry.Patience()
        self.pacer = Pacer(token, rate, say, stop, self.patience.longest_s)
        self.client = make_client(token, api_url, timeout_s or TIMEOUT_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connections."""
        self.client.close()

    def me(self) -> Object:
        """The user that the token stands for."""
        return self.call(lambda: self.client.users.me())

    def database(self, database_id: str) -> Object:
        """A database with the names and ids of its data sources. Raises NotShared."""
        return self.call(lambda: self.client.databases.retrieve(database_id))

    def data_source(self, data_source_id: str) -> Object:
        """A data source with its properties. Raises NotShared."""
        return self.call(lambda: self.client.data_sources.retrieve(data_source_id))

    def query(
        self,
        data_source_id: str,
        *,
        filter: Object | None = None,
        sorts: list[Object],
        filter_properties: list[str] | None = None,
        in_trash: bool = False,
    ) -> Iterator[list[Object]]:
        """The pages of a data source, batch by batch.

        Raises CursorLost when the query is to be begun again, and Incomplete, after the last batch, when Notion has
        more rows than it gives out to one query.
        """
        wanted: Object = {"sorts": sorts}
        wanted |= {"filter": filter} if filter else {}
        # Ids come encoded, and what is sent in the query of an address is encoded once more.
        wanted |= {"filter_properties": [unquote(name) for name in filter_properties]} if filter_properties else {}
        wanted |= {"in_trash": True} if in_trash else {}
        return Query(self, data_source_id, wanted).batches()

    def property_items(self, page_id: str, property_id: str) -> Iterator[Object]:
        """Every item of a property that a page shows a part of; `property_id` as Notion wrote it, encoded."""
        return iter(all_items(self, page_id, property_id))

    def markdown(self, page_id: str) -> Markdown:
        """A page's content. Raises NotShared."""
        answer = self.call(lambda: self.client.pages.retrieve_markdown(page_id))
        unknown = [str(block) for block in answer.get("unknown_block_ids") or []]
        return Markdown(str(answer.get("markdown") or ""), bool(answer.get("truncated")), unknown)

    def download(self, url: str, target: Path, *, max_bytes: int) -> Downloaded:
        """Fetch a file, without the token and outside of the pace. Raises FileExpired and FileRefused."""
        return fetch(url, target, max_bytes=max_bytes, api_url=self.api_url, pacer=self.pacer)

    def call(self, send: Callable[[], Any], failed: Callable[[Exception], None] = lambda error: None) -> Object:
        """Send a request until it succeeds; `failed` is told of each failure before it is sent again."""
        failures = refusals = 0
        while True:
            self.pacer.take_turn()
            self.requests += 1
            try:
                return _checked(send())
            except retry.FAILURES as error:
                wait = retry.retry_after(error)
                failures, refusals = failures + (wait is None), refusals + (wait is not None)
                spent = failures >= self.patience.failures or refusals >= self.patience.refusals
                if spent or not retry.may_pass(error):
                    raise retry.refusal(error) from error
                failed(error)
                self._wait(error, wait, failures)

    def _wait(self, error: Exception, asked_for: float | None, failures: int) -> None:
        if asked_for is None:
            self.pacer.sleep(retry.pause_s(failures), retry.in_words(error))
        else:
            self.pacer.hold(asked_for)


def _checked(answer: Any) -> Object:
    """The answer, if it is one of Notion's. Raises BrokenAnswer."""
    if not isinstance(answer, dict) or "object" not in answer:
        raise retry.BrokenAnswer("no object of Notion")
    return answer
