"""A page of Notion without what no export needs and without what is new in every answer. Pure.

Signed addresses of files are new each time; the address before the question mark is not, and tells the file.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from domains.base.json_values import storable
from domains.publishing.documents import canonical, fingerprint
from domains.trace import properties, rules

MOST_INLINE = 25
_UNUSUAL = re.compile(r"\\u(?:0000|d[89a-f])")
MENTIONS = {"page", "user"}
Page = dict[str, Any]


class KeptFile(NamedTuple):
    """A file that Notion keeps: its address for ever and the one to fetch it from within the hour."""

    address: str
    signed: str
    name: str
    property_id: str


@dataclass(frozen=True, slots=True)
class Condensed:
    """`page` has its properties by id. `cut` are the ids of those that Notion may have cut."""

    page: Page
    digest: str
    cut: list[str]
    files: list[KeptFile]


def condense(page: Mapping[str, Any], followed: Iterable[str]) -> Condensed:
    """What is kept of a page. `followed` are relations that follow from others, so that they need not be complete."""
    values = {value["id"]: value for value in page["properties"].values()}
    files: list[KeptFile] = []
    kept = {
        "id": rules.public_id(page["id"]),
        "created_time": page["created_time"],
        "last_edited_time": page["last_edited_time"],
        "url": page.get("url"),
        "properties": {identity: slim(value, files) for identity, value in sorted(values.items())},
    }
    kept = storable_page(kept)
    skipped = set(followed)
    cut = [identity for identity, value in sorted(values.items()) if identity not in skipped and is_cut(value)]
    return Condensed(kept, fingerprint(canonical(kept)), cut, files)


def storable_page(page: Page) -> Page:
    """The page without characters that no database stores."""
    return clean(page) if _UNUSUAL.search(json.dumps(page)) else page


def clean(value: Any) -> Any:
    """The value with texts that databases store."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {clean(key): clean(item) for key, item in value.items()}
    return [clean(item) for item in value] if isinstance(value, list) else value


def is_cut(value: Mapping[str, Any]) -> bool:
    """Whether Notion may have left out a part of this value: it says so of relations only."""
    kind = value["type"]
    items = value.get(kind)
    if kind == "relation":
        return value.get("has_more") is True
    if not isinstance(items, list):
        return False
    if kind in {"title", "rich_text"}:
        return sum((item.get("mention") or {}).get("type") in MENTIONS for item in items) >= MOST_INLINE
    return kind == "people" and len(items) >= MOST_INLINE


def completed(value: Mapping[str, Any], items: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The value with every item of its list."""
    kind = value["type"]
    return slim({"id": value["id"], "type": kind, kind: [item[kind] for item in items], "has_more": False}, [])


def slim(value: Mapping[str, Any], files: list[KeptFile]) -> dict[str, Any]:
    """A property value without looks, faces and signed addresses; the files on it are added to `files`."""
    kind = value["type"]
    content = value.get(kind)
    if content is None:
        return {"id": value.get("id"), "type": kind, kind: None}
    if kind in SLIM:
        content = SLIM[kind](content)
    elif kind == "files":
        content = [_file(item, value.get("id", ""), files) for item in content]
    elif kind == "rollup" and content.get("type") == "array":
        content = {**content, "array": [slim(item, files) for item in content.get("array") or []]}
    more = {"has_more": True} if value.get("has_more") else {}
    return {"id": value.get("id"), "type": kind, kind: content, **more}


def _text(items: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{"plain_text": item.get("plain_text") or ""} for item in items]


def _user(user: Mapping[str, Any]) -> dict[str, Any]:
    mail = (user.get("person") or {}).get("email")
    return {"id": user.get("id"), "name": user.get("name"), **({"person": {"email": mail}} if mail else {})}


def _users(users: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [_user(user) for user in users]


def _file(item: Mapping[str, Any], property_id: str, files: list[KeptFile]) -> dict[str, Any]:
    name, own = item.get("name") or "", item.get("file")
    if not own or not own.get("url"):
        return {"name": name, "type": "external", "external": item.get("external")}
    address = unsigned(own["url"])
    files.append(KeptFile(address, own["url"], name, property_id))
    return {"name": name, "type": "file", "file": {"url": address}}


def unsigned(url: str) -> str:
    """The address without its signature."""
    return url.partition("?")[0]


def signed_links(text: str) -> list[str]:
    """The signed addresses of files in a text."""
    return [found.group() for found in properties.SIGNED_LINK.finditer(text)]


def file_key(address: str) -> str:
    """What a file is found by: its address may be long."""
    return hashlib.sha256(address.encode()).hexdigest()


SLIM: dict[str, Callable[[Any], Any]] = {
    "title": _text,
    "rich_text": _text,
    "people": _users,
    "created_by": _user,
    "last_edited_by": _user,
}
