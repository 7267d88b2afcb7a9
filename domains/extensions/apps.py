"""Extensions as a Django application."""

from django.apps import AppConfig


class ExtensionsConfig(AppConfig):
    """The extensions domain."""

    name = "domains.extensions"
    label = "extensions"
