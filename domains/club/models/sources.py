"""Where the figures of each application come from."""

from __future__ import annotations

from django.db import models

from domains.base.models import TimestampMixin, UuidMixin


class Community(TimestampMixin, models.Model):
    """What an application has decided about its community. Without a row, nobody's name is published."""

    application = models.CharField(max_length=63, unique=True)
    publish_names = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = "communities"

    def __str__(self) -> str:
        return self.application


class Source(UuidMixin, TimestampMixin):
    """One place that figures of an application are collected from.

    `kind` is discourse, github, http, file, or extension.name; `config` is what its kind asks for, without secrets;
    `secret` is encrypted, "" for none. `features` lists what it is asked about beside the hero metrics:
    `[{"slug": …, "name": …, "select": {…}}]`, where `select` is its kind's. `report` is what the last test has found.
    """

    application = models.CharField(max_length=63)
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=100)
    config = models.JSONField(default=dict)
    features = models.JSONField(default=list)
    secret = models.TextField(blank=True, default="")
    active = models.BooleanField(default=True)
    report = models.JSONField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("application", "name")
        constraints = [models.UniqueConstraint(fields=["application", "name"], name="one_source_of_a_name")]
        permissions = [
            ("collect_club", "Can start collections and clear caches of Club"),
            ("manage_sources", "Can add, change, test and delete sources, and decide whether names are published"),
            ("erase_members", "Can erase a member's data"),
        ]

    def __str__(self) -> str:
        return f"{self.application} {self.name}"


class KeptAnswer(models.Model):
    """An answer with what it takes to ask for it again only if it has changed. `address` is a SHA-256, and differs
    by secret; `body` is compressed.
    """

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="answers")
    address = models.CharField(max_length=64)
    etag = models.CharField(max_length=300, blank=True)
    last_modified = models.CharField(max_length=100, blank=True)
    headers = models.JSONField(default=dict)
    body = models.BinaryField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "address"], name="one_answer_of_an_address")]

    def __str__(self) -> str:
        return self.address[:16]
