"""The figures as time series: by day, rolled up to weeks and months."""

from __future__ import annotations

from django.db import models

from domains.base.models import UuidMixin
from domains.club.models.members import Member


class Every(models.TextChoices):
    """How long a point stands for. A week is kept under its Monday, a month under its first day; each holds the last
    day's figures that were collected in it.
    """

    DAY = "day", "Day"
    WEEK = "week", "Week"
    MONTH = "month", "Month"


class Feature(UuidMixin):
    """Something that an application's community gathers around: a forum category, a label, a tag."""

    application = models.CharField(max_length=63)
    slug = models.CharField(max_length=100)
    name = models.CharField(max_length=200)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ("application", "name")
        constraints = [models.UniqueConstraint(fields=["application", "slug"], name="one_feature_of_a_slug")]

    def __str__(self) -> str:
        return f"{self.application} {self.slug}"


class FeatureMember(models.Model):
    """When somebody was first and last present in a feature: what makes a member new, or returning."""

    feature = models.ForeignKey(Feature, on_delete=models.CASCADE, related_name="members")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="features")
    first_day = models.DateField()
    last_day = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["feature", "member"], name="one_membership")]

    def __str__(self) -> str:
        return f"{self.feature_id} {self.member_id}"


class HeroPoint(models.Model):
    """The hero metrics of an application at one time: `figures` by name of the metric.

    `stale` holds, by name of the metric, the time of a figure that could not be collected again; `sources` the names of
    the sources that it was added up from, in order.
    """

    application = models.CharField(max_length=63)
    every = models.CharField(max_length=5, choices=Every.choices)
    at = models.DateField()
    collected = models.DateTimeField()
    figures = models.JSONField(default=dict)
    stale = models.JSONField(default=dict)
    sources = models.JSONField(default=dict)

    class Meta:
        ordering = ("application", "every", "at")
        constraints = [models.UniqueConstraint(fields=["application", "every", "at"], name="one_hero_point")]

    def __str__(self) -> str:
        return f"{self.application} {self.at}"


class FeaturePoint(models.Model):
    """Who and what was present in a feature at one time.

    `ranking` and `items` are packed by `rankings.py`. `members` counts those present, `contributions` is the sum of
    their scores; `top_share` is the share of the ten most present, `gini` between 0 and 1, both None without members.
    `stale` holds, by name of the source, the time of figures that could not be collected again.
    """

    feature = models.ForeignKey(Feature, on_delete=models.CASCADE, related_name="points")
    every = models.CharField(max_length=5, choices=Every.choices)
    at = models.DateField()
    collected = models.DateTimeField()
    members = models.PositiveIntegerField()
    contributions = models.FloatField()
    top_share = models.FloatField(null=True)
    gini = models.FloatField(null=True)
    new = models.PositiveIntegerField()
    returning = models.PositiveIntegerField()
    ranking = models.BinaryField()
    items = models.BinaryField()
    stale = models.JSONField(default=dict)

    class Meta:
        ordering = ("feature", "every", "at")
        constraints = [models.UniqueConstraint(fields=["feature", "every", "at"], name="one_feature_point")]

    def __str__(self) -> str:
        return f"{self.feature_id} {self.at}"
