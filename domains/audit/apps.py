"""Audit as a Django application."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """The audit domain."""

    name = "domains.audit"
    label = "audit"
