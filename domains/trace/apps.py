"""Trace as a Django application."""

from django.apps import AppConfig


class TraceConfig(AppConfig):
    """The trace domain."""

    name = "domains.trace"
    label = "trace"
