"""How applications are changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from domains.applications import writes
from domains.orchestration.base import BaseOrchestrator
from domains.orchestration.context import context_manager
from domains.orchestration.main import MainOrchestrator

SAVED = ["application", "before", "after", "version"]


class ApplicationsOrchestrator(metaclass=BaseOrchestrator):
    """Description: Every change of the registry of applications, recorded with what was before and after."""

    startable: ClassVar[Mapping[str, str]] = {
        "activate": "applications.change_application",
        "deactivate": "applications.change_application",
    }

    def __init__(self, orchestrator: MainOrchestrator) -> None:
        self.orchestrator = orchestrator

    @context_manager(get_contexts={"common": []}, set_contexts={"common": ["application", "after"]})
    def create(self, *, values: dict[str, Any]) -> None:
        """Description: Add an application.

        Input: values, by field name: slug and name at least.
        Output: application (its uuid), after (what was stored).
        """
        self.orchestrator.set_context_schema({"application": UUID, "after": dict})
        self._check(values, required=["slug", "name"])
        self.orchestrator.add_step(
            writes.insert_application,
            rollback=writes.remove_application,
            title="Add the application",
            kind="db",
            kwargs={"values": values},
        )

    @context_manager(get_contexts={"common": SAVED}, set_contexts={"common": SAVED})
    def update(self, *, app: str, values: dict[str, Any], version: int | None = None) -> None:
        """Description: Change fields of an application.

        Input: app (slug), values (only the fields to change), version (the one that was edited; None: any).
        Output: application, before and after of what was changed, version.
        """
        self._check(values, required=[])
        self._save(app, values, version, "updated")

    @context_manager(get_contexts={"common": SAVED}, set_contexts={"common": SAVED})
    def activate(self, *, app: str) -> None:
        """Description: Publish an application again.

        Input: app (slug).
        Output: application, before and after of what was changed, version.
        """
        self._save(app, {"active": True}, None, "activated")

    @context_manager(get_contexts={"common": SAVED}, set_contexts={"common": SAVED})
    def deactivate(self, *, app: str) -> None:
        """Description: Stop publishing an application, keeping everything about it.

        Input: app (slug).
        Output: application, before and after of what was changed, version.
        """
        self._save(app, {"active": False}, None, "deactivated")

    @context_manager(
        get_contexts={"common": ["application", "before"]}, set_contexts={"common": ["application", "before"]}
    )
    def delete(self, *, app: str) -> None:
        """Description: Delete an application that is switched off and of which nothing is published.

        Input: app (slug).
        Output: application, before (what was deleted).
        """
        self.orchestrator.set_context_schema({"application": UUID, "before": dict})
        self.orchestrator.add_step(
            writes.delete_application,
            rollback=writes.bring_back_application,
            title="Delete the application",
            kind="db",
            kwargs={"app": app},
        )

    def _check(self, values: dict[str, Any], *, required: list[str]) -> None:
        self.orchestrator.add_step(
            writes.check_values, title="Check the values", kind="db", kwargs={"values": values, "required": required}
        )

    def _save(self, app: str, values: dict[str, Any], version: int | None, said: str) -> None:
        self.orchestrator.set_context_schema({"application": UUID, "before": dict, "after": dict, "version": int})
        self.orchestrator.add_step(
            writes.save_application,
            rollback=writes.restore_application,
            title="Save the application",
            kind="db",
            kwargs={"app": app, "values": values, "version": version, "said": said},
        )
