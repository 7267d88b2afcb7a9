"""What Vault remembers for each person: preferences, and the columns chosen for each list."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from domains.identity.rules import DENSITIES, PAGE_SIZES, THEMES


class Preference(models.Model):
    """One person's preferences. No row means the defaults."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    theme = models.CharField(max_length=10, choices=THEMES, default="system")
    density = models.CharField(max_length=15, choices=DENSITIES, default="comfortable")
    page_size = models.PositiveSmallIntegerField(choices=[(size, str(size)) for size in PAGE_SIZES], default=50)
    time_zone = models.CharField(max_length=64, blank=True, help_text="Empty: the installation's time zone.")
    shortcuts = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"Preferences of user {self.user_id}"


class ColumnChoice(models.Model):
    """The columns that one person wants to see in one list, in order."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=100)
    columns = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="one_column_choice_per_list")]

    def __str__(self) -> str:
        return f"Columns of {self.key} for user {self.user_id}"
