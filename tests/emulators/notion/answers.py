"""What each address answers."""

from __future__ import annotations

import hashlib
import hmac
import re
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, quote, unquote

from tests.emulators.notion.objects import BOT, bot, data_source, database, listed, page
from tests.emulators.notion.query import Queries, Refused, page_size
from tests.emulators.notion.schema import KINDS, data_source_id, database_id, made_id
from tests.emulators.notion.values import Values
from tests.emulators.notion.workspace import Row, Workspace

KEY = b"signs the addresses of files"
LISTED = {"title", "rich_text", "people", "relation"}
Answer = tuple[int, dict[str, Any]]


def error(status: int, code: str, message: str, **more: Any) -> Answer:
    """An error as Notion words it."""
    return status, {"object": "error", "status": status, "code": code, "message": message, **more}


def not_found(what: str, found: str) -> Answer:
    """Not there, or not shared: Notion does not tell which."""
    message = f"Could not find {what} with ID: {found}. Make sure the relevant pages and databases are shared"
    return error(
        404,
        "object_not_found",
        f'{message} with your integration "{BOT}".',
        additional_data={"integration_id": made_id("bot")},
    )


class Answers:
    """Answers requests from a workspace."""

    def __init__(self, workspace: Workspace, url: Callable[[], str]) -> None:
        self.workspace, self.url = workspace, url
        self.file_seconds: float = 3600
        self.values = Values(workspace, self.file_url)
        self.queries = Queries(self.values)
        self.lock = threading.Lock()
        self.page_cursors: dict[str, int] = {}
        self.cut_content: set[str] = set()

    def file_url(self, name: str) -> dict[str, Any]:
        """A file as a property shows it: its address is good for `file_seconds`."""
        expires = f"{time.time() + self.file_seconds:.3f}"
        signature = hmac.new(KEY, f"{name}{expires}".encode(), hashlib.sha256).hexdigest()
        address = f"{self.url()}/files/{quote(name)}?X-Amz-Expires={expires}&X-Amz-Signature={signature}"
        return {"name": name, "type": "file", "file": {"url": address, "expiry_time": expires}}

    def signed(self, name: str, query: str) -> bool:
        """Whether a file may be given out still."""
        asked = parse_qs(query)
        expires = asked.get("X-Amz-Expires", [""])[0]
        signature = hmac.new(KEY, f"{name}{expires}".encode(), hashlib.sha256).hexdigest()
        return asked.get("X-Amz-Signature") == [signature] and time.time() < float(expires)

    def answer(self, method: str, path: str, query: str, body: dict[str, Any]) -> Answer:
        """Status and body for a request to /v1."""
        with self.workspace.lock:
            for wanted, pattern, name in ROUTES:
                if wanted == method and (found := re.fullmatch(pattern, path)):
                    try:
                        respond: Callable[..., Answer] = getattr(self, name)
                        return respond(*found.groups(), parse_qs(query), body)
                    except Refused as refused:
                        return error(400, "validation_error", str(refused))
        return error(400, "invalid_request_url", "Invalid request URL.")

    def me(self, query: dict[str, list[str]], body: dict[str, Any]) -> Answer:
        """The token's user."""
        return 200, bot()

    def database(self, wanted: str, query: dict[str, list[str]], body: dict[str, Any]) -> Answer:
        """A database."""
        kind = self._kind(wanted, database_id)
        return (200, database(self.workspace, kind)) if kind else not_found("database", wanted)

    def data_source(self, wanted: str, query: dict[str, list[str]], body: dict[str, Any]) -> Answer:
        """A data source."""
        kind = self._kind(wanted, data_source_id)
        return (200, data_source(self.workspace, kind)) if kind else not_found("data_source", wanted)

    def query(self, wanted: str, query: dict[str, list[str]], body: dict[str, Any]) -> Answer:
        """A page of rows."""
        kind = self._kind(wanted, data_source_id)
        if not kind:
            return not_found("data_source", wanted)
        only = query.get("filter_properties") or query.get("filter_properties[]")
        if only and (unknown := set(only) - {unquote(spec["id"]) for spec in self.workspace.schemas[kind].values()}):
            raise Refused(f"Could not find property with name or id: {min(unknown)}")
        return 200, self.queries.answer(kind, body, only)

    def page(self, wanted: str, query: dict[str, list[str]], body: dict[str, Any]) -> Answer:
        """A page."""
        row = self._row(wanted)
        return (200, page(row, self.values)) if row else not_found("page", wanted)

    def markdown(self, wanted: str, query: dict[str, list[str]], body: dict[str, Any]) -> Answer:
        """A page's content."""
        row = self._row(wanted)
        if row is None:
            return not_found("page", wanted)
        cut = row.id in self.cut_content
        text = row.content[: len(row.content) // 2] if cut else row.content
        more = {"markdown": text, "truncated": cut, "unknown_block_ids": [made_id("block", row.id)] if cut else []}
        return 200, {"object": "page_markdown", "id": row.id, **more}

    def property(self, wanted: str, encoded: str, query: dict[str, list[str]], body: dict[str, Any]) -> Answer:
        """One property value in full; lists page by page."""
        row = self._row(wanted)
        if row is None:
            return not_found("page", wanted)
        specs = self.workspace.schemas[row.kind].values()
        spec = next((item for item in specs if unquote(item["id"]) == unquote(encoded)), None)
        if spec is None:
            raise Refused(f"Could not find property with id: {encoded}")
        kind, whole = spec["type"], self.values.whole(row, spec)
        head = {"object": "property_item", "id": spec["id"], "type": kind}
        if kind not in LISTED:
            return 200, {**head, kind: whole}
        return 200, self._items([{**head, kind: item} for item in whole], spec, query)

    def _items(self, items: list[Any], spec: dict[str, Any], query: dict[str, list[str]]) -> dict[str, Any]:
        size = page_size({name: values[0] for name, values in query.items()})
        cursor = query.get("start_cursor", [""])[0]
        if cursor and cursor not in self.page_cursors:
            raise Refused(f"The start_cursor provided is invalid: {cursor}")
        start = self.page_cursors.get(cursor, 0)
        following = None
        if start + size < len(items):
            following = made_id("cursor", spec["id"], start, time.time_ns())
            self.page_cursors[following] = start + size
        about = {"id": spec["id"], "next_url": None, "type": spec["type"], spec["type"]: {}}
        return listed("property_item", items[start : start + size], following) | {"property_item": about}

    def _kind(self, wanted: str, made: Callable[[str], str]) -> str:
        plain = wanted.replace("-", "")
        kinds = [kind for kind in KINDS if kind not in self.workspace.unshared]
        return next((kind for kind in kinds if made(kind).replace("-", "") == plain), "")

    def _row(self, wanted: str) -> Row | None:
        rows = self.workspace.rows
        return rows.get(wanted) or next((row for row in rows.values() if row.id.replace("-", "") == wanted), None)


ROUTES = [
    ("GET", r"/v1/users/me", "me"),
    ("GET", r"/v1/databases/([^/]+)", "database"),
    ("GET", r"/v1/data_sources/([^/]+)", "data_source"),
    ("POST", r"/v1/data_sources/([^/]+)/query", "query"),
    ("GET", r"/v1/pages/([^/]+)", "page"),
    ("GET", r"/v1/pages/([^/]+)/markdown", "markdown"),
    ("GET", r"/v1/pages/([^/]+)/properties/([^/]+)", "property"),
]
