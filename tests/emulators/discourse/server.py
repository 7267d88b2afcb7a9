"""The forum as a server."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.emulators.discourse.forum import Category, Forum, Topic
from tests.emulators.notion.limits import RateLimit
from tests.emulators.serving import Emulator, Reply, Request, as_json

PER_PAGE, DIRECTORY_PAGE, PAGE_LIMIT = 30, 50, 10
PERIODS = {"daily", "weekly", "monthly", "quarterly", "yearly", "all"}
ORDERS = {
    *("likes_received", "likes_given", "topics_entered", "topic_count", "post_count", "posts_read", "days_visited"),
}
NO_STORE = {"Cache-Control": "no-cache, no-store"}
HTML = Reply(200, b"<!DOCTYPE html><html><body>Emulated forum</body></html>", {"Content-Type": "text/html"})


def failed(status: int, words: str, kind: str = "", **headers: str) -> Reply:
    """An error as the application says it."""
    return as_json(status, {"errors": [words], **({"error_type": kind} if kind else {})}, headers)


class DiscourseEmulator(Emulator):
    """See the package."""

    def __init__(self, forum: Forum, **options: Any) -> None:
        super().__init__(**options)
        self.forum, self.key = forum, ""
        self.old_names = self.hides_stats = self.shares_statistics = self.new_tags = False
        self.needs_login = self.old_directory = False
        self.directory = self.tagging = True
        self.limit: RateLimit | None = None
        self.app_limit: RateLimit | None = None

    def answer(self, request: Request) -> Reply:
        """By limits and keys, then by the path."""
        refused = self.refusal(request)
        if refused:
            return refused
        if not request.path.endswith(".json") and request.headers.get("accept") != "application/json":
            return HTML
        path = request.path.removesuffix(".json")
        fixed = {
            "/about": self.about,
            "/site/statistics": self.statistics,
            "/directory_items": self.directory_items,
            "/categories": self.categories,
            "/tags": self.tags,
            "/": self.front_page,
        }
        if path in fixed:
            return fixed[path](request)
        return self.topic_list(path, request)

    def refusal(self, request: Request) -> Reply | None:
        """What the middleware and the application check first."""
        if self.limit and (seconds := self.limit.wait()):
            words = f"Slow down, you're making too many requests.\nPlease retry again in {seconds} seconds.\n"
            code = "ip_10_secs_limit"
            headers = {"Retry-After": str(seconds), "Discourse-Rate-Limit-Error-Code": code}
            return Reply(429, f"{words}Error code: {code}.".encode(), {"Content-Type": "text/plain", **headers})
        if self.app_limit and (seconds := self.app_limit.wait()):
            extras = {"wait_seconds": seconds, "time_left": f"{seconds} seconds"}
            body = {"errors": ["You’ve performed this action too many times."], "error_type": "rate_limit"}
            return as_json(429, {**body, "extras": extras}, {"Retry-After": str(seconds)})
        given = request.headers.get("api-key")
        if given and (given != self.key or not request.headers.get("api-username")):
            words = "You are not permitted to view the requested resource. The API username or key is invalid."
            return failed(403, words, "invalid_access")
        if self.needs_login and not given:
            return failed(403, "You need to be logged in to do that.", "not_logged_in")
        return None

    def stats(self) -> dict[str, int]:
        """The figures, by the names of the version."""
        people = [user for user in self.forum.users.values() if user.id > 0]
        counts = {
            "topic": len(self.forum.topics),
            "post": sum(topic.posts for topic in self.forum.topics),
            "user": len(people),
            "like": sum(user.replies for user in people) * 2,
        }
        last = "count" if self.old_names else "s_count"
        join = "_" if self.old_names else ""
        found = {f"{name}{join}{last}": count for name, count in counts.items()}
        for name in counts:
            found |= {f"{name}s_last_day": 1, f"{name}s_7_days": 5, f"{name}s_30_days": 20}
        active = {"active_users_last_day": 11, "active_users_7_days": 33, "active_users_30_days": 66}
        new = {} if self.old_names else {"participating_users_last_day": 3, "visitors_last_day": 99}
        return found | active | new

    def about(self, request: Request) -> Reply:
        """/about.json"""
        about = {"title": self.forum.title, "description": "Made up.", "moderators": [], "admins": []}
        if not self.hides_stats or request.headers.get("api-key"):
            about["stats"] = self.stats()  # type: ignore[assignment]
        return as_json(200, {"users": [], "categories": [], "about": about}, NO_STORE)

    def statistics(self, request: Request) -> Reply:
        """/site/statistics.json, which leads to the front page when it is switched off."""
        if self.hides_stats and not self.shares_statistics:
            return Reply(302, b"", {"Location": f"{self.url}/"})
        return as_json(200, self.stats(), NO_STORE)

    def directory_items(self, request: Request) -> Reply:
        """/directory_items.json: fifty a page, from 0."""
        query = request.query
        if not self.directory:
            return failed(403, "You are not permitted to view the requested resource.", "invalid_access")
        if "period" not in query:
            return failed(400, "param is missing or the value is empty: period")
        if query["period"] not in PERIODS:
            return failed(403, "You are not permitted to view the requested resource.", "invalid_access")
        page, limit = int(query.get("page", 0)), min(int(query.get("limit", DIRECTORY_PAGE)), DIRECTORY_PAGE)
        if page > PAGE_LIMIT and not self.old_directory:
            return failed(400, "You supplied invalid parameters to the request: page", "invalid_parameters")
        order = query.get("order", "likes_received")
        by = "replies" if order == "post_count" else "topics"
        people = sorted(self.forum.users.values(), key=lambda user: (-getattr(user, by), user.id))
        rows = [self.directory_item(user.id) for user in people[page * limit : (page + 1) * limit]]
        following = f"/directory_items.json?order={order}&page={page + 1}&period={query['period']}"
        total = {"total_rows_directory_items": len(people), "load_more_directory_items": following}
        return as_json(200, {"directory_items": rows, **(total if self.old_directory else {"meta": total})}, NO_STORE)

    def directory_item(self, key: int) -> dict[str, Any]:
        """A row of the directory."""
        user = self.forum.users[key]
        shown = {"id": user.id, "username": user.username, "name": user.name, "avatar_template": "/a/{size}.png"}
        counted = {"likes_received": user.replies, "likes_given": user.topics, "topics_entered": 40, "posts_read": 300}
        counted |= {"topic_count": user.topics, "post_count": user.replies, "days_visited": 9}
        return {"id": user.id, **counted, "user": shown}

    def front_page(self, request: Request) -> Reply:
        """/, which is for people."""
        return HTML

    def categories(self, request: Request) -> Reply:
        """/categories.json; subcategories only when they are asked for."""
        nested = request.query.get("include_subcategories") == "true"
        listed = [self.category(each, nested) for each in self.forum.categories if not each.parent]
        return as_json(200, {"category_list": {"can_create_category": False, "categories": listed}}, NO_STORE)

    def category(self, category: Category, nested: bool) -> dict[str, Any]:
        """A category as the list has it."""
        inner = [each for each in self.forum.categories if each.parent == category.id]
        shown = {"id": category.id, "name": category.name, "slug": category.slug or "-", "permission": None}
        shown |= {"topic_count": len(self.forum.topics_in(category.id)), "subcategory_ids": [i.id for i in inner]}
        return shown | (
            {"subcategory_list": [self.category(each, False) for each in inner]} if nested and inner else {}
        )

    def tags(self, request: Request) -> Reply:
        """/tags.json; the id of a tag was its name once."""
        if not self.tagging:
            return failed(404, "The requested URL or resource could not be found.", "not_found")
        listed = [
            {
                "id": number if self.new_tags else name,
                "text": name,
                "name": name,
                "count": len(self.forum.topics_with(name)),
                "pm_count": 0,
                "target_tag": None,
            }
            for number, name in enumerate(self.forum.tags, 7)
        ]
        groups = [{"id": 1, "name": "Kinds", "tags": listed[2:]}]
        return as_json(200, {"tags": listed[:2], "extras": {"tag_groups": groups}}, NO_STORE)

    def topic_list(self, path: str, request: Request) -> Reply:
        """/c/slug/id.json and /tag/name.json."""
        page = int(request.query.get("page", 0))
        if match := re.fullmatch(r"/c/(?:.+/)?(\d+)", path):
            key = int(match[1])
            if any(each.id == key for each in self.forum.categories):
                return self.topics_page(self.forum.topics_in(key), page, path)
        if self.tagging and (match := re.fullmatch(r"/tag/([a-z]+)(/\d+)?", path)) and match[1] in self.forum.tags:
            if self.new_tags and not match[2]:
                number = self.forum.tags.index(match[1]) + 7
                return Reply(301, b"", {"Location": f"/tag/{match[1]}/{number}.json?page={page}"})
            return self.topics_page(self.forum.topics_with(match[1]), page, path)
        return failed(404, "The requested URL or resource could not be found.", "not_found")

    def topics_page(self, topics: list[Topic], page: int, path: str) -> Reply:
        """Thirty topics, and those who are seen in them. Pinned ones stand on the first page only."""
        listed = topics[page * PER_PAGE : (page + 1) * PER_PAGE]
        people = sorted({key for topic in listed for key in topic.posters})
        users = [
            {"id": key, "username": self.forum.users[key].username, "name": "", "avatar_template": "/a/{size}.png"}
            for key in people
        ]
        more = {"more_topics_url": f"{path}?page={page + 1}"} if len(topics) > (page + 1) * PER_PAGE else {}
        shown = {
            "can_create_topic": False,
            "per_page": PER_PAGE,
            "topics": [topic_json(each) for each in listed],
            **more,
        }
        return as_json(200, {"users": users, "primary_groups": [], "topic_list": shown}, NO_STORE)

    def truth_of(self, topics: list[Topic], days: int) -> tuple[dict[str, int], dict[str, int]]:
        """Topics of each user, and posts of each topic, over those with a post since midnight `days` days ago."""
        midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        alive = [each for each in topics if each.visible and each.last_posted >= midnight - timedelta(days=days)]
        seen = Counter(key for topic in alive for key in set(topic.posters) if key > 0)
        return {f"user{key}": count for key, count in seen.items()}, {each.title: each.posts for each in alive}

    def truth_of_category(self, key: int, days: int) -> tuple[dict[str, int], dict[str, int]]:
        """What a complete reading of a category must say."""
        return self.truth_of(self.forum.topics_in(key), days)

    def truth_of_tag(self, name: str, days: int) -> tuple[dict[str, int], dict[str, int]]:
        """What a complete reading of a tag must say."""
        return self.truth_of(self.forum.topics_with(name), days)


def topic_json(topic: Topic) -> dict[str, Any]:
    """A topic as lists have it."""
    at = topic.last_posted.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    roles = ["Original Poster", *["Frequent Poster"] * 3, "Most Recent Poster"]
    posters = [
        {"extras": None, "description": role, "user_id": key, "primary_group_id": None}
        for key, role in zip(topic.posters, roles, strict=False)
    ]
    return {
        "id": topic.id,
        "title": topic.title,
        "fancy_title": topic.title.replace("<", "&lt;"),
        "slug": f"topic-{topic.id}",
        "posts_count": topic.posts,
        "reply_count": topic.posts // 2,
        "created_at": at,
        "last_posted_at": at,
        "bumped_at": at,
        "pinned": topic.pinned,
        "pinned_globally": False,
        "visible": topic.visible,
        "closed": False,
        "archived": False,
        "views": topic.posts * 9,
        "like_count": topic.posts // 3,
        "category_id": topic.category,
        "tags": topic.tags,
        "posters": posters,
    }
