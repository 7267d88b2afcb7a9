"""The hub as a server."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode

from tests.emulators.github.graphql import Graph
from tests.emulators.github.hub import BOT, GHOST, Hub, Issue, Repository, User
from tests.emulators.serving import Emulator, Reply, Request, as_json

TOKEN = "ghp_emulated0123456789"
NOT_FOUND = {"message": "Not Found", "documentation_url": "https://docs.github.com/rest", "status": "404"}
TOO_LARGE = "The history or contributor list is too large to list contributors for this repository via the API."


def stamp(at: datetime) -> str:
    """A time as GitHub writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


class GitHubEmulator(Emulator):
    """See the package."""

    etags: ClassVar[bool] = True

    def __init__(self, hub: Hub, *, token: str = TOKEN, **options: Any) -> None:
        super().__init__(**options)
        self.hub, self.token = hub, token
        self.allowed, self.used, self.reset_in = 5000, 0, 3600
        self.secondary = 0
        self.says_retry_after = True
        self.graph = Graph(hub)

    def replied(self, request: Request) -> Reply:
        """Every answer carries the limits; 304 to whoever has a token is not counted."""
        reply = super().replied(request)
        if reply.status == 304 and "authorization" in request.headers:
            self.used -= 1
        left = max(0, self.allowed - self.used)
        limits = {"X-RateLimit-Limit": str(self.allowed), "X-RateLimit-Remaining": str(left)}
        limits["X-RateLimit-Reset"] = str(int(time.time()) + self.reset_in)
        return Reply(reply.status, reply.body, {**limits, "X-GitHub-Request-Id": "E:1", **reply.headers})

    def answer(self, request: Request) -> Reply:
        """By limits and tokens, then by the path."""
        refused = self.refusal(request)
        if refused:
            return refused
        if request.path == "/graphql":
            return self.graph.answer(request)
        parts = request.path.strip("/").split("/")
        if parts[0] == "users" and parts[2:] == ["repos"]:
            return self.repos_of(parts[1], request)
        if parts[0] == "repos" and len(parts) >= 3:
            return self.in_repository(self.hub.repositories.get("/".join(parts[1:3])), parts[3:], request)
        if parts[0] == "repositories" and len(parts) >= 2:
            found = [each for each in self.hub.repositories.values() if str(each.id) == parts[1]]
            return self.in_repository(found[0] if found else None, parts[2:], request, by_id=True)
        return as_json(404, NOT_FOUND)

    def refusal(self, request: Request) -> Reply | None:
        """What every request is checked for."""
        if "user-agent" not in request.headers:
            return Reply(403, b"Request forbidden by administrative rules.", {"Content-Type": "text/plain"})
        given = request.headers.get("authorization")
        if given and given != f"Bearer {self.token}":
            return as_json(401, {"message": "Bad credentials", "status": "401"})
        if self.secondary > 0:
            self.secondary -= 1
            words = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
            return as_json(403, {"message": words}, {"Retry-After": "1"} if self.says_retry_after else {})
        self.used += 1
        if self.used > self.allowed:
            return as_json(403, {"message": "API rate limit exceeded for 127.0.0.1."})
        return None

    def repos_of(self, owner: str, request: Request) -> Reply:
        """/users/OWNER/repos"""
        found = self.hub.of(owner)
        if not found:
            return as_json(404, NOT_FOUND)
        return self.paged(f"/users/{owner}/repos", [self.repository(each, False) for each in found], request)

    def in_repository(
        self, repository: Repository | None, rest: list[str], request: Request, *, by_id: bool = False
    ) -> Reply:
        """/repos/OWNER/NAME and what is below."""
        if repository is None or repository.private:
            return as_json(404, NOT_FOUND)
        if repository.renamed_to and not by_id:
            url = f"{self.url}/{'/'.join(['repositories', str(repository.id), *rest])}?{urlencode(request.query)}"
            moved = {"message": "Moved Permanently", "url": url, "documentation_url": "https://docs.github.com/"}
            return as_json(301, moved, {"Location": url})
        if not rest:
            return as_json(200, self.repository(repository, True), {"Cache-Control": "private, max-age=60"})
        path = f"/repositories/{repository.id}/{'/'.join(rest)}"
        if rest == ["contributors"]:
            return self.contributors(repository, path, request)
        listed = self.listed(repository, rest, request)
        return as_json(404, NOT_FOUND) if listed is None else self.paged(path, listed, request)

    def listed(self, repository: Repository, rest: list[str], request: Request) -> list[dict[str, Any]] | None:
        """The rows of one of the repository's lists."""
        query = request.query
        state, since = query.get("state", "open"), query.get("since", "")
        wanted = [each for each in repository.issues if state == "all" or each.is_open == (state == "open")]
        if rest == ["issues"]:
            labels = [name for name in query.get("labels", "").split(",") if name]
            fits = [each for each in wanted if set(labels) <= set(each.labels) and stamp(each.updated) >= since]
            return [self.issue(repository, each) for each in sorted(fits, key=lambda issue: -issue.number)]
        if rest == ["pulls"]:
            return [{"number": each.number} for each in wanted if each.is_pull]
        if rest == ["issues", "comments"]:
            return [
                self.comment(repository, issue, comment.author, comment.at)
                for issue in repository.issues
                for comment in issue.comments
                if stamp(comment.at) >= since
            ]
        if rest == ["labels"]:
            return [{"id": place, "name": name} for place, name in enumerate(["bug", "docs", "good first issue"])]
        return None

    def contributors(self, repository: Repository, path: str, request: Request) -> Reply:
        """/contributors, by commits; 204 without a body for an empty repository."""
        if repository.too_large:
            return as_json(403, {"message": TOO_LARGE})
        if not repository.contributors:
            return Reply(204)
        listed = [{**self.user(user), "contributions": commits} for user, commits in repository.contributors]
        return self.paged(path, listed, request)

    def paged(self, path: str, listed: list[dict[str, Any]], request: Request) -> Reply:
        """A page of a list with its Link header, which names no last page on the last page."""
        size, page = min(100, int(request.query.get("per_page", 30))), int(request.query.get("page", 1))
        last = max(1, -(-len(listed) // size))

        def link(number: int, relation: str) -> str:
            return f'<{self.url}{path}?{urlencode({**request.query, "page": number})}>; rel="{relation}"'

        links = [link(page - 1, "prev"), link(1, "first")] if page > 1 else []
        links += [link(page + 1, "next"), link(last, "last")] if page < last else []
        headers = {"Cache-Control": "private, max-age=60"} | ({"Link": ", ".join(links)} if links else {})
        return as_json(200, listed[(page - 1) * size : page * size], headers)

    def repository(self, repository: Repository, is_single: bool) -> dict[str, Any]:
        """A repository; people watching are told in the single answer only."""
        shown = {
            "id": repository.id,
            "full_name": repository.name,
            "private": repository.private,
            "fork": repository.fork,
            "html_url": f"{self.url}/{repository.name}",
            "stargazers_count": repository.stars,
            "watchers_count": repository.stars,
            "forks_count": repository.forks,
            "open_issues_count": sum(each.is_open for each in repository.issues),
            "has_discussions": bool(repository.discussions),
        }
        return shown | ({"subscribers_count": repository.watchers} if is_single else {})

    def user(self, user: User) -> dict[str, Any]:
        """An account."""
        return {"login": user.login, "id": user.id, "type": user.kind, "html_url": f"{self.url}/{user.login}"}

    def issue(self, repository: Repository, issue: Issue) -> dict[str, Any]:
        """An issue, or a pull request, which has one key more."""
        shown = {
            "number": issue.number,
            "title": issue.title,
            "html_url": f"{self.url}/{repository.name}/issues/{issue.number}",
            "user": self.user(issue.author) if issue.author else None,
            "labels": [{"name": name} for name in issue.labels],
            "state": "open" if issue.is_open else "closed",
            "comments": len(issue.comments),
            "reactions": {"total_count": issue.number % 4},
            "created_at": stamp(issue.created),
            "updated_at": stamp(issue.updated),
        }
        return shown | ({"pull_request": {"url": f"{self.url}/x"}} if issue.is_pull else {})

    def comment(self, repository: Repository, issue: Issue, author: User | None, at: datetime) -> dict[str, Any]:
        """A comment on an issue."""
        return {
            "issue_url": f"{self.url}/repos/{repository.name}/issues/{issue.number}",
            "user": self.user(author) if author else None,
            "created_at": stamp(at),
            "updated_at": stamp(at),
        }

    def truth_of_issues(self, label: str, days: int) -> tuple[dict[str, int], dict[str, int]]:
        """What a complete reading of issues in all own repositories must say."""
        found = [
            (f"{repository.name}#{issue.number}", issue)
            for repository in self.hub.repositories.values()
            for issue in repository.issues
            if not repository.fork and not issue.is_pull and (not label or label in issue.labels)
        ]
        return truth(found, days)

    def truth_of_discussions(self, days: int, category: str = "", label: str = "") -> Any:
        """What a complete reading of discussions must say."""
        found = [
            (f"{repository.name}#{each.number}", each)
            for repository in self.hub.repositories.values()
            for each in repository.discussions
            if (not category or each.category == category) and (not label or label in each.labels)
        ]
        return truth(found, days)


def truth(found: list[tuple[str, Any]], days: int) -> tuple[dict[str, int], dict[str, int]]:
    """What was begun and said since midnight `days` days ago: by login, and by item."""
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    since = midnight - timedelta(days=days)
    members: Counter[str] = Counter()
    items: Counter[str] = Counter()
    for key, each in found:
        said = [(each.author, each.created), *((comment.author, comment.at) for comment in each.comments)]
        said += [(reply.author, reply.at) for comment in each.comments for reply in comment.replies]
        for author, at in said:
            if at >= since:
                items[key] += 1
                if author and author not in (GHOST, BOT):
                    members[author.login] += 1
    return dict(members), dict(items)
