"""GitHub, as it is asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domains.base.errors import RateLimited
from domains.base.outbound.client import checked_url
from domains.club.sources.base import Answered, Asker, SourceSpec
from domains.club.sources.errors import Refused, Unreadable
from domains.club.sources.paging import Paged
from domains.club.sources.values import mapping, rows, text, whole

API = "https://api.github.com"
PAGE = {"per_page": "100"}
MOST_PAGES, MOST_REPOSITORIES = 50, 25
"""A repository takes four requests for the hero metrics alone, one after the other, within the time of one part."""
GHOST = 10137
"""The account that stands for all that were deleted."""
MORE = "A token raises GitHub's limit from 60 to 5,000 requests an hour."
Row = Mapping[str, Any]


class GitHub:
    """Asks GitHub about one source. `notes` collects what was cut."""

    def __init__(self, ask: Asker, source: SourceSpec) -> None:
        url = checked_url(source.config.get("url") or API)
        self.ask, self.source, self.base = ask, source, str(url).rstrip("/")
        self.place = url.netloc.decode()
        self.web = "https://github.com" if self.base == API else self.base.removesuffix("/api/v3")
        self.has_token = bool(source.secret)
        self.headers = {"accept": "application/vnd.github+json", "x-github-api-version": "2022-11-28"}
        if source.secret:
            self.headers["authorization"] = f"Bearer {source.secret}"
        self.notes: list[str] = []

    async def get(self, path: str, params: Mapping[str, str] | None = None) -> Row:
        """An object of the REST API. Raises Refused in GitHub's own terms."""
        return mapping((await self.answer(path, params)).json(), path)

    async def answer(self, path: str, params: Mapping[str, str] | None = None) -> Answered:
        """An answer of the REST API. Raises as `get`."""
        try:
            return await self.ask.get(f"{self.base}/{path}", params=params, headers=self.headers)
        except (Refused, RateLimited) as error:
            raise self._in_words(error, path) from error

    async def all(self, path: str, params: Mapping[str, str] | None = None) -> list[Row]:
        """All pages of a list; notes when there are more than MOST_PAGES."""
        paged = Paged(
            ask=self.ask,
            url=f"{self.base}/{path}",
            headers=self.headers,
            rows_of=lambda data: rows(data, path),
            params={**PAGE, **(params or {})},
            most=MOST_PAGES,
        )
        found: list[Row] = []
        try:
            async for _, listed in paged.by_link():
                found += listed
        except (Refused, RateLimited) as error:
            raise self._in_words(error, path) from error
        if paged.cut:
            self.notes.append(f"Only the first {len(found):,} of {path} were read.")
        return found

    async def graphql(self, query: str, variables: Mapping[str, Any]) -> Row:
        """The data of a GraphQL query. Its errors come with status 200. Raises Unreadable and RateLimited."""
        if not self.has_token:
            raise Unreadable("GitHub shows discussions to whoever has a token only. Enter one.")
        url = f"{self.base.removesuffix('/v3')}/graphql"
        try:
            answer = await self.ask.post(url, json={"query": query, "variables": variables}, headers=self.headers)
        except (Refused, RateLimited) as error:
            raise self._in_words(error, "graphql") from error
        data = mapping(answer.json(), "GraphQL")
        for fault in rows(data.get("errors") or [], "GraphQL"):
            if fault.get("type") == "RATE_LIMITED":
                raise RateLimited("GitHub has had enough requests for now. It is asked again with the next collection.")
            raise Unreadable(f"GitHub refuses: {text(fault.get('message')) or 'it does not say why'}")
        return mapping(data.get("data"), "GraphQL")

    async def repositories(self) -> list[str]:
        """Full names: those that were entered, and all of the owners' own ones, those with most stars first."""
        found: dict[str, int] = {}
        for line in self.source.config["repositories"]:
            if "/" in line:
                found[line] = found.get(line, 0)
                continue
            for each in await self.all(f"users/{line}/repos", {"type": "owner"}):
                if not each.get("fork") and not each.get("private"):
                    found[text(each.get("full_name"))] = whole(each.get("stargazers_count")) or 0
        ordered = sorted(found, key=lambda name: (-found[name], name))
        if len(ordered) > MOST_REPOSITORIES:
            self.notes.append(f"{MOST_REPOSITORIES} of {len(ordered):,} repositories were read, those with most stars.")
        return ordered[:MOST_REPOSITORIES]

    def account(self, user: object) -> tuple[str, str, str] | None:
        """Key, name and page of a user as REST has it; None for programs, deleted accounts and the unknown."""
        if not isinstance(user, Mapping):
            return None
        key, login = whole(user.get("id")), text(user.get("login"))
        if key is None or key == GHOST or not login or user.get("type") == "Bot" or login.endswith("[bot]"):
            return None
        return f"github:{self.place}:{key}", login, text(user.get("html_url"), 500)

    def _in_words(self, error: Refused | RateLimited, path: str) -> Refused | RateLimited:
        if isinstance(error, RateLimited):
            return error if self.has_token else RateLimited(f"{error.message} {MORE}")
        status, what = error.answer.status, path.split("?")[0]
        said = {
            401: "GitHub does not accept the token. Enter a valid one.",
            404: f"GitHub has no {what}, or the token may not see it.",
        }
        return Refused(said.get(status, error.message), error.answer)
