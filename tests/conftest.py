"""What every test may lean on: people, clients, a worker, an empty cache, and no network beyond this machine."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection
from django.test import Client
from hypothesis import HealthCheck, settings
from pytest_django import DjangoDbBlocker

from domains.base import revealed
from tests.flushing import kept_rows, quick_flushes

PASSWORD = "correct horse battery staple"
# Property tests judge answers, not the speed of a machine that does other things beside.
settings.register_profile("vault", deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("vault")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is about the other database: `@pytest.mark.on("postgresql")` has nothing to say on SQLite."""
    others = [item for item in items if connection.vendor not in vendors(item)]
    if others:
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if connection.vendor in vendors(item)]


def vendors(item: pytest.Item) -> tuple[str, ...]:
    """The databases that a test is about: both, unless it is marked."""
    marked = item.get_closest_marker("on")
    return marked.args if marked else ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The test database, which tests with transactions of their own empty quickly."""
    with django_db_blocker.unblock():
        kept = kept_rows()
    with quick_flushes(kept):
        yield


@pytest.fixture(autouse=True)
def empty_cache() -> Iterator[None]:
    """Every test starts with an empty cache."""
    cache.clear()
    yield


@pytest.fixture(autouse=True)
def no_secrets() -> Iterator[None]:
    """No test hides words of another's messages since they were its secrets."""
    yield
    revealed.forget_all()


def is_loopback(address: Any) -> bool:
    """Whether a socket address stays on this machine: a Unix socket, 127.0.0.0/8, ::1 or localhost."""
    if not isinstance(address, tuple):
        return True
    host = str(address[0])
    if host in {"localhost", ""}:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that reaches for another machine fails, naming where it wanted to go."""
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def guarded(real: Callable[..., Any]) -> Callable[..., Any]:
        def connect_here(self: socket.socket, address: Any) -> Any:
            if not is_loopback(address):
                raise AssertionError(f"a test wanted to connect to {address}")
            return real(self, address)

        return connect_here

    monkeypatch.setattr(socket.socket, "connect", guarded(connect))
    monkeypatch.setattr(socket.socket, "connect_ex", guarded(connect_ex))


@pytest.fixture
def staff(db: None) -> User:
    """A member of staff without a single permission."""
    return get_user_model().objects.create_user("staff", password=PASSWORD, is_staff=True)


@pytest.fixture
def admin(db: None) -> User:
    """A superuser."""
    return get_user_model().objects.create_superuser("admin", password=PASSWORD)


@pytest.fixture
def staff_client(staff: User) -> Client:
    """A client signed in as a member of staff without permissions."""
    client = Client()
    client.force_login(staff)
    return client


@pytest.fixture
def admin_client(admin: User) -> Client:
    """A client signed in as a superuser."""
    client = Client()
    client.force_login(admin)
    return client


@pytest.fixture
def run_worker(db: None) -> Callable[[], int]:
    """Call it to execute every queued run in this process; it answers how many there were."""
    from domains.orchestration import tasks

    return tasks.run_queued
