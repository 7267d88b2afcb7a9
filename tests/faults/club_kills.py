"""Collections and erasures whose workers are killed, until they have ended all the same."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from domains.club.models import FeaturePoint, HeroPoint, Member, Source
from domains.club.rankings import unpack_ranking
from tests.domains.club.place import make_place
from tests.domains.orchestration.processes import environment
from tests.emulators.json_api import JsonApi
from tests.faults.nursery import Nursery
from tests.faults.world import World

CONCURRENCY = 4
LONGEST_S = 60.0


def carry() -> None:
    """What a worker does: carry out what is queued, children too; called in a process of its own."""
    from domains.orchestration.tasks import run_queued

    run_queued()


@dataclass
class Drill:
    """Workers on the test database, one after another."""

    nursery: Nursery
    home: Path
    random: random.Random
    kills: int = 0

    def start(self) -> int:
        """A worker; its pid."""
        return self.nursery.start("tests.faults.club_kills.carry", self.world())

    def kill(self, pid: int) -> None:
        """End it without any clean-up."""
        os.kill(pid, signal.SIGKILL)
        assert self.nursery.wait(pid) in (-signal.SIGKILL, 0)
        self.kills += 1

    def kill_at_random(self, seconds: float, times: int) -> None:
        """Let workers go on for a random while each, and kill them, until there is nothing left to kill."""
        for _ in range(times):
            pid = self.start()
            status = self.nursery.wait(pid, timeout=self.random.uniform(0.02, seconds))
            if status is not None:
                return
            self.kill(pid)
            self.let_go()

    def let_go(self) -> None:
        """The leases of dead workers run out."""
        from django.utils import timezone

        from domains.orchestration.models import Run
        from domains.orchestration.tasks import tick

        past = timezone.now() - timedelta(seconds=1)
        Run.objects.filter(state__in=["running", "rolling_back"]).update(lease_until=past, attempt=1)
        tick()

    def finish(self, uuid: Any) -> Any:
        """Let workers carry everything out until the run has ended; the run."""
        from domains.orchestration.models import Run

        until = time.monotonic() + LONGEST_S
        while Run.objects.get(uuid=uuid).is_active:
            assert time.monotonic() < until, "the run does not end"
            self.let_go()
            assert self.nursery.run("tests.faults.club_kills.carry", self.world()) == 0
        return Run.objects.get(uuid=uuid)

    def world(self) -> World:
        """Where the workers are."""
        return World(str(self.home), 0)


@contextmanager
def drilling(home: Path, settings: Any, seed: int = 5) -> Iterator[Drill]:
    """A drill on the test database."""
    make_place(home, settings)
    more = {
        "VAULT_HOME": settings.VAULT_HOME,
        "VAULT_DATA_ROOT": settings.VAULT_DATA_ROOT,
        "CLUB_CONCURRENCY": str(CONCURRENCY),
        "PYTEST_XDIST_WORKER": "",
        "LOG_LEVEL": "ERROR",
    }
    with Nursery(environment(**more), home / "log") as nursery:
        yield Drill(nursery, home, random.Random(seed))  # noqa: S311 - chooses moments


def make_sources(api: JsonApi, count: int) -> None:
    """Sources at one address that are told apart by their query; each has one feature and the hero metrics."""
    for number in range(count):
        select = {"url": f"/all?source={number}", "rows": "people", "key": "id", "name": "name", "score": "score"}
        Source.objects.create(
            application="skyflow" if number % 2 else "nexus",
            name=f"source {number:02}",
            kind="http",
            config={"url": f"{api.url}/stats?source={number}", "hero": ["members = stats.people"]},
            features=[{"slug": f"f{number % 3}", "name": f"Feature {number % 3}", "select": select}],
        )


def figures() -> list[Any]:
    """All points by day, with members by key, so that two courses of things can be compared."""
    keys: Mapping[int, str] = dict(Member.objects.values_list("pk", "key"))
    found: list[Any] = sorted(
        HeroPoint.objects.filter(every="day").values_list("application", "at", "figures__members")
    )
    for row in FeaturePoint.objects.select_related("feature").order_by(
        "feature__application", "feature__slug", "every", "at"
    ):
        ranking = [(keys[each.member], each.rank, each.score) for each in unpack_ranking(bytes(row.ranking))]
        found.append((str(row.feature), row.every, row.at, row.new, row.returning, row.gini, ranking))
    return found
