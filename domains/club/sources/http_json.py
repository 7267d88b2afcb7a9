"""Any address that answers JSON: figures and rows are picked by JMESPath."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, ClassVar

from domains.club.readings import Item, Presence, Reading
from domains.club.sources.base import Asker, ConfigField, FeatureSpec, SourceKind, SourceReport, SourceSpec
from domains.club.sources.config import (
    Faults,
    choice_faults,
    found_at,
    lines_faults,
    number_faults,
    only_faults,
    pairs,
    path_faults,
    url_faults,
)
from domains.club.sources.errors import Unreadable
from domains.club.sources.http_fields import FIELDS, PAGINGS, SELECT_FIELDS
from domains.club.sources.paging import Paged, Rows, next_address
from domains.club.sources.values import figures, link, number, text, tidy

PATHS = [each.name for each in SELECT_FIELDS if each.name not in {"url", "figures", "item_figures"}]
DEFAULTS = {each.name: each.default for each in (*FIELDS, *SELECT_FIELDS)}
OWN_HEADERS = {"accept", "accept-encoding", "connection", "content-length", "cookie", "host", "transfer-encoding"}
MOST_PAGES = 1000
MOST_READ = 200_000
"""Rows of a feature, over all its pages. Rows are looked at one by one, and meanwhile no other source is served."""
MOST_LOST = 0.01
"""Share of rows that may be missing: lists change while their pages are read."""


class HttpJson(SourceKind):
    """See docs/club-sources.md for the configuration, with examples."""

    name: ClassVar[str] = "http"
    title: ClassVar[str] = "HTTP JSON"
    secret_label: ClassVar[str] = "Token"  # noqa: S105 - what pages call it
    fields: ClassVar[Sequence[ConfigField]] = FIELDS
    select_fields: ClassVar[Sequence[ConfigField]] = SELECT_FIELDS

    def check(self, config: Mapping[str, Any], features: Sequence[FeatureSpec]) -> Faults:
        """See SourceKind."""
        value = {**DEFAULTS, **config}
        found = {
            "config.url": url_faults(value["url"]),
            "config.hero": lines_faults(value["hero"], metrics=True),
            "config.paging": choice_faults(value["paging"], PAGINGS),
            "config.cursor": path_faults(value["cursor"]) + _cursor_fault(value),
            "config.first_page": number_faults(value["first_page"], 0, 1),
            "config.size": number_faults(value["size"], 0, 10_000),
            "config.most_pages": number_faults(value["most_pages"], 1, MOST_PAGES),
            "config.header": _header_faults(value["header"]),
        }
        for place, feature in enumerate(features):
            found |= {f"features.{place}.{name}": faults for name, faults in _select_faults(feature, value).items()}
        return only_faults(found)

    def has_hero(self, config: Mapping[str, Any]) -> bool:
        """See SourceKind."""
        return bool(pairs(config.get("hero")))

    async def read(self, ask: Asker, source: SourceSpec, feature: FeatureSpec | None) -> Reading:
        """See SourceKind."""
        return await (_hero(ask, source) if feature is None else _feature(ask, source, feature))

    async def test(self, ask: Asker, source: SourceSpec) -> SourceReport:
        """Reads the hero metrics and the first page of each feature."""
        config = {**DEFAULTS, **source.config, "most_pages": 1}
        first = SourceSpec(source.application, source.name, config, source.features, source.secret)
        if not self.has_hero(config) and not source.features:
            answer = await ask.get(config["url"], headers=_headers(first))
            answer.json()
            return SourceReport(True, "It answers with JSON. Add figures or features to be read from it.")
        said = ["It answers."]
        if self.has_hero(config):
            said = [f"It answers, and has figures for {', '.join((await _hero(ask, first)).hero)}."]
        rows = [await _feature(ask, first, feature) for feature in source.features]
        for feature, found in zip(source.features, rows, strict=True):
            has = f"{len(found.members):,} members and {len(found.items):,} items"
            said.append(f"The first page of {feature.name} has {has}.")
        return SourceReport(all(found.members or found.items for found in rows), " ".join(said))


async def _hero(ask: Asker, source: SourceSpec) -> Reading:
    wanted = pairs(source.config.get("hero"))
    data = (await ask.get(source.config["url"], headers=_headers(source))).json()
    found = {name: number(found_at(path, data, name)) for name, path in wanted.items()}
    missing = [f"{name}: no number was found at {wanted[name]}." for name, value in found.items() if value is None]
    if len(missing) == len(found):
        raise Unreadable(f"{source.name} has none of the figures. {missing[0] if missing else ''}".strip())
    return tidy(found, notes=missing)


async def _feature(ask: Asker, source: SourceSpec, feature: FeatureSpec) -> Reading:
    select = {**DEFAULTS, **feature.select}
    list_of = _Rows(select, feature.slug)
    paged = _paged(ask, source, select, list_of)
    members: list[Presence] = []
    items: list[Item] = []
    total: float | None = None
    async for data, _ in _pages(paged, str({**DEFAULTS, **source.config}["paging"])):
        members += list_of.members(data)
        items += list_of.items(data)
        _check_count(len(members) + len(items) + list_of.skipped, feature.slug)
        total = number(found_at(select["total"], data, feature.slug)) if select["total"] else None
    if list_of.skipped and not members and not items:
        raise Unreadable(f"{feature.slug} has rows, but none with a key and a score that is a number.")
    notes = [*_notes(paged), *list_of.notes()]
    if total is not None and not paged.cut:
        notes += _lost(tidy(members=members, items=items).rows + list_of.skipped, int(total), paged.uneven)
    return tidy(members=members, items=items, notes=notes)


def _check_count(count: int, what: str) -> None:
    if count > MOST_READ:
        raise Unreadable(f"{what} has more than {MOST_READ:,} rows, which is more than Vault reads. Ask for fewer.")


def _lost(kept: int, total: int, uneven: bool) -> list[str]:
    """A note when rows are missing. Raises Unreadable when they are more than come and go while pages are read."""
    if kept >= total:
        return []
    if uneven or total - kept > MOST_LOST * total:
        raise Unreadable(
            f"Only {kept:,} of {total:,} rows came: pages lose rows. Use a cursor or Link headers instead."
        )
    return [f"{kept:,} of {total:,} rows came."]


class _Rows:
    """Takes members and items out of the pages of one feature, and counts the rows that are neither."""

    def __init__(self, select: Mapping[str, Any], what: str) -> None:
        self.select, self.what, self.skipped = select, what, 0
        self.figures, self.item_figures = pairs(select["figures"]), pairs(select["item_figures"])

    def __call__(self, data: Any) -> Rows:
        """All rows of a page."""
        return [*self._at("rows", data), *self._at("items", data)]

    def members(self, data: Any) -> list[Presence]:
        """The members on a page."""
        found = []
        for row in self._at("rows", data):
            key, score = text(self._of("key", row), 250), number(self._of("score", row))
            if not key or score is None:
                self.skipped += 1
                continue
            name = text(self._of("name", row)) or key
            found.append(Presence(key, name, score, self._figures(self.figures, row), link(self._of("link", row))))
        return found

    def items(self, data: Any) -> list[Item]:
        """The items on a page."""
        found = []
        for row in self._at("items", data):
            key, score = text(self._of("item_key", row), 250), number(self._of("item_score", row))
            if not key or score is None:
                self.skipped += 1
                continue
            title, url = text(self._of("item_title", row)) or key, link(self._of("item_link", row))
            found.append(Item(key, title, score, self._figures(self.item_figures, row), url))
        return found

    def notes(self) -> list[str]:
        """What was skipped, in words."""
        return [f"{self.skipped:,} rows without a key or a score were skipped."] if self.skipped else []

    def _at(self, name: str, data: Any) -> Rows:
        if name == "items" and not self.select["items"]:
            return []
        if name == "rows" and not self.select["rows"] and self.select["items"]:
            return []
        found = found_at(self.select[name], data, self.what)
        if not isinstance(found, list):
            raise Unreadable(f"{self.what}: {self.select[name] or 'the answer'} is no list.")
        _check_count(len(found), self.what)
        return found

    def _of(self, name: str, row: Any) -> Any:
        return found_at(self.select[name], row, self.what) if self.select[name] else None

    def _figures(self, wanted: Mapping[str, str], row: Any) -> dict[str, float]:
        return figures({name: found_at(path, row, self.what) for name, path in wanted.items()})


def _paged(ask: Asker, source: SourceSpec, select: Mapping[str, Any], list_of: _Rows) -> Paged:
    config = {**DEFAULTS, **source.config}
    size = {config["size_parameter"]: str(config["size"])} if config["size"] and config["size_parameter"] else {}
    return Paged(
        ask=ask,
        url=next_address(config["url"], select["url"]) if select["url"] else config["url"],
        headers=_headers(source),
        rows_of=list_of,
        cursor_of=lambda data: found_at(config["cursor"], data, source.name),
        params=size if config["paging"] != "none" else {},
        page=config["page_parameter"],
        first_page=config["first_page"],
        cursor=config["cursor_parameter"],
        most=config["most_pages"],
    )


def _pages(paged: Paged, paging: str) -> AsyncIterator[tuple[Any, Rows]]:
    ways = {"none": paged.once, "page": paged.by_number, "cursor": paged.by_cursor, "link": paged.by_link}
    return ways[paging]()


def _notes(paged: Paged) -> list[str]:
    notes = [f"Only the first {paged.most:,} pages were read."] if paged.cut else []
    return notes + (["The size of its pages changed on the way: rows may be missing."] if paged.uneven else [])


def _headers(source: SourceSpec) -> dict[str, str]:
    if not source.secret:
        return {}
    config = {**DEFAULTS, **source.config}
    return {config["header"]: f"{config['prefix']} {source.secret}".strip()}


def _header_faults(name: object) -> list[str]:
    fits = isinstance(name, str) and name and all(c.isascii() and (c.isalnum() or c in "-_") for c in name)
    if not fits:
        return ["Enter the name of a header, such as Authorization or X-Api-Key."]
    return [f"{name} is set by Vault itself; choose another one."] if str(name).lower() in OWN_HEADERS else []


def _cursor_fault(config: Mapping[str, Any]) -> list[str]:
    needed = config["paging"] == "cursor" and not config["cursor"]
    return ["Enter where in an answer the cursor of the next page stands."] if needed else []


def _select_faults(feature: FeatureSpec, config: Mapping[str, Any]) -> Faults:
    select = {**DEFAULTS, **feature.select}
    found = {name: path_faults(select[name]) for name in PATHS}
    found |= {name: lines_faults(select[name]) for name in ("figures", "item_figures")}
    if select["url"] and not url_faults(config["url"]):
        try:
            next_address(config["url"], str(select["url"]))
        except Unreadable:
            found["url"] = ["Enter a path of the source's own host, such as /api/users.json."]
    return found
