"""Base as a Django application."""

from django.apps import AppConfig
from django.core.checks import register


class BaseConfig(AppConfig):
    """What the domains share."""

    name = "domains.base"
    label = "base"

    def ready(self) -> None:
        """Register the system checks."""
        from domains.base import checks

        register(checks.sqlite_options)
        register(checks.shared_cache)
