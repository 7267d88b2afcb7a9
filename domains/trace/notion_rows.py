"""From the mirror of Notion to rows: one page at a time, so that no more than the rows themselves is held. Pure.

Nothing here stops an export: what is wrong with a row is told, and the row is published with what is right of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from domains.trace import properties, rules, schema
from domains.trace.derive import Model, derive
from domains.trace.problems import Problem
from domains.trace.rules import KINDS, Related, Row
from domains.trace.schema import APPLICATIONS, Schema
from domains.trace.workspace import Workspace

UNTITLED = "Untitled"
ID_DIGITS = 8


class MirroredPage(NamedTuple):
    """A page as `condense.py` keeps it, with its content where that is published, and what is to say about that."""

    page: Mapping[str, Any]
    content: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Mirrored:
    """One data source of the mirror."""

    kind: str
    source_id: str
    schema: Schema
    keys: Mapping[str, str]
    pages: Iterable[MirroredPage]


@dataclass
class Reader:
    """Reads data sources into a workspace. `files` leads from addresses of files to their published copies."""

    aliases: Mapping[str, str]
    public_fields: Collection[str]
    files: Mapping[str, str]
    workspace: Workspace = field(default_factory=lambda: Workspace({kind: [] for kind in KINDS}))
    private: set[tuple[str, str]] = field(default_factory=set)
    missing: list[str] = field(default_factory=list)

    def read(self, sources: Iterable[Mirrored]) -> Workspace:
        """The rows of all data sources, complete and in a fixed order."""
        found = list(sources)
        for source in found:
            self._read_source(source)
        self._drop_dangling(found)
        model = Model(
            {source.kind: source.schema for source in found},
            {source.kind: source.keys for source in found},
            {source.source_id: source.kind for source in found},
            self.private,
        )
        derive(self.workspace.rows, model)
        for kind, group in self.workspace.rows.items():
            self._give_slugs(kind, group)
            group.sort(key=lambda row: (row["name"].casefold(), row["id"]))
            self.workspace.rows[kind] = [_in_order(row) for row in group]
        return self.workspace

    def _read_source(self, source: Mirrored) -> None:
        hidden = {spec["id"] for spec in source.schema.values() if self._is_private(source, spec)}
        self.private |= {(source.kind, source.keys[identity]) for identity in hidden}
        dumb = schema.private_formulas(source.schema, hidden)
        dumb -= {spec["id"] for spec in source.schema.values() if self._is_public(source, spec["id"])}
        for mirrored in source.pages:
            self._read_page(source, mirrored, dumb)
        for name, spec in sorted(source.schema.items()):
            note = properties.note_about(spec["type"])
            if note and not self._is_public(source, spec["id"]):
                self.workspace.notes.append(f"{source.kind}, property {name}: {note}.")
            elif spec["id"] in dumb:
                self.workspace.notes.append(f"{source.kind}, property {name}: it uses a private one, so it is null.")

    def _is_public(self, source: Mirrored, identity: str) -> bool:
        return f"{source.kind}.{source.keys[identity]}" in self.public_fields

    def _is_private(self, source: Mirrored, spec: Mapping[str, Any]) -> bool:
        return spec["type"] in properties.PRIVATE or (spec["type"] == "people" and self._is_public(source, spec["id"]))

    def _read_page(self, source: Mirrored, mirrored: MirroredPage, dumb: Collection[str]) -> None:
        page, values = mirrored.page, {}
        for identity, key in source.keys.items():
            value = page["properties"].get(identity)
            values[key] = None if value is None or identity in dumb else self._flat(source, identity, value)
        row: Row = {"id": page["id"], "name": values.pop("name", None) or "", **values}
        if mirrored.content is not None:
            row["content"] = properties.discreet(mirrored.content)
        row[APPLICATIONS] = self._applications(row.get(APPLICATIONS))
        if not row["name"]:
            row["name"] = UNTITLED
            self._problem(source.kind, row, "It has no name, so it is published as Untitled.")
        while self.missing:
            self._problem(source.kind, row, f"Its file {self.missing.pop()} could not be copied, so it has no address.")
        if mirrored.note:
            self._problem(source.kind, row, mirrored.note)
        if not row[APPLICATIONS]:
            self._problem(source.kind, row, "It names no application, so it is in no application's documents.")
        self.workspace.rows[source.kind].append(row)
        self.workspace.edited[row["id"]] = page["last_edited_time"]
        self.workspace.created[row["id"]] = page["created_time"]
        if properties.safe_url(page.get("url")):
            self.workspace.urls[row["id"]] = page["url"]

    def _flat(self, source: Mirrored, identity: str, value: Mapping[str, Any]) -> Any:
        if value["type"] == "files":
            value = {**value, "files": [self._with_copy(item) for item in value["files"]]}
        elif value["type"] == "rollup" and (value["rollup"] or {}).get("type") == "array":
            array = [item for item in value["rollup"]["array"] if item["type"] not in properties.PRIVATE]
            value = {**value, "rollup": {**value["rollup"], "array": array}}
        return properties.flatten(value, public=self._is_public(source, identity))

    def _with_copy(self, item: Mapping[str, Any]) -> Mapping[str, Any]:
        address = (item.get("file") or {}).get("url", "")
        if address and address not in self.files:
            self.missing.append(item.get("name") or "")
        return {**item, "published": self.files.get(address)} if address else item

    def _applications(self, value: Any) -> list[str]:
        names = value if isinstance(value, list) else [value] if value else []
        slugs = [rules.slug_of(name) for name in names]
        return [self.aliases.get(slug, slug) for slug in slugs if slug]

    def _drop_dangling(self, sources: Iterable[Mirrored]) -> None:
        """Relations lead to rows that are there; those that should and do not are told."""
        known = {row["id"] for group in self.workspace.rows.values() for row in group}
        ours = {source.source_id for source in sources}
        for source in sources:
            for spec in source.schema.values():
                if spec["type"] != "relation":
                    continue
                is_ours = (spec.get("relation") or {}).get("data_source_id") in ours
                if not is_ours:
                    text = f"{source.kind}, property {spec['name']}: it leads to a data source that is not exported."
                    self.workspace.notes.append(text)
                self._close(source.kind, source.keys[spec["id"]], spec["name"] if is_ours else "", known)

    def _close(self, kind: str, key: str, name: str, known: Collection[str]) -> None:
        for row in self.workspace.rows[kind]:
            before = row.get(key) or ()
            row[key] = Related(item for item in before if item in known)
            if name and (lost := len(before) - len(row[key])):
                self._problem(kind, row, f"{name} leads to {lost} page{'s' if lost > 1 else ''} that Vault cannot see.")

    def _give_slugs(self, kind: str, rows: list[Row]) -> None:
        """Each row its own part of an address; of two that want the same, the older keeps it."""
        taken: Counter[str] = Counter()
        created = self.workspace.created
        for row in sorted(rows, key=lambda item: (created[item["id"]], item["id"])):
            own = row.pop("slug", None)
            wanted = rules.slug_of(own if isinstance(own, str) else "") or rules.slug_of(row["name"]) or row["id"]
            slug = wanted if row["name"] != UNTITLED or own else row["id"]
            if taken[slug]:
                slug = f"{slug}-{row['id'][:ID_DIGITS]}"
                self._problem(kind, row, f"Another one has the slug {wanted} already, so this one is {slug}.")
            if taken[slug]:
                slug = row["id"]
            taken[slug] += 1
            row["slug"] = slug

    def _problem(self, kind: str, row: Row, text: str) -> None:
        self.workspace.problems.append(Problem(kind, row["id"], row["name"], text))


def _in_order(row: Row) -> Row:
    head = {key: row[key] for key in ("id", "slug", "name")}
    return head | {key: row[key] for key in sorted(row.keys() - head.keys())}
