"""A chaos run: random programs, while everything dies around them; then the checker looks at every run.

Django is set up on the run's own database before this module is imported.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Any, TypeVar
from uuid import UUID

from django.db import InterfaceError, OperationalError

from domains.base.database import connection
from domains.orchestration.models import Run, Step
from domains.orchestration.states import ACTIVE
from tests.faults import world
from tests.faults.chaos_databases import Database
from tests.faults.chaos_monkey import LEASE_S, Monkey
from tests.faults.invariants import Findings, check, stale_leases
from tests.faults.nursery import Nursery
from tests.faults.service import serving

T = TypeVar("T")
LINE_EVERY = 30.0
LOOK_EVERY = 2.0
STALE_S = 20.0
"""How long a lease may lie about: reapers die, freeze and lose their database as well."""
DRAIN_S = 180.0
SENTENCES = 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """The run ends when both are reached, `limit_s` seconds after its start at the latest."""

    minutes: float
    kills: int
    seed: str

    @property
    def limit_s(self) -> float:
        """Half as long again, and five minutes."""
        return self.minutes * 90 + 300


def run(wanted: Wanted, database: Database, home: Path, say: Callable[[str], None]) -> bool:
    """Make the tables, do it, drain, check, and say what was found; whether all is well."""
    world.make_tables()
    acknowledged = home / "acknowledged"
    (home / "notes").mkdir()
    every = max(wanted.minutes * 60 / (wanted.kills * 1.15 + 1), 0.2)
    environment = {**os.environ, "RUN_LEASE_S": str(LEASE_S), "LOG_LEVEL": "WARNING"}
    with serving() as service, Nursery(environment, home / "log") as nursery, closing(connection()):
        here = world.World(str(home / "notes"), service.port)
        options: dict[str, Any] = {"seed": wanted.seed, "acknowledged": str(acknowledged), "every": every}
        monkey = Monkey(nursery, database, here, **options)
        stale = _trouble(monkey, wanted, say)
        drained = _drain(monkey, say)
        findings = check(service, _promised(acknowledged))
    findings.broken += [*stale, *monkey.deeds.faults, *([] if drained else ["I1: runs are still active."])]
    _report(wanted, monkey, findings, (home / "log").read_text(errors="replace"), say)
    return not findings.broken and not findings.twice and not findings.lost


def _trouble(monkey: Monkey, wanted: Wanted, say: Callable[[str], None]) -> list[str]:
    began = said = looked = monotonic()
    stale: set[str] = set()
    while (passed := monotonic() - began) < wanted.limit_s:
        if passed >= wanted.minutes * 60 and monkey.deeds.kills >= wanted.kills:
            break
        monkey.act()
        sleep(0.05)
        if monotonic() - looked >= LOOK_EVERY:
            looked = monotonic()
            stale |= set(_patiently(lambda: stale_leases(STALE_S)))
        if monotonic() - said >= LINE_EVERY:
            said = monotonic()
            say(_line(monkey, passed))
    return sorted(stale)


def _drain(monkey: Monkey, say: Callable[[str], None]) -> bool:
    say("Nobody is killed any more; what is left is carried out.")
    monkey.make_peace()
    until = monotonic() + DRAIN_S
    while _patiently(_active):
        if monotonic() > until:
            return False
        sleep(0.2)
    monkey.make_peace()
    return True


def _active() -> int:
    return Run.objects.filter(state__in=ACTIVE).count()


def _line(monkey: Monkey, passed: float) -> str:
    deeds = monkey.deeds
    runs = _patiently(Run.objects.count)
    return (
        f"{int(passed) // 60:3d}:{int(passed) % 60:02d}  kills {deeds.kills:4d} + {deeds.deaths} at points"
        f"  freezes {deeds.freezes:3d}  database restarts {deeds.restarts:3d}  runs {runs:6d}"
        f"  active {_patiently(_active):3d}"
    )


def _report(wanted: Wanted, monkey: Monkey, findings: Findings, log: str, say: Callable[[str], None]) -> None:
    deeds = monkey.deeds
    states = sorted(f"{state} {Run.objects.filter(state=state).count()}" for state in _states())
    for name, value in {
        "kills (SIGKILL from outside)": deeds.kills,
        "deaths at a named point": deeds.deaths,
        "freezes past the lease": deeds.freezes,
        "database restarts": deeds.restarts,
        "runs": f"{findings.runs} ({', '.join(states)})",
        "journalled steps": findings.steps,
        "effects": findings.effects,
        "claims beyond the first": Run.objects.filter(attempt__gt=1).count(),
        "attempts beyond the first": Step.objects.filter(attempt__gt=1).count(),
        "fenced commits": log.count("run_taken_over"),
        "duplicates": findings.twice,
        "losses": findings.lost,
        "broken invariants": len(findings.broken),
        "seed": wanted.seed,
    }.items():
        say(f"{name:32} {value}")
    for sentence in findings.broken[:SENTENCES]:
        say(f"  {sentence}")


def _states() -> list[str]:
    return list(Run.objects.order_by().values_list("state", flat=True).distinct())


def _promised(file: Path) -> list[UUID]:
    return [UUID(line) for line in file.read_text().split()] if file.exists() else []


def _patiently(question: Callable[[], T]) -> T:
    """Ask the database; one that is away is asked again, for half a minute."""
    until = monotonic() + 30
    while True:
        try:
            return question()
        except (OperationalError, InterfaceError):
            connection().close()
            if monotonic() > until:
                raise
            sleep(0.2)
