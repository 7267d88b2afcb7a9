"""The applications whose data Vault publishes."""

from __future__ import annotations

from django.db import models

from domains.base.models import TimestampMixin, UuidMixin


class Application(UuidMixin, TimestampMixin, models.Model):
    """One application: its name in addresses (`slug`), its features, and which rows of each data type are its own."""

    slug = models.SlugField(max_length=63, unique=True)
    name = models.CharField(max_length=100)
    description = models.TextField(blank=True)
    features = models.JSONField(default=list, blank=True, help_text="Feature keys, in the order they are shown.")
    filters = models.JSONField(default=dict, blank=True, help_text="Rule by data type; see rules.py.")
    active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)
    version = models.PositiveIntegerField(default=1, help_text="Goes up by one with each change.")

    class Meta:
        ordering = ("position", "name", "id")

    def __str__(self) -> str:
        return self.name
