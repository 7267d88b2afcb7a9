"""The drill orchestrator, for every test of the engine, and the queue of django-q2 where a test wants to look at it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import settings as vault
from django_q.conf import Conf
from pytest_django.fixtures import Settings

from domains.orchestration.durable import DurableJournal
from tests.domains.orchestration.drill import registered


@pytest.fixture(autouse=True)
def drill() -> Iterator[None]:
    """Register the drill orchestrator."""
    with registered():
        yield


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rollback that fails is tried again as often as always, but soon."""
    monkeypatch.setattr(DurableJournal, "pauses", tuple(0.01 for _ in DurableJournal.pauses))


@pytest.fixture
def queue_in_database(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wake-ups go through the database, in a run of the tests with Redis too."""
    others = {name: value for name, value in vault.Q_CLUSTER.items() if name != "redis"}
    settings.Q_CLUSTER = others | {"orm": "default"}
    monkeypatch.setattr(Conf, "ORM", "default")
