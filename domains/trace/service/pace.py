"""When the next request to Notion may be sent: one row for each token, moved on by one short statement."""

from __future__ import annotations

import time

from domains.base import database
from domains.base.service import ModelService
from domains.trace.models import NotionPace

NOW = "EXTRACT(EPOCH FROM clock_timestamp())::float8"
POSTGRESQL = f"""
INSERT INTO trace_notionpace AS pace (token, slot) VALUES (%s, {NOW} + %s + %s)
ON CONFLICT (token) DO UPDATE SET slot = GREATEST(pace.slot, {NOW} + %s) + %s
RETURNING slot - %s - {NOW}
"""  # noqa: S608 - one constant in another
SQLITE = """
INSERT INTO trace_notionpace (token, slot) VALUES (?, ? + ? + ?)
ON CONFLICT (token) DO UPDATE SET slot = MAX(slot, ? + ?) + ?
RETURNING slot - ? - ?
"""


class PaceService(ModelService[NotionPace]):
    """The next moments, by token. On PostgreSQL the clock is the database's, since machines differ."""

    model = NotionPace

    def reserve(self, token: str, seconds: float) -> float:
        """Take the next free slot, of that length; how many seconds it is from now, never less than 0."""
        return max(0.0, self._move(token, 0.0, seconds))

    def defer(self, token: str, seconds: float) -> None:
        """Nobody sends anything for so many seconds."""
        self._move(token, seconds, 0.0)

    def _move(self, token: str, least: float, length: float) -> float:
        if database.vendor() == "postgresql":
            row = database.prepared(POSTGRESQL, [token, least, length, least, length, length])
        else:
            now = time.time()
            row = database.prepared(SQLITE, [token, now, least, length, now, least, length, length, now])
        return float(row[0]) if row else 0.0


pace = PaceService()
