"""Identity as a Django application."""

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    """The identity domain."""

    name = "domains.identity"
    label = "identity"
