"""The sampler as real processes: one owner a host, take-over, a clean end."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from domains.core import ready, writes
from domains.core.host import host_name
from domains.core.models import HostSample, SamplerLock
from domains.core.sampler import Sampler, next_tick
from tests.domains.core.processes import lock, manage, wait_until

own_database = pytest.mark.on("sqlite")  # these processes have an SQLite file of their own, whatever the tests have


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sampler")
    migrate = manage(folder, "migrate", "-v0", "--skip-checks")
    output, _ = migrate.communicate(timeout=120)
    assert migrate.returncode == 0, output
    return folder


@pytest.fixture
def start(home: Path) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []

    def run() -> subprocess.Popen[str]:
        started.append(manage(home, "sampler"))
        return started[-1]

    yield run
    for process in started:
        process.kill()
        process.communicate()


def owner_pid(home: Path) -> int | None:
    found = lock(home)
    return int(found[0].split("-")[0]) if found and found[0] else None


@own_database
def test_a_second_sampler_takes_over_when_the_owner_is_killed(
    home: Path, start: Callable[[], subprocess.Popen[str]]
) -> None:
    first = start()
    wait_until(lambda: owner_pid(home) == first.pid)
    second = start()
    assert second.stdout is not None
    assert "Sampling" in second.stdout.readline()

    first.kill()
    age_at_takeover: list[float] = []

    def taken_over() -> bool:
        found = lock(home)
        assert found is not None
        if owner_pid(home) == second.pid:
            return True
        age_at_takeover.append(found[1])
        return False

    wait_until(taken_over)

    assert max(age_at_takeover) > 5, "the lock was taken before three beats were missed"


@own_database
def test_sigterm_ends_it_cleanly_and_the_next_one_need_not_wait(
    home: Path, start: Callable[[], subprocess.Popen[str]]
) -> None:
    began = time.monotonic()
    first = start()
    wait_until(lambda: owner_pid(home) == first.pid)
    start_s = time.monotonic() - began

    first.send_signal(signal.SIGTERM)

    assert first.wait(timeout=60) == 0
    found = lock(home)
    assert found is not None
    assert found[0] == ""
    second = start()
    wait_until(lambda: owner_pid(home) == second.pid, seconds=4 + 3 * start_s)


@pytest.mark.django_db
def test_only_one_of_two_samplers_of_a_host_measures() -> None:
    first, second = Sampler(), Sampler()

    first.tick()
    second.tick()

    assert (first.owns, second.owns) == (True, False)
    assert SamplerLock.objects.get().owner == first.owner


@pytest.mark.django_db
@pytest.mark.parametrize(("age", "taken"), [(4, False), (7, True), (-60, True)])
def test_the_lock_is_taken_after_three_missed_beats_or_when_its_clock_is_absurd(age: int, taken: bool) -> None:
    SamplerLock.objects.create(host="h", owner="other", beat=timezone.now() - timedelta(seconds=age))

    assert writes.take_lock(host="h", owner="me") is taken


@pytest.mark.django_db
def test_an_owner_who_lost_the_lock_stops_measuring() -> None:
    sampler = Sampler()
    sampler.tick()
    SamplerLock.objects.update(owner="another", beat=timezone.now())
    before = HostSample.objects.count()

    sampler.tick()

    assert not sampler.owns
    assert HostSample.objects.count() == before


@pytest.mark.django_db
def test_ending_does_not_free_the_lock_of_another() -> None:
    sampler = Sampler()
    sampler.tick()
    SamplerLock.objects.update(owner="another")

    sampler.end()

    assert SamplerLock.objects.get().owner == "another"


@pytest.mark.django_db
def test_a_tick_leaves_a_snapshot_its_json_and_its_panels_ready() -> None:
    sampler = Sampler()
    sampler.tick()
    sampler.tick()

    found = ready.find_snapshot(host_name())
    assert found is not None
    assert found.by == "sampler"
    assert found.cpu is None or 0 <= found.cpu <= 100
    assert found.memory.total > 0
    assert any(process.pid == os.getpid() for process in found.processes) or found.process_count > 20
    for name in ("json", "panel:host", "panel:processes-cpu", "panel:processes-memory"):
        assert ready.find(name, host_name()), name


@own_database
def test_a_sampler_started_before_the_migrations_says_so_and_begins_after_them(tmp_path: Path) -> None:
    early = manage(tmp_path, "sampler")
    try:
        assert early.stdout is not None
        wait_until(lambda: "database_down" in (early.stdout.readline() if early.stdout else ""))
        assert manage(tmp_path, "migrate", "-v0", "--skip-checks").wait(timeout=120) == 0

        wait_until(lambda: owner_pid(tmp_path) == early.pid)
    finally:
        early.kill()
        early.communicate()


def test_missed_ticks_are_skipped() -> None:
    assert next_tick(100.0, 100.5, 2.0) == 102.0
    assert next_tick(100.0, 107.0, 2.0) == 108.0
    assert next_tick(100.0, 102.0, 2.0) == 104.0
