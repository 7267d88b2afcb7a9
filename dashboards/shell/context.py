"""What the frame of every page needs, computed only where a template asks for it."""

from __future__ import annotations

import time
from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from dashboards.shell import navigation
from dashboards.shell.viewer import preferences_of, zone_of
from domains.identity.reads import Preferences

ENVIRONMENT_TONES = {"production": "bad", "staging": "warn", "development": ""}


class Shell:
    """The frame of one page for one viewer."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @cached_property
    def nav(self) -> list[tuple[str, Any]]:
        """Groups of the sidebar."""
        return navigation.entries(self.request)

    @cached_property
    def prefs(self) -> Preferences:
        """The viewer's preferences."""
        return preferences_of(self.request)

    @property
    def zone(self) -> str:
        """Name of the viewer's time zone."""
        return str(zone_of(self.prefs))

    @property
    def environment(self) -> str:
        """Where this is: development, staging or production."""
        return str(settings.VAULT.ENVIRONMENT)

    @property
    def environment_tone(self) -> str:
        """Tone of the environment's badge."""
        return ENVIRONMENT_TONES.get(self.environment, "")

    @property
    def now(self) -> str:
        """The server's clock in Unix seconds, by which the browser corrects its own."""
        return f"{time.time():.1f}"

    @property
    def keys(self) -> list[navigation.NavItem]:
        """Pages that a sequence of keys leads to."""
        return [item for item in navigation.visible_items(self.request) if item.keys]


def shell(request: HttpRequest) -> dict[str, Any]:
    """The context processor. Asks for the preferences at once, since they put the viewer's time zone in force."""
    frame = Shell(request)
    if getattr(request, "user", None) is not None and request.user.is_authenticated:
        preferences_of(request)
    return {"shell": frame}
