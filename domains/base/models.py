"""What models of several domains have in common."""

from __future__ import annotations

import uuid

from django.db import models


class UuidMixin(models.Model):
    """A public name that can stand in a URL and never gives away a count."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    class Meta:
        abstract = True


class TimestampMixin(models.Model):
    """When a row was made and last changed."""

    created = models.DateTimeField(auto_now_add=True)
    modified = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True
