"""The person who looks at a page: preferences read once a request, time zone in force."""

from __future__ import annotations

from datetime import tzinfo
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.utils import timezone

from domains.identity import reads
from domains.identity.reads import Preferences

_KEY = "_vault_preferences"


def preferences_of(request: HttpRequest) -> Preferences:
    """The viewer's preferences, read once a request. Their time zone is in force from then on."""
    known: Preferences | None = getattr(request, _KEY, None)
    if known is None:
        known = reads.preferences(getattr(request, "user", None))
        setattr(request, _KEY, known)
        timezone.activate(zone_of(known))
    return known


def zone_of(preferences: Preferences) -> tzinfo:
    """The viewer's time zone, the installation's where none was chosen."""
    return ZoneInfo(preferences.time_zone) if preferences.time_zone else timezone.get_default_timezone()
