"""Discourse forums: figures of the forum, its directory of members, and categories and tags by their topics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from domains.club.readings import Presence, Reading
from domains.club.sources.base import Asker, ConfigField, FeatureSpec, SourceKind, SourceReport, SourceSpec
from domains.club.sources.config import Faults, choice_faults, number_faults, only_faults, url_faults
from domains.club.sources.discourse_forum import Forum
from domains.club.sources.discourse_topics import topics_reading
from domains.club.sources.errors import Refused, Unreadable
from domains.club.sources.slugs import Slugs
from domains.club.sources.values import figures, link, mapping, number, rows, text, tidy

DIRECTORY, CATEGORY, TAG = "directory", "category", "tag"
FROM = [(DIRECTORY, "The directory of members"), (CATEGORY, "A category"), (TAG, "A tag")]
PERIODS = [(name, name.capitalize()) for name in ("daily", "weekly", "monthly", "quarterly", "yearly", "all")]
STATS = {
    "members": ("users_count", "user_count"),
    "active_1d": ("active_users_last_day",),
    "active_7d": ("active_users_7_days",),
    "active_30d": ("active_users_30_days",),
    "topics": ("topics_count", "topic_count"),
    "posts": ("posts_count", "post_count"),
    "likes": ("likes_count", "like_count"),
}
"""Where each figure stands: its name of today, then that of older versions."""
DIRECTORY_FIGURES = ("topic_count", "post_count", "likes_given", "likes_received", "topics_entered", "days_visited")
DIRECTORY_PAGES, DIRECTORY_SIZE = 11, 50
"""Discourse answers no page of its directory after the one with number 10."""
MOST_FOUND = 200
NO_STATS = "The forum answers, but shows no statistics to whoever is not signed in."
ALLOW = "Let visitors see the statistics in the forum's settings, or enter an API key."


class Discourse(SourceKind):
    """See docs/club-sources.md for what every figure counts."""

    name: ClassVar[str] = "discourse"
    title: ClassVar[str] = "Discourse"
    secret_label: ClassVar[str] = "API key"  # noqa: S105 - what pages call it
    rate: ClassVar[float] = 3.0
    burst: ClassVar[int] = 15
    fields: ClassVar[Sequence[ConfigField]] = [
        ConfigField("url", "Address of the forum", "Such as https://forum.example.org.", required=True),
        ConfigField("username", "User of the API key", "Only needed with a key.", default="system"),
        ConfigField("period", "Period of the directory", "", "choice", default="monthly", choices=PERIODS),
        ConfigField("days", "Days of topics", "Topics with a post in so many days are counted.", "number", default=30),
    ]
    select_fields: ClassVar[Sequence[ConfigField]] = [
        ConfigField("from", "Taken from", "", "choice", required=True, default=DIRECTORY, choices=FROM),
        ConfigField("id", "Category or tag", "Such as support/5, or the tag's name; empty for the directory."),
    ]

    def check(self, config: Mapping[str, Any], features: Sequence[FeatureSpec]) -> Faults:
        """See SourceKind."""
        found = {
            "config.url": url_faults(config.get("url")),
            "config.period": choice_faults(config.get("period", "monthly"), PERIODS),
            "config.days": number_faults(config.get("days", 30), 1, 366),
        }
        for place, feature in enumerate(features):
            found[f"features.{place}.from"] = choice_faults(feature.select.get("from"), FROM)
            found[f"features.{place}.id"] = _id_faults(feature.select)
        return only_faults(found)

    def has_hero(self, config: Mapping[str, Any]) -> bool:
        """Always."""
        return True

    async def read(self, ask: Asker, source: SourceSpec, feature: FeatureSpec | None) -> Reading:
        """See SourceKind."""
        forum = Forum(ask, source)
        if feature is None:
            return tidy(_hero(await _stats(forum)))
        if feature.select["from"] == DIRECTORY:
            return await _directory(forum, source.config.get("period", "monthly"))
        path = ("c" if feature.select["from"] == CATEGORY else "tag") + f"/{feature.select['id'].strip('/')}.json"
        return await topics_reading(forum, path, source.config.get("days", 30))

    async def test(self, ask: Asker, source: SourceSpec) -> SourceReport:
        """Asks for the statistics, the first page of the directory, categories and tags."""
        forum = Forum(ask, source)
        about = mapping((await forum.json("about.json")).get("about"), "about.json")
        found = await _found(forum)
        title = text(about.get("title")) or forum.place
        try:
            hero = _hero(await _stats(forum))
        except Unreadable:
            return SourceReport(False, NO_STATS, [ALLOW], found)
        return SourceReport(True, f"{title} answers: {hero['members']:,} members.", (), found)


def _id_faults(select: Mapping[str, Any]) -> list[str]:
    wanted = select.get("id", "")
    if select.get("from") == DIRECTORY:
        return []
    fits = wanted.strip("/") and not {"..", "?", "#", "%"} & {*wanted.split("/"), *wanted} and len(wanted) <= 200
    return [] if fits else ["Enter the category as its address has it, such as support/5, or the tag's name."]


async def _stats(forum: Forum) -> Mapping[str, Any]:
    """The statistics. Raises Unreadable when the forum shows them to nobody."""
    about = mapping((await forum.json("about.json")).get("about"), "about.json")
    if about.get("stats"):
        return mapping(about["stats"], "about.json")
    try:
        return await forum.json("site/statistics.json")
    except (Unreadable, Refused) as error:
        raise Unreadable(f"{NO_STATS} {ALLOW}") from error


def _hero(stats: Mapping[str, Any]) -> dict[str, float]:
    stated = {metric: [number(stats.get(name)) for name in names] for metric, names in STATS.items()}
    found = {metric: value for metric, values in stated.items() for value in reversed(values) if value is not None}
    if "members" not in found:
        raise Unreadable("The forum's statistics do not say how many members it has.")
    return found


async def _directory(forum: Forum, period: str) -> Reading:
    """Those who have written in the period: score is topics and replies."""
    members: list[Presence] = []
    total = came = 0
    for page in range(DIRECTORY_PAGES):
        params = {"period": period, "order": "post_count", "page": str(page)}
        data = await forum.json("directory_items.json", params)
        found = rows(data.get("directory_items"), "directory_items.json")
        meta = data.get("meta")
        stated = meta.get("total_rows_directory_items") if isinstance(meta, Mapping) else None
        total = int(number(stated or data.get("total_rows_directory_items")) or 0)
        members += [each for row in found if (each := _presence(forum, row))]
        came += len(found)
        if not found:
            break
    notes = []
    if total > came >= DIRECTORY_PAGES * DIRECTORY_SIZE:
        notes = [f"The forum lists {came:,} of {total:,} members, those with most replies. The others are left out."]
    return tidy(members=members, notes=notes)


def _presence(forum: Forum, row: Mapping[str, Any]) -> Presence | None:
    user = mapping(row.get("user"), "directory_items.json")
    counted = figures({name: row.get(name) for name in DIRECTORY_FIGURES})
    score = counted.get("topic_count", 0) + counted.get("post_count", 0)
    key, name = forum.account(user.get("id")), text(user.get("username"))
    if not key or not name or score <= 0:
        return None
    return Presence(key, name, score, counted, link(f"{forum.base}/u/{name}"))


async def _found(forum: Forum) -> list[FeatureSpec]:
    """The directory, the categories and the tags that the forum shows."""
    slugs, found = Slugs(), []
    if await forum.json_or_none("directory_items.json", {"period": "weekly", "page": "0"}):
        found.append(FeatureSpec(slugs.of("directory", "members"), "Directory", {"from": DIRECTORY, "id": ""}))
    listed = await forum.json_or_none("categories.json", {"include_subcategories": "true"})
    if listed:
        categories = mapping(listed.get("category_list"), "categories.json").get("categories")
        for name, slug, path in _categories(rows(categories, "categories.json"), "", ""):
            found.append(FeatureSpec(slugs.of(slug, "category"), name, {"from": CATEGORY, "id": path}))
    tagged = await forum.json_or_none("tags.json")
    for tag in _tags(tagged or {}):
        found.append(FeatureSpec(slugs.of(tag, "tag"), tag, {"from": TAG, "id": tag}))
    return found[:MOST_FOUND]


def _categories(listed: list[Mapping[str, Any]], above: str, path: str) -> list[tuple[str, str, str]]:
    """Name, slug and path of each category, subcategories after the one that they are in."""
    found = []
    for each in listed:
        slug, key = text(each.get("slug"), 100), text(each.get("id"), 20)
        name = f"{above} / {text(each.get('name'))}" if above else text(each.get("name"))
        way = "/".join(part for part in (path, slug) if part)
        found.append((name[:200], slug, f"{way}/{key}" if way else key))
        inner = each.get("subcategory_list")
        if isinstance(inner, list) and not above:
            found += _categories(rows(inner, "categories.json"), name, way)
    return found


def _tags(data: Mapping[str, Any]) -> list[str]:
    """Names of tags, those in groups too. Their `id` was the name once and is a number now."""
    listed = [data.get("tags")]
    extras = data.get("extras")
    groups = extras.get("tag_groups") if isinstance(extras, Mapping) else None
    listed += [group.get("tags") for group in groups or [] if isinstance(group, Mapping)]
    tags = [tag for each in listed if isinstance(each, list) for tag in each if isinstance(tag, Mapping)]
    names = [text(tag.get("name") or tag.get("text") or tag.get("id"), 100) for tag in tags]
    return list(dict.fromkeys(name for name in names if name and not {"/", "?", "#", "%"} & set(name)))
