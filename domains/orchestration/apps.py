"""Orchestration as a Django application."""

from django.apps import AppConfig
from django.core import checks
from django.db.models.signals import post_migrate


class OrchestrationConfig(AppConfig):
    """The orchestration domain."""

    name = "domains.orchestration"
    label = "orchestration"

    def ready(self) -> None:
        """Fill the registry, have it checked at every start, and keep the schedules in place."""
        from domains.orchestration.checks import check_orchestrators
        from domains.orchestration.handlers import ensure_rows
        from domains.orchestration.register import register_orchestrator

        register_orchestrator()
        checks.register(check_orchestrators)
        post_migrate.connect(ensure_rows, sender=self, dispatch_uid="orchestration.ensure_rows")
