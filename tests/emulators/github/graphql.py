"""The three queries that are asked of GraphQL, told apart by what they name."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.emulators.github.hub import Comment, Discussion, Hub, Repository, User
from tests.emulators.serving import Reply, Request, as_json

PER_PAGE = 25


class Graph:
    """Answers with status 200 whatever happens. `rate_limited` answers as GitHub does when points are used up."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.rate_limited = False

    def answer(self, request: Request) -> Reply:
        """By what the query names."""
        if "authorization" not in request.headers:
            return as_json(401, {"message": "This endpoint requires you to be authenticated."})
        if self.rate_limited:
            words = "API rate limit already exceeded for user ID 1."
            return as_json(200, {"errors": [{"type": "RATE_LIMITED", "message": words}]})
        asked = request.json()
        query, variables = asked["query"], asked["variables"]
        name = f"{variables['owner']}/{variables['name']}"
        repository = self.hub.repositories.get(name)
        if repository is None:
            words = f"Could not resolve to a Repository with the name '{name}'."
            fault = {"type": "NOT_FOUND", "path": ["repository"], "message": words}
            return as_json(200, {"data": {"repository": None}, "errors": [fault]})
        if "discussionCategories" in query:
            nodes = [{"id": f"DIC_{place}", "name": each} for place, each in enumerate(self.hub.categories)]
            return self.given({"discussionCategories": {"nodes": nodes if repository.discussions else []}})
        if "totalCount } discussions { totalCount" in query:
            issues = sum(not each.is_pull for each in repository.issues)
            talks = len(repository.discussions)
            return self.given({"issues": {"totalCount": issues}, "discussions": {"totalCount": talks}})
        return self.given({"discussions": self.discussions(repository, variables)})

    def given(self, repository: dict[str, Any]) -> Reply:
        """Data of a repository."""
        return as_json(200, {"data": {"repository": repository}})

    def discussions(self, repository: Repository, variables: dict[str, Any]) -> dict[str, Any]:
        """A page of discussions, the last touched first."""
        category = variables.get("category")
        wanted = self.hub.categories[int(category.removeprefix("DIC_"))] if category else ""
        found = [each for each in repository.discussions if not wanted or each.category == wanted]
        found.sort(key=lambda each: (-each.updated.timestamp(), each.number))
        start = int((variables.get("after") or "cursor:0").partition(":")[2])
        end = start + PER_PAGE
        info = {"hasNextPage": end < len(found), "endCursor": f"cursor:{end}"}
        return {"pageInfo": info, "nodes": [discussion_json(each) for each in found[start:end]]}


def discussion_json(discussion: Discussion) -> dict[str, Any]:
    """A discussion with its newest comments, and their newest replies."""
    return {
        "number": discussion.number,
        "title": discussion.title,
        "url": f"https://github.example/discussions/{discussion.number}",
        "createdAt": stamp(discussion.created),
        "updatedAt": stamp(discussion.updated),
        "upvoteCount": discussion.number % 6,
        "author": author_json(discussion.author),
        "labels": {"nodes": [{"name": name} for name in discussion.labels]},
        "comments": {
            "totalCount": len(discussion.comments),
            "nodes": [
                {
                    **said(each),
                    "replies": {"totalCount": len(each.replies), "nodes": [said(r) for r in each.replies[-20:]]},
                }
                for each in sorted(discussion.comments, key=lambda comment: comment.at)[-50:]
            ],
        },
    }


def said(comment: Comment) -> dict[str, Any]:
    """A comment or a reply."""
    return {"createdAt": stamp(comment.at), "author": author_json(comment.author)}


def author_json(user: User | None) -> dict[str, Any] | None:
    """An actor; deleted accounts are null."""
    if user is None or user.login == "ghost":
        return None
    return {
        "__typename": user.kind,
        "login": user.login,
        "url": f"https://github.example/{user.login}",
        **({"databaseId": user.id} if user.kind == "User" else {}),
    }


def stamp(at: datetime) -> str:
    """A time as GitHub writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
