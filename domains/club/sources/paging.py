"""All pages of a list: by page number, by cursor, by Link header. Lists that lead in a circle are noticed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from domains.base.outbound.client import checked_url
from domains.base.outbound.links import links
from domains.club.sources.base import Answered, Asker
from domains.club.sources.errors import Refused, Unreadable

Rows = list[Any]


@dataclass
class Paged:
    """The pages of one list, to be asked for one after the other.

    `rows_of` takes the rows from an answer and `cursor_of` the cursor of the next page; `page`, `size` and `cursor` are
    names of parameters. After `most` pages it ends, and `cut` says so. `uneven` says that a page had fewer rows than
    the one before it and yet was not the last: rows may have been lost between them.
    """

    ask: Asker
    url: str
    headers: Mapping[str, str]
    rows_of: Callable[[Any], Rows]
    cursor_of: Callable[[Any], object] = lambda data: None
    params: Mapping[str, str] = field(default_factory=dict)
    page: str = "page"
    first_page: int = 1
    cursor: str = "cursor"
    most: int = 50
    cut: bool = False
    uneven: bool = False

    async def once(self) -> AsyncIterator[tuple[Any, Rows]]:
        """The one page there is."""
        yield await self._get(self.url, self.params)

    async def by_number(self) -> AsyncIterator[tuple[Any, Rows]]:
        """Until a page has no rows, or is not there. Raises Unreadable when pages do not differ."""
        before: Rows = []
        short = False
        for turn in range(self.most):
            try:
                data, rows = await self._get(self.url, {**self.params, self.page: str(self.first_page + turn)})
            except Refused as error:
                if turn and error.answer.status == 404:
                    return
                raise
            if not rows:
                return
            if rows == before:
                raise Unreadable(f"{_host(self.url)} answers the same rows whatever page is asked for.")
            self.uneven = self.uneven or short
            short, before = bool(before) and len(rows) < len(before), rows
            yield data, rows
        self.cut = True

    async def by_cursor(self) -> AsyncIterator[tuple[Any, Rows]]:
        """Until an answer holds no cursor. A cursor that is an address is followed as one."""
        url, params = self.url, dict(self.params)
        seen: set[str] = set()
        for _ in range(self.most):
            data, rows = await self._get(url, params)
            yield data, rows
            following = self.cursor_of(data)
            if following is None or following is False or following == "":
                return
            text = str(following)
            if text in seen:
                raise Unreadable(f"The pages of {_host(self.url)} lead in a circle.")
            seen.add(text)
            if text.startswith(("http://", "https://", "/")):
                url, params = next_address(self.url, text), {}
            else:
                params = {**self.params, self.cursor: text}
        self.cut = True

    async def by_link(self) -> AsyncIterator[tuple[Any, Rows]]:
        """Until an answer has no Link header that names a next page."""
        url, params = self.url, self.params
        seen = {self.url}
        for _ in range(self.most):
            answer = await self.ask.get(url, params=params, headers=self.headers)
            yield self._read(answer)
            following = links(answer.headers.get("link", "")).get("next")
            if following is None:
                return
            url, params = next_address(self.url, following, answer.url), {}
            if url in seen:
                raise Unreadable(f"The pages of {_host(self.url)} lead in a circle.")
            seen.add(url)
        self.cut = True

    async def _get(self, url: str, params: Mapping[str, str]) -> tuple[Any, Rows]:
        return self._read(await self.ask.get(url, params=params, headers=self.headers))

    def _read(self, answer: Answered) -> tuple[Any, Rows]:
        data = None if answer.status == 204 else answer.json()
        return data, [] if data is None else self.rows_of(data)


def next_address(home: str, text: str, base: str = "") -> str:
    """The address of a further page, which must be where the first one is: the secret goes along. Raises Unreadable."""
    try:
        target = httpx.URL(base or home).join(text)
    except httpx.InvalidURL as error:
        raise Unreadable(f"{_host(home)} names something as its next page that is no address.") from error
    own = checked_url(home)
    if (target.scheme, target.host, target.port) != (own.scheme, own.host, own.port):
        raise Unreadable(f"The next page of {own.host} is elsewhere, at {target.host}. It is not asked.")
    return str(target)


def _host(url: str) -> str:
    return checked_url(url).host
