"""The connection to Notion that staff have entered: one row, or none yet."""

from __future__ import annotations

from domains.base.service import ModelService
from domains.trace.models import NotionConnection


class ConnectionService(ModelService[NotionConnection]):
    """The one connection."""

    model = NotionConnection

    def only(self) -> NotionConnection:
        """The row, made if it is not there yet and unchanged by others until this transaction ends."""
        self.all().get_or_create(only=True)
        return self.locked(only=True)


connections = ConnectionService()
