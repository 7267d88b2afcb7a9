"""Notion's own export “Markdown & CSV”: a ZIP file with a table for each database.

The tables have words only, so types are told by what all cells of a column look like. The ids of pages stand in the
names of their Markdown files and in the links of relations; a row whose id stands nowhere gets one made of its name.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar
from urllib.parse import unquote
from uuid import NAMESPACE_URL, UUID, uuid5

from domains.base.errors import ValidationFailed
from domains.publishing import storage
from domains.trace.rules import KINDS, snake_case
from domains.trace.sources.base import Copied, Progress

MOST_BYTES = 64 * 1024 * 1024
_NAMED = re.compile(r"^(?P<name>.*?)\s+(?P<id>[0-9a-f]{32})(?P<all>_all)?$")
_LINKED = re.compile(r"(?P<name>[^()]*?)\s*\((?P<link>[^()]*[0-9a-f]{32}[^()]*)\)(?:,\s*|$)")
_ID = re.compile(r"[0-9a-f]{32}")
EPOCH = "1970-01-01T00:00:00.000Z"
Table = list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class CsvExport:
    """The ZIP file as Notion made it."""

    path: Path
    is_strict: ClassVar[bool] = False

    @property
    def name(self) -> str:
        """The file's path."""
        return str(self.path)

    def copy_to(self, target: Path, progress: Progress) -> Copied:
        """Write the export's tables as a workspace. Raises ValidationFailed when it is no such export."""
        try:
            with zipfile.ZipFile(self.path) as archive:
                document = _document(_Export(archive))
        except FileNotFoundError as error:
            raise ValidationFailed(
                f"The export {self.path} is not there. What is published stays as it was."
            ) from error
        except (OSError, zipfile.BadZipFile, csv.Error, UnicodeDecodeError) as error:
            raise ValidationFailed(f"{self.path} cannot be read as an export of Notion: {error}.") from error
        data = json.dumps(document, ensure_ascii=False).encode()
        with storage.writing(target.parent):
            target.write_bytes(data)
        progress(len(data), len(data), "bytes")
        return Copied(len(data), hashlib.sha256(data).hexdigest())


class _Export:
    """The tables of an export by kind, and the ids of pages by name."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.left = MOST_BYTES
        self.tables: dict[str, Table] = {}
        self.ids: dict[tuple[str, str], str] = {}
        self._open(archive)

    def _open(self, archive: zipfile.ZipFile) -> None:
        for info in archive.infolist():
            path = PurePosixPath(info.filename)
            if path.suffix.lower() == ".zip":
                with zipfile.ZipFile(io.BytesIO(self._read(archive, info))) as inner:
                    self._open(inner)
            elif path.suffix.lower() == ".csv":
                self._add_table(path, archive, info)
            elif (found := _NAMED.match(path.stem)) and path.suffix.lower() == ".md":
                self.ids.setdefault((_kind(path.parent.name), _plain(found["name"])), found["id"])

    def _add_table(self, path: PurePosixPath, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
        kind, is_whole = _kind(path.stem), path.stem.endswith("_all")
        if kind in KINDS and (is_whole or kind not in self.tables):
            text = self._read(archive, info).decode("utf-8-sig")
            self.tables[kind] = [
                {k or "": v or "" for k, v in row.items() if isinstance(v, str | None)}
                for row in csv.DictReader(io.StringIO(text))
            ]

    def _read(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
        with archive.open(info) as file:
            data = file.read(self.left + 1)
        self.left -= len(data)
        if self.left < 0:
            raise ValidationFailed(f"The export is too large: at most {MOST_BYTES / 1e6:,.0f} MB are read.")
        return data

    def id_of(self, kind: str, name: str, number: int = 0) -> str:
        """Id of a page: Notion's where it is known; `number` tells rows of one name apart."""
        known = self.ids.get((kind, _plain(name))) if not number else None
        return str(UUID(known)) if known else str(uuid5(NAMESPACE_URL, f"notion:{kind}/{name}/{number}"))


def _kind(stem: str) -> str:
    found = _NAMED.match(stem)
    return (found["name"] if found else stem.removesuffix("_all")).strip().casefold()


def _plain(name: str) -> str:
    """A name without what file names leave out."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())[:40]


def _document(export: _Export) -> dict[str, Any]:
    missing = [kind for kind in KINDS if kind not in export.tables]
    if missing:
        raise ValidationFailed(
            f"The export has no table {', '.join(kind.capitalize() for kind in missing)}. Export the page that holds "
            "all four databases, as “Markdown & CSV” with everything in it."
        )
    for table in export.tables.values():
        for cell in (cell for row in table for cell in row.values()):
            for found in _LINKED.finditer(cell):
                _learn(export, found)
    return {"data_sources": [_source(export, kind) for kind in KINDS]}


def _learn(export: _Export, found: re.Match[str]) -> None:
    identity = _ID.findall(unquote(found["link"]))[-1]
    name = _plain(found["name"])
    for kind, table in export.tables.items():
        if (kind, name) not in export.ids and any(_plain(_title(row)) == name for row in table):
            export.ids[kind, name] = identity


def _title(row: dict[str, str]) -> str:
    return next(iter(row.values()), "").strip()


def _source(export: _Export, kind: str) -> dict[str, Any]:
    table = export.tables[kind]
    columns = list(table[0]) if table else ["Name", "Applications"]
    makers = {name: _maker(export, name, [row.get(name, "") for row in table]) for name in columns[1:]}
    schema = {columns[0]: _spec("title", columns[0], "title", {})}
    schema |= {name: _spec(_column_id(name), name, type_, config) for name, (type_, config, _) in makers.items()}
    seen: dict[str, int] = {}
    pages = []
    for row in table:
        number = seen[_title(row)] = seen.get(_title(row), -1) + 1
        values = {columns[0]: {"id": "title", "type": "title", "title": _text(_title(row))}}
        for name, (type_, _, make) in makers.items():
            values[name] = {"id": _column_id(name), "type": type_, type_: make(row.get(name, "").strip())}
        identity = export.id_of(kind, _title(row), number)
        pages.append({"id": identity, "created_time": EPOCH, "last_edited_time": EPOCH, "properties": values})
    title = _text(kind.capitalize())
    return {"id": _source_id(kind), "title": title, "properties": schema, "pages": pages}


def _source_id(kind: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"notion:{kind}"))


def _column_id(name: str) -> str:
    return f"column-{snake_case(name) or name}"


def _spec(identity: str, name: str, type_: str, config: dict[str, Any]) -> dict[str, Any]:
    return {"id": identity, "name": name, "type": type_, type_: config}


def _text(words: str) -> list[dict[str, Any]]:
    return [{"type": "text", "plain_text": words}] if words else []


Maker = tuple[str, dict[str, Any], Callable[[str], Any]]


def _maker(export: _Export, name: str, cells: Sequence[str]) -> Maker:
    """Type, configuration and values of a column, by its name and by what its cells look like."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    key = snake_case(name)
    if key in {"applications", "application"}:
        return "multi_select", {}, lambda cell: [{"name": item} for item in _items(cell)]
    if target := _target(export, key, filled):
        return "relation", {"data_source_id": _source_id(target)}, lambda cell: _related(export, target, cell)
    if key == "status":
        return "status", {}, lambda cell: {"name": cell} if cell else None
    if filled and all(cell in {"Yes", "No"} for cell in filled):
        return "checkbox", {}, lambda cell: cell == "Yes"
    if filled and all(re.fullmatch(r"-?\d{1,15}(\.\d{1,15})?", cell) for cell in filled):
        return "number", {}, lambda cell: (float(cell) if "." in cell else int(cell)) if cell else None
    if filled and all(re.match(r"https?://\S+$", cell) for cell in filled):
        return "url", {}, lambda cell: cell or None
    return "rich_text", {}, _text


def _items(cell: str) -> Iterator[str]:
    return (item.strip() for item in cell.split(",") if item.strip())


def _target(export: _Export, key: str, filled: Sequence[str]) -> str:
    """The kind that a column's cells lead to: by its name, or because every cell is a link to pages of one kind."""
    named = next((kind for kind in KINDS if key in {kind, kind[:-1]}), "")
    names = [_plain(found["name"]) for cell in filled for found in _LINKED.finditer(cell)]
    linked = next((kind for kind in KINDS if names and all((kind, name) in export.ids for name in names)), "")
    return linked if linked and all(_LINKED.search(cell) for cell in filled) else named


def _related(export: _Export, target: str, cell: str) -> list[dict[str, str]]:
    names = [found["name"] for found in _LINKED.finditer(cell)] or list(_items(cell))
    return [{"id": export.id_of(target, name.strip())} for name in names]
