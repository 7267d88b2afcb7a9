"""Made-up repositories."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

BUG, QUESTION = "bug", "good first issue"


@dataclass(frozen=True, slots=True)
class User:
    """An account; `kind` is User or Bot."""

    id: int
    login: str
    kind: str = "User"


GHOST = User(10137, "ghost")
BOT = User(49699333, "dependabot[bot]", "Bot")


@dataclass(slots=True)
class Comment:
    """Something that was said, with replies where it is a discussion's."""

    author: User | None
    at: datetime
    replies: list[Comment] = field(default_factory=list)


@dataclass(slots=True)
class Issue:
    """An issue or, with `is_pull`, a pull request."""

    number: int
    title: str
    author: User | None
    created: datetime
    labels: list[str]
    comments: list[Comment]
    is_pull: bool = False
    is_open: bool = True

    @property
    def updated(self) -> datetime:
        """The newest of its beginning and comments."""
        return max([self.created, *(comment.at for comment in self.comments)])


@dataclass(slots=True)
class Discussion(Issue):
    """A discussion, in a category."""

    category: str = "Q&A"

    @property
    def updated(self) -> datetime:
        """The newest of its beginning, comments and replies."""
        said = [each.at for comment in self.comments for each in (comment, *comment.replies)]
        return max([self.created, *said])


@dataclass(slots=True)
class Repository:
    """One repository."""

    id: int
    name: str
    stars: int
    forks: int
    watchers: int
    contributors: list[tuple[User, int]]
    issues: list[Issue]
    discussions: list[Discussion]
    fork: bool = False
    private: bool = False
    too_large: bool = False
    renamed_to: str = ""


@dataclass(slots=True)
class Hub:
    """All repositories by full name."""

    repositories: dict[str, Repository]
    categories: list[str] = field(default_factory=lambda: ["Q&A", "Ideas"])

    def of(self, owner: str) -> list[Repository]:
        """Those of an owner, in the order of their ids."""
        return [each for name, each in self.repositories.items() if name.startswith(f"{owner}/")]


def make_hub(*, users: int = 40, issues: int = 260, discussions: int = 60) -> Hub:
    """Repositories that are the same for the same numbers, but for their times, which count back from now."""
    chance = random.Random(users * 7 + issues)  # noqa: S311 - made-up data
    now = datetime.now(UTC).replace(microsecond=0)
    people = [User(1000 + number, f"octo{number}") for number in range(users)]

    def somebody() -> User | None:
        return chance.choice([*people, *people, GHOST, BOT, None] if chance.random() < 0.2 else people)

    def at(since: datetime | None = None) -> datetime:
        moment = now - timedelta(hours=chance.uniform(1, 24 * 90))
        return max(moment, since) if since else moment

    def issue(number: int) -> Issue:
        created = at()
        comments = [Comment(somebody(), at(created)) for _ in range(chance.randrange(4))]
        labels = chance.sample([BUG, QUESTION, "docs"], k=chance.randrange(3))
        words = f"Issue {number}"
        return Issue(number, words, somebody(), created, labels, comments, number % 5 == 0, number % 3 != 0)

    def discussion(number: int) -> Discussion:
        created = at()
        comments = [
            Comment(somebody(), moment := at(created), [Comment(somebody(), at(moment)) for _ in range(number % 3)])
            for _ in range(chance.randrange(4))
        ]
        category = "Ideas" if number % 4 == 0 else "Q&A"
        labels = chance.sample([BUG, QUESTION], k=chance.randrange(2))
        return Discussion(number, f"Discussion {number}", somebody(), created, labels, comments, category=category)

    def repository(key: int, name: str, stars: int, some: int, talks: int) -> Repository:
        listed = [(user, chance.randint(1, 300)) for user in [*chance.sample(people, k=min(users, 25)), BOT]]
        listed.sort(key=lambda each: -each[1])
        numbered = [issue(number) for number in range(1, some + 1)]
        talked = [discussion(number) for number in range(5000, 5000 + talks)]
        return Repository(key, name, stars, stars // 5, stars // 10, listed, numbered, talked)

    return Hub(
        {
            "acme/engine": repository(101, "acme/engine", 5000, issues, discussions),
            "acme/site": repository(102, "acme/site", 70, issues // 10, 0),
            "acme/empty": Repository(103, "acme/empty", 0, 0, 0, [], [], []),
            "acme/forked": Repository(104, "acme/forked", 9, 0, 0, [], [], [], fork=True),
        }
    )
