"""A made-up community."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta


@dataclass(slots=True)
class User:
    """A member with what the directory counts of it."""

    id: int
    username: str
    name: str
    topics: int
    replies: int


@dataclass(slots=True)
class Topic:
    """A topic; `posters` are ids of users, the one who began it first."""

    id: int
    title: str
    category: int
    tags: list[str]
    posts: int
    last_posted: datetime
    posters: list[int]
    pinned: bool = False
    visible: bool = True


@dataclass(slots=True)
class Category:
    """A category; `parent` is 0 at the top."""

    id: int
    name: str
    slug: str
    parent: int = 0


@dataclass(slots=True)
class Forum:
    """All of it."""

    users: dict[int, User] = field(default_factory=dict)
    topics: list[Topic] = field(default_factory=list)
    categories: list[Category] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    title: str = "Emulated forum"

    def topics_in(self, category: int) -> list[Topic]:
        """Topics of a category and of those in it, newest post first, pinned ones before."""
        wanted = {category} | {each.id for each in self.categories if each.parent == category}
        return by_activity([topic for topic in self.topics if topic.category in wanted])

    def topics_with(self, tag: str) -> list[Topic]:
        """Topics with a tag, likewise."""
        return by_activity([topic for topic in self.topics if tag in topic.tags])


def by_activity(topics: list[Topic]) -> list[Topic]:
    """Pinned ones first, then by the newest post."""
    return sorted(topics, key=lambda topic: (not topic.pinned, -topic.last_posted.timestamp(), topic.id))


def make_forum(users: int = 120, topics: int = 90, *, now: datetime | None = None) -> Forum:
    """A forum that is the same for the same numbers, but for its times, which count back from now."""
    chance = random.Random(users * 1000 + topics)  # noqa: S311 - made-up data
    at = now or datetime.now(UTC)
    forum = Forum(
        users={
            n: User(n, f"user{n}", f"Name {n}", chance.randrange(4), chance.randrange(30)) for n in range(1, users + 1)
        },
        categories=[
            Category(4, "General", "general"),
            Category(5, "Support", "support"),
            Category(6, "Installing", "installing", parent=5),
            Category(7, "日本語", ""),
        ],
        tags=["bug", "idea", "howto"],
    )
    forum.users[-1] = User(-1, "system", "system", 5, 500)
    for number in range(1, topics + 1):
        posters = chance.sample(range(1, users + 1), k=min(users, chance.randint(1, 5)))
        forum.topics.append(
            Topic(
                id=1000 + number,
                title=f"Topic {number} of “many” <b>things</b>",
                category=chance.choice([4, 5, 6, 7]),
                tags=chance.sample(forum.tags, k=chance.randint(0, 2)),
                posts=chance.randint(1, 60),
                last_posted=at - timedelta(hours=chance.uniform(1, 24 * 70)),
                posters=posters if number % 10 else [-1, *posters[:4]],
                pinned=number in {3, 8},
                visible=number % 17 != 0,
            )
        )
    return forum
