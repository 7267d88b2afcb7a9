"""Permissions as a Django application."""

from django.apps import AppConfig


class PermissionsConfig(AppConfig):
    """The permissions domain."""

    name = "domains.permissions"
    label = "permissions"

    def ready(self) -> None:
        """Listen to what allauth says about passwords."""
        from allauth.account.signals import password_changed

        from domains.permissions import handlers

        password_changed.connect(handlers.password_changed, dispatch_uid="permissions.password_changed")
