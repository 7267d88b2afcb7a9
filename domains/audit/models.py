"""Events: who changed what, from what to what. Rows are added and never changed."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from domains.base.models import UuidMixin


class Event(UuidMixin, models.Model):
    """One change. The names are copied, so that an event still reads when its user or object is gone."""

    at = models.DateTimeField(auto_now_add=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    actor_name = models.CharField(max_length=150)
    action = models.CharField(max_length=100)
    object_type = models.CharField(max_length=100)
    object_id = models.CharField(max_length=64)
    object_name = models.CharField(max_length=200)
    application = models.CharField(max_length=64, blank=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    run_uuid = models.CharField(max_length=36, blank=True, db_index=True)
    request_id = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ("-id",)
        indexes = [
            models.Index(fields=["object_type", "object_id", "-id"], name="event_object"),
            models.Index(fields=["actor_name", "-id"], name="event_actor"),
            models.Index(fields=["action", "-id"], name="event_action"),
            models.Index(fields=["application", "-id"], name="event_application"),
            models.Index(fields=["at"], name="event_at"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_name}: {self.action} {self.object_name}"
