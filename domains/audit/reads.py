"""Questions about events."""

from __future__ import annotations

from uuid import UUID

from django.core.cache import cache
from django.db.models import QuerySet

from domains.audit.models import Event
from domains.audit.service import events

CHOICES_SECONDS = 60
MAX_CHOICES = 200


def event_list() -> QuerySet[Event]:
    """Every event, newest first, unevaluated."""
    return events.all()


def event_get(uuid: UUID) -> Event:
    """The event with this uuid. Raises NotFound."""
    return events.get(uuid=uuid)


def events_of_run(run_uuid: str) -> QuerySet[Event]:
    """The changes that one run made, oldest first."""
    return events.filter(run_uuid=str(run_uuid)).order_by("id")


def object_events(object_type: str, object_id: str) -> QuerySet[Event]:
    """The changes of one object, newest first."""
    return events.filter(object_type=object_type, object_id=object_id)


def known_values(field: str) -> list[str]:
    """The values that stand in `field` ("action", "actor_name", "application" or "object_type"), in order.

    For the choices of a filter: as old as CHOICES_SECONDS, at most MAX_CHOICES, and never a scan of the table.
    """
    key = f"audit.known.{field}"
    kept: list[str] | None = cache.get(key)
    if kept is None:
        kept = events.distinct(field, MAX_CHOICES)
        cache.set(key, kept, CHOICES_SECONDS)
    return kept
