"""Core as a Django application."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """The core domain."""

    name = "domains.core"
    label = "core"
