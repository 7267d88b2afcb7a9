"""The shell's tests run on the site with a few routes of their own."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytest_django import Settings

from domains.audit.writes import record_event
from domains.base.database import atomic_write


@pytest.fixture(autouse=True)
def routes(settings: Settings) -> None:
    """The site's routes and those of `lists.py`."""
    settings.ROOT_URLCONF = "tests.dashboards.shell.lists"


@pytest.fixture
def events(db: None) -> Callable[..., None]:
    """Call it with a number to make that many events: odd ones of skyflow, even ones of nexus."""

    def make(count: int, name: str = "Flow") -> None:
        with atomic_write():
            for number in range(1, count + 1):
                record_event(
                    "test.event.made",
                    object_type="test",
                    object_id=f"{number:03}",
                    object_name=f"{name} {number}",
                    after={"n": number},
                    application="skyflow" if number % 2 else "nexus",
                )

    return make
