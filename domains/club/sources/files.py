"""JSON and CSV files in the folder of Club's files.

Hero metrics: JSON `{"members": 120, "posts": 3400}`, or CSV with the columns metric and value.
A feature: JSON `{"members": [{"key", "name", "score", "url", "figures"}], "items": [{"key", "title", "score", …}]}`, or
a CSV file each for members and items, whose columns key, name (title), score and url are known and whose further ones
are figures.
"""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, ClassVar

from domains.base.errors import VaultError
from domains.club.readings import Item, Presence, Reading
from domains.club.sources.base import Asker, ConfigField, FeatureSpec, SourceKind, SourceReport, SourceSpec
from domains.club.sources.config import Faults, only_faults
from domains.club.sources.errors import Unreadable
from domains.club.sources.folder import name_faults, read_file
from domains.club.sources.values import figures, link, mapping, number, rows, text, tidy

Row = Mapping[str, Any]
KNOWN = {"key", "name", "title", "score", "url", "figures"}
MOST_COLUMNS = 50


class Files(SourceKind):
    """What stands in files that somebody, or some other program, puts into the folder."""

    name: ClassVar[str] = "file"
    title: ClassVar[str] = "Files"
    fields: ClassVar[Sequence[ConfigField]] = [
        ConfigField("hero", "File of the hero metrics", "JSON or CSV, such as alpha/hero.json; empty for none."),
    ]
    select_fields: ClassVar[Sequence[ConfigField]] = [
        ConfigField("file", "File", "JSON with members and items, or CSV of members.", required=True),
        ConfigField("items", "File of the items", "CSV of items beside a CSV of members; empty for none."),
    ]

    def check(self, config: Mapping[str, Any], features: Sequence[FeatureSpec]) -> Faults:
        """See SourceKind."""
        found = {"config.hero": name_faults(config["hero"])} if config.get("hero") else {}
        for place, feature in enumerate(features):
            found[f"features.{place}.file"] = name_faults(feature.select.get("file"))
            if items := feature.select.get("items"):
                found[f"features.{place}.items"] = name_faults(items)
        return only_faults(found)

    def has_hero(self, config: Mapping[str, Any]) -> bool:
        """See SourceKind."""
        return bool(config.get("hero"))

    async def read(self, ask: Asker, source: SourceSpec, feature: FeatureSpec | None) -> Reading:
        """See SourceKind."""
        if feature is None:
            return await asyncio.to_thread(_hero, str(source.config["hero"]))
        return await asyncio.to_thread(_feature, feature.select)

    async def test(self, ask: Asker, source: SourceSpec) -> SourceReport:
        """Reads every file."""
        wanted = [None] if self.has_hero(source.config) else []
        try:
            read = [await self.read(ask, source, feature) for feature in [*wanted, *source.features]]
        except VaultError as error:
            return SourceReport(False, error.message, ["Put the file into the folder of Club's files, or upload it."])
        notes = " ".join(dict.fromkeys(note for each in read for note in each.notes))
        rows_of_all = f"Rows in all files: {sum(each.rows for each in read):,}."
        return SourceReport(True, f"All files are there and can be read. {rows_of_all} {notes}".strip())


def _hero(name: str) -> Reading:
    if _is_csv(name):
        found = {text(row.get("metric")): row.get("value") for row in _table(name, {"metric", "value"})}
    else:
        found = dict(mapping(_json(name), name))
    reading = tidy(found)
    unknown = sorted(set(map(str, found)) - set(reading.hero))
    if not reading.hero:
        raise Unreadable(f"{name} holds no hero metric.")
    return tidy(found, notes=[f"Not taken: {', '.join(unknown)}."] if unknown else [])


def _feature(select: Mapping[str, Any]) -> Reading:
    name, items_name = str(select["file"]), str(select.get("items") or "")
    if _is_csv(name):
        members, items = _table(name, {"key", "score"}), []
    else:
        found = mapping(_json(name), name)
        members, items = rows(found.get("members", []), name), rows(found.get("items", []), name)
    if items_name:
        items = _table(items_name, {"key", "score"}) if _is_csv(items_name) else rows(_json(items_name), items_name)
    kept_members, kept_items = (
        [_member(row) for row in members if _fits(row)],
        [_item(row) for row in items if _fits(row)],
    )
    skipped = len(members) + len(items) - len(kept_members) - len(kept_items)
    if skipped and not kept_members and not kept_items:
        raise Unreadable(f"{name} has no row with a key and a score that is a number.")
    notes = [f"{skipped:,} rows without a key or a score were skipped."] if skipped else []
    return tidy(members=kept_members, items=kept_items, notes=notes)


def _fits(row: Row) -> bool:
    return bool(text(row.get("key"))) and number(row.get("score")) is not None


def _member(row: Row) -> Presence:
    key = text(row["key"], 250)
    return Presence(key, text(row.get("name")) or key, number(row["score"]) or 0, _figures(row), link(row.get("url")))


def _item(row: Row) -> Item:
    key = text(row["key"], 250)
    return Item(key, text(row.get("title")) or key, number(row["score"]) or 0, _figures(row), link(row.get("url")))


def _figures(row: Row) -> dict[str, float]:
    own = row.get("figures")
    return figures(own if isinstance(own, Mapping) else {name: row[name] for name in row if name not in KNOWN})


def _is_csv(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() == ".csv"


def _json(name: str) -> Any:
    try:
        return json.loads(read_file(name))
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"{name} is no JSON: {str(error)[:100]}.") from error


def _table(name: str, needed: set[str]) -> list[Row]:
    """The lines of a CSV file by the names of its columns, in lower case."""
    try:
        content = read_file(name).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"{name} is not written in UTF-8. Save it so.") from error
    first = content.partition("\n")[0]
    separator = ";" if first.count(";") > first.count(",") else ","
    try:
        reader = csv.reader(io.StringIO(content, newline=""), delimiter=separator, strict=True)
        lines = [line for line in reader if line]
    except csv.Error as error:
        raise Unreadable(f"{name} is no CSV: {error}.") from error
    head = [text(column, 60).lower() for column in (lines[0] if lines else [])][:MOST_COLUMNS]
    if missing := sorted(needed - set(head)):
        raise Unreadable(f"{name} has no column {' and no column '.join(missing)}.")
    return [dict(zip(head, line, strict=False)) for line in lines[1:]]
