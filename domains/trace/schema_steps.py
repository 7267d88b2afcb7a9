"""The first step of an export from Notion: which data sources there are, and what their properties are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domains.base.database import atomic_write
from domains.base.errors import ValidationFailed
from domains.orchestration.main import MainOrchestrator
from domains.trace import properties, schema
from domains.trace.models import NotionSource
from domains.trace.notion import resolve
from domains.trace.notion.api import NotionApi
from domains.trace.notion.errors import NotShared
from domains.trace.rules import KINDS, public_id
from domains.trace.schema import APPLICATIONS, Mapped
from domains.trace.service import mirror_pages, notion_sources

Object = dict[str, Any]


def read_all(orchestrator: MainOrchestrator, api: NotionApi, databases: Mapping[str, str]) -> None:
    """Read every schema and keep it. Raises ValidationFailed naming what is missing, NotShared what is not there."""
    answers = {kind: _shared(api, kind, databases[kind]) for kind in KINDS}
    known = {source.kind: source for source in notion_sources.all()}
    mapped = {kind: _map(known.get(kind), answer) for kind, answer in answers.items()}
    _check(answers, mapped)
    with atomic_write():
        for kind, answer in answers.items():
            _keep(known.get(kind), kind, databases[kind], answer, mapped[kind])
    for kind, found in mapped.items():
        for identity, former in sorted(found.renamed.items()):
            now = schema.by_id(answers[kind]["properties"])[identity]["name"]
            orchestrator.log(f"{kind}: {former} is called {now} now; it stays {found.keys[identity]} for readers.")


def _shared(api: NotionApi, kind: str, configured: str) -> Object:
    try:
        return _data_source(api, kind, configured)
    except NotShared as error:
        raise NotShared(
            f"Notion does not let Vault read the {kind}: the database is gone, or not shared with the integration. "
            "Open it in Notion and choose ••• → Connections → the integration's name.",
            detail=error.detail,
        ) from error


def _data_source(api: NotionApi, kind: str, configured: str) -> Object:
    """The data source that is configured: by its id, its database's id or its database's address."""
    known = notion_sources.find(kind=kind, configured=configured)
    if known is not None:
        return api.data_source(known.data_source_id)
    place = resolve.resolve(api, configured)
    if place.state == resolve.UNREADABLE:
        raise ValidationFailed(f"“{configured}” is neither an address nor an id of a database in Notion ({kind}).")
    if place.state == resolve.NOT_SHARED:
        raise NotShared("Notion finds no such database.", detail=configured)
    if place.state == resolve.SEVERAL:
        named = ", ".join(f"{name} ({identity})" for identity, name in place.choices)
        raise ValidationFailed(
            f"The database for {kind} has {len(place.choices)} data sources: {named}. "
            "Configure the id of the one that is meant."
        )
    return place.source or api.data_source(place.data_source_id)


def _map(known: NotionSource | None, answer: Object) -> Mapped:
    if known is None or public_id(known.data_source_id) != public_id(answer["id"]):
        return schema.map_keys(answer["properties"], {}, {})
    return schema.map_keys(answer["properties"], known.properties, known.keys)


def _check(answers: Mapping[str, Object], mapped: Mapping[str, Mapped]) -> None:
    faults: dict[str, list[str]] = {}
    for kind, found in mapped.items():
        gone = [f"the property {name} is gone from Notion" for name in found.gone]
        types = {found.keys[spec["id"]]: spec["type"] for spec in answers[kind]["properties"].values()}
        if types.get(APPLICATIONS) not in schema.NAMED and not found.gone:
            gone.append("a property Applications of the type multi-select is needed")
        if gone:
            faults[kind] = gone
    if faults:
        words = "; ".join(f"{kind}: {', '.join(said)}" for kind, said in faults.items())
        raise ValidationFailed(
            f"Nothing was published, since what is published would lose fields. {words[:1].upper()}{words[1:]}. "
            "Put it back in Notion, or accept the change of the schema.",
            fields=faults,
        )


def _keep(known: NotionSource | None, kind: str, configured: str, answer: Object, mapped: Mapped) -> None:
    """Store the schema. After a change that rows do not show by their edit times, all are to be read again."""
    values = {
        "configured": configured,
        "data_source_id": answer["id"],
        "title": properties.plain_text(answer.get("title") or [])[:500],
        "properties": answer["properties"],
        "keys": mapped.keys,
    }
    if known is None:
        notion_sources.create(kind=kind, **values)
        return
    if public_id(known.data_source_id) != public_id(answer["id"]):
        mirror_pages.bulk_delete(kind=kind)
        values |= {"high_water": None, "last_full": None, "last_sweep": None, "run_uuid": ""}
    elif schema.has_changed(answer["properties"], known.properties):
        values["high_water"] = None
    notion_sources.update(known, **values)
