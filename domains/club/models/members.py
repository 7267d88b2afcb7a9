"""The people in the figures."""

from __future__ import annotations

from django.db import models

from domains.base.models import UuidMixin


class Member(UuidMixin):
    """Somebody who appears in an application's figures: one account at one place.

    `key` tells the account apart, such as `discourse:forum.example.org:123`. `pseudonym` is what readers of public
    JSON see; it is made up once and follows from nothing.
    """

    application = models.CharField(max_length=63)
    key = models.CharField(max_length=300)
    name = models.CharField(max_length=200)
    pseudonym = models.CharField(max_length=24)
    url = models.CharField(max_length=500, blank=True, default="")
    first_day = models.DateField()
    last_day = models.DateField()

    class Meta:
        ordering = ("name", "id")
        constraints = [
            models.UniqueConstraint(fields=["application", "key"], name="one_member_of_a_key"),
            models.UniqueConstraint(fields=["application", "pseudonym"], name="one_member_of_a_pseudonym"),
        ]
        indexes = [models.Index(fields=["application", "name", "id"], name="member_by_name")]

    def __str__(self) -> str:
        return self.name


class Erasure(UuidMixin):
    """That a member was erased on request and must not come back: `fingerprint` is an HMAC of the member's key."""

    application = models.CharField(max_length=63)
    fingerprint = models.CharField(max_length=64)
    at = models.DateTimeField()
    actor_name = models.CharField(max_length=150, blank=True)

    class Meta:
        ordering = ("-id",)
        constraints = [models.UniqueConstraint(fields=["application", "fingerprint"], name="one_erasure")]

    def __str__(self) -> str:
        return self.fingerprint[:12]
