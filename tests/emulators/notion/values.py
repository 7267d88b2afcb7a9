"""Plain values as Notion's API writes them, with the cuts it makes at 25."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.emulators.notion.schema import Spec, made_id
from tests.emulators.notion.workspace import Row, Workspace

CUT = 25
LOOKS = {"bold": False, "italic": False, "strikethrough": False, "underline": False, "code": False, "color": "default"}


def stamp(at: datetime) -> str:
    """A time as pages carry it."""
    return at.strftime("%Y-%m-%dT%H:%M:00.000Z")


def rich(value: Any) -> list[dict[str, Any]]:
    """A text as rich text; a list of `{"page": id, "text": …}` as mentions."""
    if isinstance(value, str):
        return [_text(value)] if value else []
    return [_mention(item) if "page" in item else _text(item["text"]) for item in value or []]


def _text(content: str) -> dict[str, Any]:
    text = {"content": content, "link": None}
    return {"type": "text", "text": text, "annotations": LOOKS, "plain_text": content, "href": None}


def _mention(item: dict[str, Any]) -> dict[str, Any]:
    href = f"https://app.notion.com/p/{item['page'].replace('-', '')}"
    mention = {"type": "page", "page": {"id": item["page"]}}
    return {"type": "mention", "mention": mention, "annotations": LOOKS, "plain_text": item["text"], "href": href}


def user(name: str) -> dict[str, Any]:
    """A person with everything, as people properties have it."""
    mail = f"{made_id('user', name)[:8]}@example.org"
    person = {"type": "person", "person": {"email": mail}}
    return {"object": "user", "id": made_id("user", name), "name": name, "avatar_url": None, **person}


def _option(name: str | None) -> dict[str, Any] | None:
    return None if name is None else {"id": made_id("option", name), "name": name, "color": "gray"}


def _date(value: str | None) -> dict[str, Any] | None:
    return None if value is None else {"start": value, "end": None, "time_zone": None}


class Values:
    """Writes the values of a workspace; `file_url` signs the address of a file."""

    def __init__(self, workspace: Workspace, file_url: Any) -> None:
        self.workspace, self.file_url = workspace, file_url

    def written(self, row: Row, spec: Spec) -> dict[str, Any]:
        """A property value as a page carries it."""
        kind = spec["type"]
        value = {"id": spec["id"], "type": kind, kind: self.whole(row, spec, cut=True)}
        if kind == "relation":
            value["has_more"] = len(self.workspace.related(row, spec)) > CUT
        return value

    def whole(self, row: Row, spec: Spec, cut: bool = False) -> Any:
        """What stands under the type's own key; everything, or what a page shows of it."""
        plain, kind = row.values.get(spec["name"]), spec["type"]
        writer = getattr(self, f"_{kind}", None)
        if writer is None:
            return plain
        return writer(row, spec, plain, cut)

    def _title(self, row: Row, spec: Spec, plain: Any, cut: bool) -> Any:
        return self._rich_text(row, spec, plain, cut)

    def _rich_text(self, row: Row, spec: Spec, plain: Any, cut: bool) -> Any:
        items = rich(plain)
        mentions = [index for index, item in enumerate(items) if item["type"] == "mention"]
        return items[: mentions[CUT]] if cut and len(mentions) > CUT else items

    def _select(self, row: Row, spec: Spec, plain: Any, cut: bool) -> Any:
        return _option(plain)

    _status = _select

    def _multi_select(self, row: Row, spec: Spec, plain: Any, cut: bool) -> Any:
        return [_option(name) for name in plain or []]

    def _date(self, row: Row, spec: Spec, plain: Any, cut: bool) -> Any:
        return _date(plain)

    def _people(self, row: Row, spec: Spec, plain: Any, cut: bool) -> Any:
        return [user(name) for name in (plain or [])[: CUT if cut else None]]

    def _files(self, row: Row, spec: Spec, plain: Any, cut: bool) -> Any:
        return [self.file_url(name) for name in plain or []]

    def _checkbox(self, row: Row, spec: Spec, plain: Any, cut: bool) -> Any:
        return bool(plain)

    def _relation(self, row: Row, spec: Spec, plain: Any, cut: bool) -> Any:
        return [{"id": page} for page in self.workspace.related(row, spec)[: CUT if cut else None]]

    def _rollup(self, row: Row, spec: Spec, plain: Any, cut: bool) -> Any:
        rollup = spec["rollup"]
        relation = self.workspace.schemas[row.kind].get(rollup["relation_property_name"])
        pages = self.workspace.related(row, relation)[: CUT if cut else None] if relation else []
        if rollup["function"] == "count":
            return {"type": "number", "number": len(pages), "function": "count"}
        found = [self.workspace.rows[page] for page in pages if page in self.workspace.rows]
        array = [{"type": "title", "title": rich(page.values.get("Name") or "")} for page in found]
        return {"type": "array", "array": array, "function": rollup["function"]}

    def _formula(self, row: Row, spec: Spec, plain: Any, cut: bool) -> Any:
        return {"type": "string", "string": label(row)}

    def _created_time(self, row: Row, spec: Spec, plain: Any, cut: bool) -> Any:
        return stamp(row.created)

    def _last_edited_time(self, row: Row, spec: Spec, plain: Any, cut: bool) -> Any:
        return stamp(row.edited)

    def _created_by(self, row: Row, spec: Spec, plain: Any, cut: bool) -> Any:
        return user("Aiko Tanaka")

    _last_edited_by = _created_by

    def _button(self, row: Row, spec: Spec, plain: Any, cut: bool) -> Any:
        return {}

    def _unique_id(self, row: Row, spec: Spec, plain: Any, cut: bool) -> Any:
        return {"prefix": spec["unique_id"].get("prefix"), "number": row.number}

    def _verification(self, row: Row, spec: Spec, plain: Any, cut: bool) -> Any:
        return {"state": plain or "unverified", "date": None, "verified_by": None}

    def _place(self, row: Row, spec: Spec, plain: Any, cut: bool) -> Any:
        return plain and {"lat": 52.5, "lon": 13.4, "name": plain, "address": plain}


def label(row: Row) -> str:
    """The formula Label."""
    return f"{row.values.get('Area') or ''} / {row.values.get('Status') or ''}"
