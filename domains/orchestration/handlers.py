"""What the engine does when Django has migrated the database."""

from __future__ import annotations

from typing import Any

from domains.base import database
from domains.orchestration.schedules import ensure_schedules
from domains.orchestration.service import ticks

TABLES = {"django_q_schedule", "orchestration_schedule"}


def ensure_rows(using: str = "", **signal: Any) -> None:
    """Create the tick and the extensions' schedules where they are missing; a partial migration is left alone."""
    if using not in ("", database.alias()):
        return
    if set(database.connection().introspection.table_names()) >= TABLES:
        ticks.ensure()
        ensure_schedules()
