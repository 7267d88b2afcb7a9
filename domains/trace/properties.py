"""Values of Notion's properties as plain JSON values. Pure.

Notion sends 24 kinds of values (API version 2025-09-03). What is nobody's business outside, such as e-mail addresses,
telephone numbers and signed addresses of files, never comes out of here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from domains.trace.rules import Related, public_id, slug_of, snake_case

Value = Any
PRIVATE = frozenset({"email", "phone_number"})
EMPTY = frozenset({"button"})
SIGNED = re.compile(r"[?&](X-Amz-|Signature=|sig=|token=)", re.IGNORECASE)
PUBLISHED = re.compile(r"/trace/public/files/[0-9a-f]{64}(\.[a-z0-9]{1,8})?")
SIGNED_LINK = re.compile(r"https?://[^\s<>()\[\]\"']*" + SIGNED.pattern + r"[^\s<>()\[\]\"']*", re.IGNORECASE)
_MAIL = re.compile(r"(?:mailto:)?[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
_TELEPHONE = re.compile(r"tel:\+?[\d()/.-]*\d", re.IGNORECASE)


def discreet(text: str) -> str:
    """A text without mail addresses, telephone links and signed addresses of files."""
    if "@" in text:
        text = _MAIL.sub("[e-mail]", text)
    if ":" in text:
        text = _TELEPHONE.sub("[telephone]", SIGNED_LINK.sub("[link]", text))
    return text


def plain_text(items: Sequence[Mapping[str, Any]]) -> str:
    """The words of a rich text without their looks, and without what is private."""
    return discreet("".join(item.get("plain_text") or "" for item in items).strip())


def _name(option: Mapping[str, Any] | None) -> str | None:
    return option["name"] if option else None


def _person(user: Mapping[str, Any] | None) -> str | None:
    name = (user or {}).get("name")
    return None if not name or "@" in name else name


def _date(value: Mapping[str, Any] | None) -> Value:
    return value and {"start": value["start"], "end": value.get("end"), "time_zone": value.get("time_zone")}


def _file(item: Mapping[str, Any]) -> Value:
    name, copy = discreet(item.get("name") or ""), item.get("published")
    if isinstance(copy, str) and PUBLISHED.fullmatch(copy):
        return {"name": name, "url": copy}
    url = (item.get("external") or {}).get("url")
    return {"name": name, "url": url if url and safe_url(url) and not SIGNED.search(url) else None}


def _link(url: str | None) -> Value:
    private = url and (url.strip().lower().startswith(("mailto:", "tel:")) or SIGNED.search(url))
    return None if private else url


def _unique_id(value: Mapping[str, Any] | None) -> Value:
    if not value or value.get("number") is None:
        return None
    return f"{value['prefix']}-{value['number']}" if value.get("prefix") else str(value["number"])


def _formula(value: Mapping[str, Any] | None) -> Value:
    kind, content = (value or {}).get("type", ""), value or {}
    if kind == "date":
        return _date(content.get("date"))
    if kind == "string" and isinstance(content.get(kind), str):
        return discreet(content[kind])
    return content.get(kind) if kind in {"string", "number", "boolean"} else None


def _rollup(value: Mapping[str, Any] | None) -> Value:
    kind = (value or {}).get("type", "")
    if kind != "array":
        return _formula(value)
    return [flatten(item) for item in (value or {}).get("array") or [] if item.get("type") in FLATTEN]


def _verification(value: Mapping[str, Any] | None) -> Value:
    return (value or {}).get("state")


def _as_is(value: Value) -> Value:
    return value


FLATTEN: dict[str, Callable[[Any], Value]] = {
    "title": plain_text,
    "rich_text": plain_text,
    "number": _as_is,
    "select": _name,
    "status": _name,
    "multi_select": lambda options: [option["name"] for option in options],
    "date": _date,
    "people": lambda users: [name for user in users if (name := _person(user))],
    "files": lambda items: [_file(item) for item in items],
    "checkbox": _as_is,
    "url": _link,
    "formula": _formula,
    "relation": lambda items: Related(public_id(item["id"]) for item in items),
    "rollup": _rollup,
    "created_time": _as_is,
    "last_edited_time": _as_is,
    "created_by": _person,
    "last_edited_by": _person,
    "unique_id": _unique_id,
    "verification": _verification,
}


def flatten(value: Mapping[str, Any], public: bool = False) -> Value:
    """The plain value of one valid property value; None for a kind that is not carried.

    With `public` somebody has allowed this field by name: mail addresses and telephone numbers are told too.
    """
    kind = value["type"]
    if public and kind in PRIVATE:
        return value[kind]
    if public and kind == "people":
        return [{"name": _person(user), "email": (user.get("person") or {}).get("email")} for user in value[kind]]
    return FLATTEN[kind](value[kind]) if kind in FLATTEN else None


def note_about(kind: str) -> str:
    """Why values of this kind are published as null; "" when they are carried."""
    if kind in FLATTEN or kind in EMPTY:
        return ""
    if kind in PRIVATE:
        return f"values of the type {kind} are private and published as null"
    return f"values of the type {kind} are not known to Vault and published as null"


def safe_url(url: object) -> bool:
    """Whether a link may be followed from a page: http and https only."""
    if not isinstance(url, str):
        return False
    try:
        return urlsplit(url.strip()).scheme.lower() in {"http", "https"}
    except ValueError:
        return False


def live_pages(source: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Pages of a data source that are not in the trash."""
    return (page for page in source["pages"] if not page.get("in_trash") and not page.get("archived"))


def property_keys(schema: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Public key by property name, in the order of the keys: the title is `name`, the others in snake case."""
    keys = {name: "name" if spec["type"] == "title" else snake_case(name) for name, spec in schema.items()}
    return dict(sorted(keys.items(), key=lambda item: item[1]))


def page_slug(page: Mapping[str, Any], keys: Mapping[str, str]) -> str:
    """The property Slug where it is filled in, else the name, else the id as a part of an address."""
    values = {key: page["properties"][name] for name, key in keys.items() if key in {"name", "slug"}}
    own = flatten(values["slug"]) if "slug" in values else ""
    slug = slug_of(own if isinstance(own, str) else "")
    return slug or slug_of(flatten(values["name"])) or public_id(page["id"])
