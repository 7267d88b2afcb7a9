"""Collections: every time that sources were asked, part by part."""

from __future__ import annotations

from django.db import models

from domains.base.models import UuidMixin
from domains.club.models.sources import Source


class CollectionState(models.TextChoices):
    """How a collection stands. A partial one has published figures of which some are older ones."""

    RUNNING = "running", "Running"
    COMPLETE = "complete", "Complete"
    PARTIAL = "partial", "Partial"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


class PartState(models.TextChoices):
    """How one part stands: one source asked about one feature, or about the hero metrics."""

    WAITING = "waiting", "Waiting"
    READ = "read", "Read"
    DONE = "done", "Done"
    STALE = "stale", "Stale"


class Collection(UuidMixin):
    """One run of `club.collect`. `application` and `feature` say what it was about, "" for all.

    `day` is the day (UTC) that its figures are kept under.
    """

    run_uuid = models.CharField(max_length=36, unique=True)
    application = models.CharField(max_length=63, blank=True)
    feature = models.CharField(max_length=100, blank=True)
    day = models.DateField()
    state = models.CharField(max_length=10, choices=CollectionState.choices, default=CollectionState.RUNNING)
    started = models.DateTimeField()
    ended = models.DateTimeField(null=True)
    actor_name = models.CharField(max_length=150, blank=True)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.started:%Y-%m-%d %H:%M}"


class Part(UuidMixin):
    """One source asked about one feature ("" for the hero metrics) within a collection.

    `reading` is what it said (compressed JSON of a `readings.Reading`), kept until its feature is stored. `seconds` and
    `waited` tell the time that requests took and the time spent waiting for the pace of its host; `added`, `changed`
    and `removed` count rows against the reading before. `error` is a plain sentence; `stale_since` the time of the
    figures that stand in for it.
    """

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="parts")
    source = models.ForeignKey(Source, on_delete=models.SET_NULL, null=True, related_name="parts")
    source_name = models.CharField(max_length=100)
    kind = models.CharField(max_length=100)
    application = models.CharField(max_length=63)
    feature = models.CharField(max_length=100, blank=True)
    position = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=PartState.choices, default=PartState.WAITING)
    started = models.DateTimeField(null=True)
    ended = models.DateTimeField(null=True)
    requests = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    bytes = models.PositiveBigIntegerField(default=0)
    seconds = models.FloatField(default=0)
    waited = models.FloatField(default=0)
    rows = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    removed = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=500, blank=True)
    stale_since = models.DateTimeField(null=True)
    reading = models.BinaryField(default=b"")

    class Meta:
        ordering = ("collection", "position")
        constraints = [models.UniqueConstraint(fields=["collection", "position"], name="one_part_of_a_position")]
        indexes = [models.Index(fields=["source", "-id"], name="part_of_source")]

    def __str__(self) -> str:
        return f"{self.source_name} {self.feature or 'hero metrics'}"


class LastReading(models.Model):
    """What a source last said about a feature ("" for the hero metrics): it stands in when the source fails.

    `failing_since` and `error` tell of failures since then.
    """

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="readings")
    feature = models.CharField(max_length=100, blank=True)
    at = models.DateTimeField()
    reading = models.BinaryField()
    digest = models.CharField(max_length=64)
    failing_since = models.DateTimeField(null=True)
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "feature"], name="one_last_reading")]

    def __str__(self) -> str:
        return f"{self.source_id} {self.feature or 'hero metrics'}"
