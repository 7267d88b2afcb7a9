"""Applications as a Django application."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ApplicationsConfig(AppConfig):
    """The applications domain."""

    name = "domains.applications"
    label = "applications"

    def ready(self) -> None:
        """Forget what was read before tables are made or emptied."""
        from domains.applications.reads import forget_applications

        post_migrate.connect(forget_applications, sender=self, dispatch_uid="applications.forget")
