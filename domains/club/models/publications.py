"""What was put before readers."""

from __future__ import annotations

from django.db import models

from domains.base.models import UuidMixin


class ClubPublication(UuidMixin):
    """One time that figures were put before readers. Exactly one is current once anything was published.

    `folder` is its folder among the published files, `snapshot` the first 16 digits of the SHA-256 of its documents,
    `day` the day of the newest figures in it. `staged_upon` says what it was made from as long as it is made and not
    published yet; it is "" from then on.
    """

    folder = models.CharField(max_length=64, unique=True)
    snapshot = models.CharField(max_length=16)
    day = models.DateField()
    at = models.DateTimeField()
    applications = models.JSONField(default=list)
    run_uuid = models.CharField(max_length=36)
    actor_name = models.CharField(max_length=150, blank=True)
    current = models.BooleanField(default=False)
    staged_upon = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(
                fields=["current"], condition=models.Q(current=True), name="one_current_club_publication"
            )
        ]

    def __str__(self) -> str:
        return self.folder


class ClubDocument(models.Model):
    """A published document, so that every machine can write its file: `body` is all of it, compressed.

    `name` is hero-metrics, features, index or {feature}-most-present; application "" is for all.
    """

    publication = models.ForeignKey(ClubPublication, on_delete=models.CASCADE, related_name="documents")
    application = models.CharField(max_length=63, blank=True)
    name = models.CharField(max_length=120)
    items = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    body = models.BinaryField()

    class Meta:
        ordering = ("application", "name")
        constraints = [models.UniqueConstraint(fields=["publication", "application", "name"], name="one_club_document")]

    def __str__(self) -> str:
        return f"{self.application or 'all'} {self.name}"
