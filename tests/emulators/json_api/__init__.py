"""A JSON service with a list of people, and each kind of paging that services have.

    with JsonApi(people=250) as api:
        api.url + "/stats"                 {"stats": {"people": 250, "scores": …}}
        api.url + "/all"                   every person in one answer
        api.url + "/by-page?page=1&per_page=100"   {"people": [...], "total": 250}; api.strict: 404 after the last
        api.url + "/by-cursor?cursor=…"    {"people": [...], "meta": {"next": "c100"}}
        api.url + "/by-address"            {"people": [...], "next": "http://…/by-address?from=100"}
        api.url + "/by-link"               [...] with a Link header whose addresses hold commas and semicolons
        api.secret = "token"               refuses what comes without "Authorization: Bearer token"
        api.ignores_page = True            answers page 1 whatever is asked for
        api.circles = True                 cursors, addresses and links lead back to the beginning
        api.sizes = [100, 60, 100]         pages have these sizes, so that rows are lost between them
        api.elsewhere = "http://…"         the next page is said to be on another host

Answers carry an ETag. As a process of its own: `python -m tests.emulators.json_api --port 8427 --people 250`.
"""

from __future__ import annotations

from typing import Any, ClassVar

from tests.emulators.serving import Emulator, Reply, Request, as_json

SIZE = 100


class JsonApi(Emulator):
    """See the package."""

    etags: ClassVar[bool] = True

    def __init__(self, people: int = 250, **options: Any) -> None:
        super().__init__(**options)
        self.people = [person(number) for number in range(1, people + 1)]
        self.secret = self.elsewhere = ""
        self.strict = self.ignores_page = self.circles = False
        self.sizes: list[int] = []

    def answer(self, request: Request) -> Reply:
        """By the path."""
        if self.secret and request.headers.get("authorization") != f"Bearer {self.secret}":
            return as_json(401, {"detail": "Who are you?"})
        paths = {
            "/stats": self.stats,
            "/all": self.all,
            "/by-page": self.by_page,
            "/by-cursor": self.by_cursor,
            "/by-address": self.by_address,
            "/by-link": self.by_link,
            "/headers": self.headers,
        }
        found = paths.get(request.path)
        return found(request) if found else as_json(404, {"detail": "Not found."})

    def stats(self, request: Request) -> Reply:
        """Figures of the whole."""
        scores = sum(each["score"] for each in self.people)
        return as_json(200, {"stats": {"people": len(self.people), "scores": scores, "motto": "none"}})

    def all(self, request: Request) -> Reply:
        """Everybody at once."""
        return as_json(200, {"people": self.people, "total": len(self.people)})

    def headers(self, request: Request) -> Reply:
        """The request's own headers."""
        return as_json(200, {"headers": request.headers, "people": []})

    def by_page(self, request: Request) -> Reply:
        """Page numbers from 1."""
        page, size = int(request.query.get("page", 1)), int(request.query.get("per_page", SIZE))
        if self.ignores_page:
            page = 1
        if self.sizes and page <= len(self.sizes):
            size = self.sizes[page - 1]
        start = (page - 1) * int(request.query.get("per_page", SIZE))
        found = self.people[start : start + size]
        if not found and self.strict:
            return as_json(404, {"detail": "Invalid page."})
        return as_json(200, {"people": found, "total": len(self.people)})

    def by_cursor(self, request: Request) -> Reply:
        """A cursor in the answer, absent on the last page."""
        start = int(request.query.get("cursor", "c0").removeprefix("c"))
        following = self.following(start)
        meta = {} if following is None else {"next": f"c{following}"}
        return as_json(200, {"people": self.people[start : start + SIZE], "meta": meta})

    def by_address(self, request: Request) -> Reply:
        """The address of the next page in the answer, null on the last one."""
        start = int(request.query.get("from", 0))
        following = self.following(start)
        address = None if following is None else f"{self.elsewhere or self.url}/by-address?from={following}"
        return as_json(200, {"people": self.people[start : start + SIZE], "next": address})

    def by_link(self, request: Request) -> Reply:
        """A bare list with Link headers as RFC 8288 allows them."""
        start = int(request.query.get("from", 0))
        following = self.following(start)
        links = [f'<{self.url}/about;v=1,2>; title="a, \\"b\\"; rel=next"; rel=help']
        if following is not None:
            links.append(f'<{self.elsewhere or self.url}/by-link?sort=a,b;c&from={following}>; rel="next last"')
        return as_json(200, self.people[start : start + SIZE], {"Link": ", ".join(links)})

    def following(self, start: int) -> int | None:
        """Where the next page begins."""
        if self.circles and start:
            return 0 if start >= SIZE * 2 else start + SIZE
        return start + SIZE if start + SIZE < len(self.people) else None


def person(number: int) -> dict[str, Any]:
    """A made-up person, the same for each number."""
    return {
        "id": number,
        "name": f"Person {number}",
        "score": (number * 37) % 100 + 1,
        "page": f"https://people.example/{number}",
        "counts": {"posts": number % 10, "likes": number % 7},
    }
