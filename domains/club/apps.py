"""Club as a Django application."""

from django.apps import AppConfig


class ClubConfig(AppConfig):
    """The club domain."""

    name = "domains.club"
    label = "club"
