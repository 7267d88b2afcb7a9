"""Who read the public JSON: requests counted in buckets of time."""

from __future__ import annotations

from django.db import models


class APILog(models.Model):
    """The requests of one bucket that were alike in service, endpoint, application, status and outcome.

    `every` is the bucket's length in seconds and `at` its start; `service` is whose endpoint it was, such as "trace",
    and `outcome` how the answer came about, such as "ready" or "computed". `seconds` is the sum of all their times;
    `ms1` to `ms1000` count those that took at most that many milliseconds.
    """

    every = models.PositiveIntegerField()
    at = models.DateTimeField()
    service = models.CharField(max_length=20)
    endpoint = models.CharField(max_length=60)
    application = models.CharField(max_length=60, blank=True)
    status = models.PositiveSmallIntegerField()
    outcome = models.CharField(max_length=20)
    requests = models.PositiveBigIntegerField(default=0)
    seconds = models.FloatField(default=0.0)
    slowest = models.FloatField(default=0.0)
    ms1 = models.PositiveBigIntegerField(default=0)
    ms10 = models.PositiveBigIntegerField(default=0)
    ms100 = models.PositiveBigIntegerField(default=0)
    ms1000 = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ("-at", "id")
        verbose_name = "entry of the API log"
        constraints = [
            models.UniqueConstraint(
                fields=["every", "at", "service", "endpoint", "application", "status", "outcome"],
                name="one_bucket_of_a_service",
            )
        ]

    def __str__(self) -> str:
        return f"{self.endpoint} {self.status} at {self.at:%Y-%m-%d %H:%M}"
