"""How a source is checked, kept and told of in events."""

from __future__ import annotations

from typing import Any

from domains.applications import reads as applications
from domains.audit.writes import record_event
from domains.base.errors import ValidationFailed
from domains.club import clients
from domains.club.models import Source
from domains.club.service import kept_answers, sources
from domains.club.source_rules import cleaned, source_faults
from domains.orchestration.secrets import Secret

FIELDS = ("name", "kind", "config", "features", "active")
EMPTY: dict[str, Any] = {"name": "", "application": "", "kind": "", "config": {}, "features": [], "active": True}
FIXED = "This cannot be changed. Make a new source instead."
TAKEN = "This application has a source of this name already."


def checked(row: Source | None, given: dict[str, Any]) -> dict[str, Any]:
    """The values to store. Raises ValidationFailed with the faults by field."""
    if not isinstance(given, dict):
        raise ValidationFailed("The source was not saved: its values are no object.")
    values = cleaned(given)
    whole = EMPTY | ({name: getattr(row, name) for name in EMPTY} if row else {}) | values
    faults = {name: ["There is no such field."] for name in values.keys() - EMPTY.keys()}
    faults |= {name: [FIXED] for name in ("application", "kind") if row and whole[name] != getattr(row, name)}
    faults |= _faults(whole)
    same = sources.filter(application=whole["application"], name=whole["name"])
    if not faults and (same.exclude(pk=row.pk) if row else same).exists():
        faults["name"] = [TAKEN]
    if faults:
        raise ValidationFailed("The source was not saved: some values do not fit.", fields=faults)
    return {name: whole[name] for name in (FIELDS if row else EMPTY)}


def _faults(whole: dict[str, Any]) -> dict[str, list[str]]:
    """What is wrong with values, of which each field has one."""
    if whole["application"] not in [app.slug for app in applications.application_list()]:
        return {"application": ["Choose an application."]}
    known = clients.kinds()
    if whole["kind"] not in list(known):
        return {"kind": [f"Choose one of {', '.join(known)}."]}
    return source_faults(whole, known[whole["kind"]])


def created(wanted: dict[str, Any]) -> Source:
    """A new source, with its event."""
    row = sources.create(**wanted)
    record("created", row, None, shown(row))
    return row


def changed(row: Source, wanted: dict[str, Any], said: str) -> Source:
    """Change what differs; another configuration or secret makes the last test and kept answers worthless."""
    changed = {name: value for name, value in wanted.items() if getattr(row, name) != value}
    if not changed:
        return row
    before = shown(row)
    if changed.keys() & {"config", "secret"}:
        changed["report"] = None
        kept_answers.bulk_delete(source=row)
    sources.update(row, **changed, version=row.version + 1)
    after = shown(row)
    names = [name for name in after if name in changed]
    record(said, row, {name: before[name] for name in names}, {name: after[name] for name in names})
    return row


def stored(row: Source) -> dict[str, Any]:
    """The row as it can be brought back; its secret stays encrypted and hidden."""
    kept = {name: getattr(row, name) for name in (*FIELDS, "application")}
    return kept | {"secret": Secret.of_token(row.secret) if row.secret else None}


def unpacked(former: dict[str, Any]) -> dict[str, Any]:
    """What `stored` has made of a row, as columns."""
    secret = former["secret"]
    return {name: former[name] for name in FIELDS} | {"secret": secret.token if secret else ""}


def shown(row: Source) -> dict[str, Any]:
    """The row as an event may hold it: of its secret only whether there is one."""
    return {name: getattr(row, name) for name in FIELDS} | {"secret": bool(row.secret)}


def record(said: str, row: Source, before: dict[str, Any] | None, after: dict[str, Any] | None) -> None:
    """An event about a source, in the transaction that is open."""
    record_event(
        f"club.source.{said}",
        object_type="club.source",
        object_id=row.uuid.hex,
        object_name=row.name,
        before=before,
        after=after,
        application=row.application,
    )
