"""Categories and tags of a forum: who is seen in their topics, and which topics are alive."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from domains.club.readings import Item, Presence, Reading
from domains.club.sources.discourse_forum import Forum
from domains.club.sources.values import figures, link, mapping, rows, text, tidy, whole
from domains.club.sources.windows import moment, window_start

MOST_PAGES = 50
Row = Mapping[str, Any]


async def topics_reading(forum: Forum, path: str, days: int) -> Reading:
    """Topics with a post in the last `days` days: score is their posts. Members are those whom the list shows with a
    topic, at most five for each: score is the number of topics.
    """
    since = window_start(days)
    topics: dict[str, Row] = {}
    names: dict[int, str] = {}
    for page in range(MOST_PAGES):
        data = await forum.json(path, {"page": str(page)})
        listed = mapping(data.get("topic_list"), path)
        found = rows(listed.get("topics"), path)
        names |= _names(data)
        topics |= {key: row for row in found if (key := text(row.get("id"), 20)) and is_alive(row, since)}
        unpinned = [row for row in found if not (row.get("pinned") or row.get("pinned_globally"))]
        is_over = bool(unpinned) and not any(is_alive(row, since) for row in unpinned)
        if not found or not listed.get("more_topics_url") or is_over:
            return _reading(forum, topics, names, [])
    return _reading(forum, topics, names, [f"Only the newest {len(topics):,} topics were read."])


def is_alive(topic: Row, since: datetime) -> bool:
    """Whether a visible topic has had a post since then."""
    at = moment(topic.get("last_posted_at") or topic.get("bumped_at") or topic.get("created_at"))
    return topic.get("visible") is not False and at is not None and at >= since


def _names(data: Row) -> dict[int, str]:
    users = rows(data.get("users") or [], "users")
    return {key: text(user.get("username")) for user in users if (key := whole(user.get("id"))) is not None}


def _reading(forum: Forum, topics: Mapping[str, Row], names: Mapping[int, str], notes: list[str]) -> Reading:
    seen: Counter[int] = Counter()
    for topic in topics.values():
        posters = rows(topic.get("posters") or [], "posters")
        seen.update({key for each in posters if (key := whole(each.get("user_id"))) is not None})
    members = [
        Presence(forum.account(key), name, count, {"topics": count}, link(f"{forum.base}/u/{name}"))
        for key, count in seen.items()
        if (name := names.get(key, ""))
    ]
    return tidy(members=members, items=[_item(forum, key, row) for key, row in topics.items()], notes=notes)


def _item(forum: Forum, key: str, topic: Row) -> Item:
    counted = figures({name: topic.get(name) for name in ("posts_count", "views", "like_count")})
    url = f"{forum.base}/t/{text(topic.get('slug'), 200) or '-'}/{key}"
    title = text(topic.get("title")) or key
    return Item(f"{forum.place}:{key}", title, counted.get("posts_count", 0), counted, link(url))
