"""Issues and discussions: who has begun some and who has commented, within a window of days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domains.club.readings import Item, Presence, Reading
from domains.club.sources.github_api import GitHub
from domains.club.sources.values import figures, link, tidy
from domains.club.sources.windows import moment

Account = tuple[str, str, str]
"""Key, name and page."""


@dataclass
class Talk:
    """What was said since a time: score of members and of items is how often."""

    since: datetime
    begun: Counter[str] = field(default_factory=Counter)
    comments: Counter[str] = field(default_factory=Counter)
    on: Counter[str] = field(default_factory=Counter)
    accounts: dict[str, Account] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)

    def item(self, key: str, title: str, url: object, counted: Mapping[str, object]) -> None:
        """Something that is talked about."""
        self.items[key] = Item(key, title, 0, figures(counted), link(url))

    def begin(self, key: str, account: Account | None, at: Any) -> None:
        """Somebody has begun an item."""
        self._count(self.begun, key, account, at)

    def comment(self, key: str, account: Account | None, at: Any) -> None:
        """Somebody has commented on an item."""
        self._count(self.comments, key, account, at)

    def reading(self, github: GitHub) -> Reading:
        """Members by what they have begun and said, items by what was said about them."""
        members = [
            Presence(key, name, self.begun[key] + self.comments[key], self._figures(key), link(page))
            for key, name, page in self.accounts.values()
        ]
        items = [
            Item(item.key, item.title, self.on[item.key], item.figures, item.url)
            for item in self.items.values()
            if self.on[item.key]
        ]
        return tidy(members=members, items=items, notes=github.notes)

    def _figures(self, key: str) -> dict[str, float]:
        return {"begun": self.begun[key], "comments": self.comments[key]}

    def _count(self, counter: Counter[str], key: str, account: Account | None, at: Any) -> None:
        moment_of = moment(at)
        if moment_of is None or moment_of < self.since:
            return
        self.on[key] += 1
        if account:
            counter[account[0]] += 1
            self.accounts[account[0]] = account
