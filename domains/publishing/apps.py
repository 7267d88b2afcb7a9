"""Publishing as a Django application."""

from django.apps import AppConfig


class PublishingConfig(AppConfig):
    """What every domain that publishes JSON builds on."""

    name = "domains.publishing"
    label = "publishing"
