"""A workspace: the four data sources with their pages, checked and turned into rows. Pure.

The file is one JSON object `{"data_sources": [{…a data source as Notion's API answers it, "pages": [page, …]}]}`.
A data source is told by its title: Features, Gateways, Tiers or Tags; others are left alone.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from domains.base.errors import ValidationFailed
from domains.trace import properties, rules
from domains.trace.problems import Problem
from domains.trace.rules import KINDS, Row
from domains.trace.validation import kind_of_source, workspace_faults

APPLICATIONS = "applications"


@dataclass(slots=True)
class Workspace:
    """Rows by kind in a fixed order, the times and the address of each page by id, and what is worth saying."""

    rows: dict[str, list[Row]]
    edited: dict[str, str] = field(default_factory=dict)
    created: dict[str, str] = field(default_factory=dict)
    urls: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def parse(raw: bytes) -> Any:
    """The JSON value in the file. Raises ValidationFailed with the place of the fault."""
    try:
        return json.loads(raw.decode("utf-8-sig"), parse_constant=_no_constant, object_pairs_hook=_object)
    except UnicodeDecodeError as error:
        raise ValidationFailed(
            f"The workspace file is not UTF-8: byte {error.start} cannot be read. Save it as UTF-8."
        ) from error
    except json.JSONDecodeError as error:
        raise ValidationFailed(
            f"The workspace file is no JSON: line {error.lineno}, column {error.colno}: {error.msg}."
        ) from error
    except (RecursionError, ValueError) as error:
        raise ValidationFailed(
            "The workspace file is nested too deeply, or holds a number with too many digits."
        ) from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValidationFailed(
            f"The workspace file has the key “{twice[:100]}” twice in one object. Remove one of them."
        )
    return found


def _no_constant(name: str) -> None:
    raise ValidationFailed(f"The workspace file is no JSON: it holds {name}, which is no JSON number.")


def check(document: Any) -> None:
    """Raises ValidationFailed with every fault of the document by its path, when there is one."""
    faults = workspace_faults(document)
    if faults.count:
        many = f"{faults.count:,} faults" if faults.count > 1 else "1 fault"
        raise ValidationFailed(f"The workspace file has {many}, so nothing was published.", fields=faults.by_path())


def read_rows(document: Any, aliases: Mapping[str, str], public_fields: Collection[str] = ()) -> Workspace:
    """The rows of a document that `check` has let pass.

    `aliases` leads from names of applications, written as slugs, to the applications' own slugs. `public_fields` may
    tell mail addresses and telephone numbers.
    """
    workspace = Workspace({kind: [] for kind in KINDS})
    for source in document["data_sources"]:
        kind = kind_of_source(source)
        if kind in KINDS:
            _read_source(workspace, kind, source, aliases, public_fields)
        else:
            title = properties.plain_text(source["title"])
            workspace.notes.append(f"The data source {title} is none of {', '.join(KINDS)} and was left alone.")
    for rows in workspace.rows.values():
        rows.sort(key=lambda row: (row["name"].casefold(), row["id"]))
    return workspace


def _read_source(
    workspace: Workspace,
    kind: str,
    source: Mapping[str, Any],
    aliases: Mapping[str, str],
    public_fields: Collection[str],
) -> None:
    keys = properties.property_keys(source["properties"])
    public = {key for key in keys.values() if f"{kind}.{key}" in public_fields}
    for page in properties.live_pages(source):
        row = _row(page, keys, aliases, public)
        workspace.rows[kind].append(row)
        workspace.edited[row["id"]] = page["last_edited_time"]
        if properties.safe_url(page.get("url")):
            workspace.urls[row["id"]] = page["url"]
    trashed = len(source["pages"]) - len(workspace.rows[kind])
    if trashed:
        workspace.notes.append(f"{trashed} {kind} are in the trash and were left out.")
    for name, spec in source["properties"].items():
        note = properties.note_about(spec["type"])
        if note and keys[name] not in public:
            workspace.notes.append(f"{kind}, property {name}: {note}.")


def _row(page: Mapping[str, Any], keys: Mapping[str, str], aliases: Mapping[str, str], public: Collection[str]) -> Row:
    values = {key: properties.flatten(page["properties"][name], key in public) for name, key in keys.items()}
    head = {"id": rules.public_id(page["id"]), "slug": properties.page_slug(page, keys), "name": values.pop("name")}
    values.pop("slug", None)
    slugs = (rules.slug_of(name) for name in values[APPLICATIONS])
    values[APPLICATIONS] = [aliases.get(slug, slug) for slug in slugs]
    return {**head, **values}
