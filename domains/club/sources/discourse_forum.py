"""One forum, as it is asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domains.base.errors import UpstreamFailed
from domains.base.outbound.client import checked_url
from domains.club.sources.base import Asker, SourceSpec
from domains.club.sources.errors import Refused
from domains.club.sources.values import mapping, text, whole

KEY = "Check the API key and its user"
SIGN_IN = "It wants to know who asks: enter an API key"
FAULTS = {"not_logged_in": SIGN_IN, "read_only": "It is read-only for now"}


class Forum:
    """Asks a forum. `base` is its address without a slash at the end, `place` what tells its accounts from others'."""

    def __init__(self, ask: Asker, source: SourceSpec) -> None:
        url = checked_url(source.config["url"])
        self.ask, self.base = ask, str(url.copy_with(query=None)).rstrip("/")
        self.place = url.netloc.decode() + url.path.rstrip("/")
        self.headers: dict[str, str] = {}
        if source.secret:
            username = source.config.get("username") or "system"
            self.headers = {"Api-Key": source.secret, "Api-Username": username}

    def account(self, user: object) -> str:
        """The key of an account; "" for the forum's own ones, such as system, whose numbers are below 1."""
        found = whole(user)
        return f"discourse:{self.place}:{found}" if found is not None and found > 0 else ""

    async def json(self, path: str, params: Mapping[str, str] | None = None) -> Mapping[str, Any]:
        """An object of the forum. Raises Refused in the forum's own terms."""
        try:
            answer = await self.ask.get(f"{self.base}/{path}", params=params, headers=self.headers)
        except Refused as error:
            raise Refused(self._words(error), error.answer) from error
        return mapping(answer.json(), f"{self.place}/{path}")

    async def json_or_none(self, path: str, params: Mapping[str, str] | None = None) -> Mapping[str, Any] | None:
        """As `json`, None when the forum does not show it."""
        try:
            return await self.json(path, params)
        except Refused:
            return None

    def _words(self, error: Refused) -> str:
        said = _said(error)
        kind = text(said.get("error_type"), 60)
        if kind in FAULTS:
            return f"{self.place} refuses. {FAULTS[kind]}."
        if kind == "invalid_access" or error.answer.status == 403:
            advice = KEY if self.headers else "An API key may be needed, or the forum does not have this switched on"
            return f"{self.place} does not show this. {advice}."
        return error.message


def _said(error: Refused) -> Mapping[str, Any]:
    try:
        return mapping(error.answer.json(), "The refusal")
    except UpstreamFailed:
        return {}
