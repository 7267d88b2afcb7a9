"""Recording a change, in the transaction of the change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domains.audit.models import Event
from domains.audit.service import events
from domains.base import database
from domains.base.ambient import current


def record_event(
    action: str,
    *,
    object_type: str,
    object_id: object,
    object_name: str,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    application: str = "",
) -> None:
    """Add one event, said by the current actor, run and request.

    `action` is "<domain>.<thing>.<past participle>", such as "applications.application.updated", and `object_type`
    "<domain>.<thing>". `before` and `after` hold the changed fields only, as JSON values and without secrets. Raises
    RuntimeError outside a transaction, since an event that can outlive its change, or miss it, is worth nothing.
    """
    events.create(
        **_who(action, application),
        object_type=object_type,
        object_id=str(object_id),
        object_name=object_name[:200],
        before=None if before is None else dict(before),
        after=None if after is None else dict(after),
    )


def record_events(action: str, *, object_type: str, names: Mapping[str, str], application: str = "") -> None:
    """Add the same event for many objects, whose names stand by their ids, in few statements. See `record_event`."""
    who = _who(action, application)
    events.bulk_create(
        Event(**who, object_type=object_type, object_id=object_id, object_name=name[:200])
        for object_id, name in names.items()
    )


def _who(action: str, application: str) -> dict[str, Any]:
    """What all events of this moment have in common."""
    if not database.in_transaction():
        raise RuntimeError(f"The event {action} must be recorded in the transaction of its change.")
    who = current()
    return {
        "action": action,
        "actor_id": who.actor_id,
        "actor_name": who.actor_name,
        "application": application or who.application,
        "run_uuid": who.run_uuid,
        "request_id": who.request_id,
    }
