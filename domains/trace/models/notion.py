"""What concerns the connection to Notion: who may send when, and what staff have entered."""

from __future__ import annotations

from django.db import models


class NotionPace(models.Model):
    """The next moment at which a request may be sent with a token, for all processes and machines.

    `token` is a fingerprint, `slot` in seconds since 1970.
    """

    token = models.CharField(max_length=64, unique=True)
    slot = models.FloatField()

    def __str__(self) -> str:
        return self.token[:8]


class NotionConnection(models.Model):
    """The one connection that staff have entered on the page; settings of the environment win over it.

    `token` and `webhook_token` are encrypted. `databases` holds what was entered by kind, `content` the kinds whose
    pages are read too (None: not entered). `report` is what the last check of the connection found.
    """

    only = models.BooleanField(default=True, unique=True)
    token = models.TextField(blank=True)
    databases = models.JSONField(default=dict)
    content = models.JSONField(null=True)
    modified = models.DateTimeField(auto_now=True)
    report = models.JSONField(null=True)
    webhook_token = models.TextField(blank=True)
    webhook_shown = models.BooleanField(default=False)
    webhook_confirmed = models.DateTimeField(null=True)
    webhook_last = models.DateTimeField(null=True)

    class Meta:
        permissions = [("connect_trace", "Can connect Trace to Notion")]

    def __str__(self) -> str:
        return "Notion"
