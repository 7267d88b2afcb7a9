"""The applications table."""

from __future__ import annotations

from django.db import IntegrityError
from django.db.models import QuerySet

from domains.applications.models import Application
from domains.base import database
from domains.base.service import ModelService


class ApplicationService(ModelService[Application]):
    """Applications."""

    model = Application

    def find_locked(self, **conditions: object) -> Application | None:
        """The one row that meets the conditions, held until the transaction ends; None when there is none."""
        rows: QuerySet[Application] = self.filter(**conditions).select_for_update()
        return rows.first()

    def create_once(self, **values: object) -> Application | None:
        """Insert one row; None when its slug is taken, also by a row that another transaction is just adding."""
        try:
            with database.atomic_write():
                return self.create(**values)
        except IntegrityError:
            return None


applications = ApplicationService()
