"""Samples of hosts in rings of fixed size, and the lock that makes one process a host's sampler."""

from __future__ import annotations

from django.db import models


class Tier(models.IntegerChoices):
    """Seconds that one sample stands for."""

    RAW = 2, "2 seconds, for an hour"
    MINUTE = 60, "1 minute, for a day"
    QUARTER = 900, "15 minutes, for 30 days"

    @property
    def size(self) -> int:
        """Slots of the ring."""
        return {Tier.RAW: 1800, Tier.MINUTE: 1440, Tier.QUARTER: 2880}[self]


class HostSample(models.Model):
    """One slot of a ring. A new sample takes the place of the one a whole round older, so that nothing is deleted."""

    host = models.CharField(max_length=200)
    tier = models.PositiveSmallIntegerField(choices=Tier.choices)
    slot = models.PositiveSmallIntegerField()
    ts = models.PositiveBigIntegerField(help_text="Start of the interval in epoch seconds.")
    payload = models.JSONField(help_text="Raw: {metric: value}; rolled up: {metric: [least, mean, greatest, count]}.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["host", "tier", "slot"], name="host_sample_slot")]

    def __str__(self) -> str:
        return f"{self.host} {self.tier} s at {self.ts}"


class SamplerLock(models.Model):
    """Which process samples a host. Whoever finds the beat too old may take over."""

    host = models.CharField(max_length=200, unique=True)
    owner = models.CharField(max_length=64, blank=True)
    beat = models.DateTimeField()

    class Meta:
        verbose_name = "sampler"

    def __str__(self) -> str:
        return f"{self.host}: {self.owner or 'nobody'}"
