"""Whether Notion lets Vault in, what it finds there, and what has changed since the last export."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from importlib.metadata import version
from typing import Any

from django.utils import timezone

from domains.base.errors import UpstreamFailed
from domains.orchestration.secrets import Secret
from domains.trace import advice, schema
from domains.trace.notion import resolve
from domains.trace.notion.api import NotionApi
from domains.trace.notion.client import VERSION
from domains.trace.notion.config import Configuration, configuration
from domains.trace.notion.errors import NotionRefused, TokenRefused
from domains.trace.notion.retry import Patience
from domains.trace.rules import KINDS
from domains.trace.service import connections, notion_sources

OK, NO_TOKEN, TOKEN_REFUSED, SILENT = "ok", "no token", "token refused", "no answer"
NOT_CONFIGURED, FAILED = "not configured", "failed"
SAME, NEW, RENAMED, CHANGED, GONE = "", "new", "renamed", "changed", "gone"
QUICK = Patience(failures=2, refusals=2, longest_s=30)
"""Somebody waits for the report."""


@dataclass(frozen=True, slots=True)
class PropertyReport:
    """A property: its id, name and type, under which key it is published, and what is new about it since the last
    export; `was` is its name or type then.
    """

    id: str
    name: str
    type: str
    key: str
    change: str = SAME
    was: str = ""


@dataclass(frozen=True, slots=True)
class KindReport:
    """One kind: where it is to be found, whether it is found, what to click if not, and its properties.

    `choices` are ids and names of the data sources when a database has several; `problems` keep exports from running.
    """

    kind: str
    state: str
    configured: str = ""
    origin: str = ""
    data_source_id: str = ""
    title: str = ""
    clicks: list[str] = field(default_factory=list)
    choices: list[tuple[str, str]] = field(default_factory=list)
    properties: list[PropertyReport] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ConnectionReport:
    """The connection as a whole. `state` is about the token; `bot` and `workspace` are what it stands for."""

    state: str
    checked: datetime
    kinds: list[KindReport]
    token_origin: str = ""
    bot: str = ""
    workspace: str = ""
    clicks: list[str] = field(default_factory=list)
    message: str = ""
    requests: int = 0
    notion_version: str = VERSION
    client_version: str = field(default_factory=lambda: version("notion-client"))

    @property
    def is_ready(self) -> bool:
        """Whether an export could run."""
        return self.state == OK and all(kind.state == resolve.FOUND and not kind.problems for kind in self.kinds)


def connection_report(stop: Callable[[], bool] = lambda: False) -> ConnectionReport:
    """Ask Notion: nine requests for a connection by addresses of databases. Writes nothing; takes some seconds.

    Raises nothing that Notion is the cause of: the report says it. Raises Interrupted when `stop` answers true.
    """
    found = configuration()
    if not found.token:
        kinds = [_unasked(found, kind) for kind in KINDS]
        return ConnectionReport(NO_TOKEN, timezone.now(), kinds, clicks=advice.TOKEN)
    with NotionApi(found.token, api_url=found.api_url, rate=found.rate, stop=stop, patience=QUICK) as api:
        return _asked(api, found)


def stored_report() -> ConnectionReport | None:
    """What the last check has found, None when there was none."""
    row = connections.find()
    return _from_json(row.report) if row and row.report else None


def webhook_token() -> str:
    """The webhook's verification token, "" when there is none. Show it only after `show_webhook` has let you."""
    row = connections.find()
    return Secret.of_token(row.webhook_token).reveal() if row and row.webhook_token else ""


def as_json(report: ConnectionReport) -> dict[str, Any]:
    """The report as it is stored."""
    return asdict(report) | {"checked": report.checked.isoformat()}


def _from_json(stored: Mapping[str, Any]) -> ConnectionReport:
    kinds = [
        KindReport(
            **kind
            | {
                "choices": [(identity, name) for identity, name in kind["choices"]],
                "properties": [PropertyReport(**item) for item in kind["properties"]],
            }
        )
        for kind in stored["kinds"]
    ]
    return ConnectionReport(**{**stored, "kinds": kinds, "checked": datetime.fromisoformat(stored["checked"])})


def _asked(api: NotionApi, found: Configuration) -> ConnectionReport:
    origin = found.origins.get("token", "")
    try:
        me = api.me()
        kinds = [_kind(api, found, kind) for kind in KINDS]
    except (NotionRefused, UpstreamFailed) as error:
        state = TOKEN_REFUSED if isinstance(error, TokenRefused) else SILENT
        kinds = [_unasked(found, kind) for kind in KINDS]
        clicks = advice.TOKEN if state == TOKEN_REFUSED else []
        return ConnectionReport(
            state, timezone.now(), kinds, origin, clicks=clicks, message=error.message, requests=api.requests
        )
    workspace = str((me.get("bot") or {}).get("workspace_name") or "")
    name = str(me.get("name") or "")
    return ConnectionReport(OK, timezone.now(), kinds, origin, name, workspace, requests=api.requests)


def _unasked(found: Configuration, kind: str) -> KindReport:
    text = found.databases[kind]
    state = FAILED if text else NOT_CONFIGURED
    clicks = [] if text else advice.address(kind)
    return KindReport(kind, state, text, found.origins.get(kind, ""), clicks=clicks)


def _kind(api: NotionApi, found: Configuration, kind: str) -> KindReport:
    text, origin = found.databases[kind], found.origins.get(kind, "")
    if not text:
        return _unasked(found, kind)
    try:
        place = resolve.resolve(api, text)
        if place.state != resolve.FOUND:
            clicks = advice.clicks(place.state, kind)
            return KindReport(kind, place.state, text, origin, title=place.title, clicks=clicks, choices=place.choices)
        source = place.source or api.data_source(place.data_source_id)
    except TokenRefused:
        raise
    except (NotionRefused, UpstreamFailed) as error:
        return KindReport(kind, FAILED, text, origin, problems=[error.message])
    listed, problems = _properties(kind, place.data_source_id, source.get("properties") or {})
    choices = place.choices
    title = place.title or resolve.title_of(source)
    return KindReport(kind, resolve.FOUND, text, origin, place.data_source_id, title, [], choices, listed, problems)


def _properties(kind: str, data_source_id: str, now: Mapping[str, Any]) -> tuple[list[PropertyReport], list[str]]:
    """The properties by key, with what has changed since the last export; and what keeps an export from running."""
    last = notion_sources.find(kind=kind, data_source_id=data_source_id)
    former, keys = (last.properties, last.keys) if last else ({}, {})
    mapped = schema.map_keys(now, former, keys)
    before = schema.by_id(former)
    listed = [_property(spec, mapped, before) for spec in now.values()]
    gone = [identity for identity in before if identity not in mapped.keys]
    listed += [_gone(before[identity], keys.get(identity, "")) for identity in gone]
    problems = [advice.gone(name) for name in mapped.gone]
    if not any(item.key == schema.APPLICATIONS and item.type in schema.NAMED for item in listed):
        problems.append(advice.APPLICATIONS)
    return sorted(listed, key=lambda item: (item.key != schema.TITLE, item.key)), problems


def _property(spec: schema.Spec, mapped: schema.Mapped, before: Mapping[str, schema.Spec]) -> PropertyReport:
    identity, was = spec["id"], before.get(spec["id"])
    head = (identity, spec["name"], spec["type"], mapped.keys[identity])
    if not before:
        return PropertyReport(*head)
    if was is None:
        return PropertyReport(*head, NEW)
    if was["type"] != spec["type"]:
        return PropertyReport(*head, CHANGED, was["type"])
    return PropertyReport(*head, RENAMED, was["name"]) if identity in mapped.renamed else PropertyReport(*head)


def _gone(spec: schema.Spec, key: str) -> PropertyReport:
    return PropertyReport(spec["id"], spec["name"], spec["type"], key, GONE)
