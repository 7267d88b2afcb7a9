"""The machines that serve readers, and the publication that they make ready before it is one."""

from __future__ import annotations

from django.db import models

from domains.trace.models.snapshots import Snapshot


class Coming(models.Model):
    """A publication that is about to be recorded: what every machine needs to write its files. Gone once it is."""

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="coming")
    folder = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField()
    added = models.PositiveIntegerField()
    changed = models.PositiveIntegerField()
    removed = models.PositiveIntegerField()

    def __str__(self) -> str:
        return self.folder


class Machine(models.Model):
    """A folder of published files that web processes serve; `prepared` is the coming publication that it has ready."""

    name = models.CharField(max_length=500, unique=True)
    seen = models.DateTimeField()
    prepared = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return self.name
