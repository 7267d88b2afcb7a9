"""A service on loopback, the tables of effects, and the orchestrator, for every fault test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django.plugin import DjangoDbBlocker

from tests.domains.orchestration.processes import environment
from tests.faults import world
from tests.faults.nursery import Nursery
from tests.faults.service import Service, serving
from tests.faults.steps import registered


@pytest.fixture(scope="module")
def served(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Service]:
    """A service, and the tables in the test database while the module's tests run."""
    with serving() as service, registered():
        with django_db_blocker.unblock():
            world.make_tables()
        yield service
        with django_db_blocker.unblock():
            world.drop_tables()


@pytest.fixture
def service(served: Service, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Service]:
    """The service without a memory, and this process in its world."""
    served.forget()
    world.enter(world.World(str(tmp_path), served.port))
    yield served


@pytest.fixture(scope="module")
def nursery(served: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    """Processes on the test database."""
    log = tmp_path_factory.mktemp("nursery") / "log"
    with Nursery(environment(LOG_LEVEL="ERROR"), log) as nursery:
        yield nursery


@pytest.fixture
def fresh(service: Service, transactional_db: None) -> None:
    """Nothing has happened yet."""
    world.clear_tables()
