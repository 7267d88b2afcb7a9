"""The engine against DBOS, Celery and the disk: runs of five steps that do nothing, in turns, in the same minutes.

Every contestant waits in a process of its own and works for half a second when it is its turn, many times around, so
that whatever else the machine does meets all of them alike. What is promised is held against the median of the ratios
of each round, since the figures of one round were measured within seconds of each other.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks.engine.contestants import PEERS_PYTHON, PROJECT, Contestant, compete, figures
from tests.benchmarks.engine.servers import own_postgres, own_redis
from tests.benchmarks.ratio import Ratio

ROUNDS, SECONDS = 15, 0.5
WIDTH = 50
GET_SET_US, MEMORY_KB = 5.0, 1000.0
Environment = dict[str, str]


def run() -> list[Ratio]:
    """Measure, on SQLite and where they answer on PostgreSQL and Redis; databases of its own, gone afterwards."""
    home = Path(os.environ["VAULT_HOME"])
    errors = home / "bench-errors.txt"
    with ExitStack() as stack:
        postgres = stack.enter_context(own_postgres("vault", "dbos", "raw"))
        redis = stack.enter_context(own_redis(3))
        say_what_answers(postgres, redis)
        vaults = {"SQLite": on_sqlite(home)}
        if postgres:
            vaults["PostgreSQL"] = prepared(home / "postgres", DATABASE_URL=postgres["vault"])
        field = {c.name: c for c in contestants(home, vaults, postgres, redis)}
        compete(list(field.values()), rounds=ROUNDS, seconds=SECONDS, errors=errors)
        say("Load of the machine: {:.1f} {:.1f} {:.1f}".format(*os.getloadavg()))
        say_rows(
            (c.name, f"{figure(c.median)} {c.unit}", spread(c.rounds)) if c.rounds else (c.name, "-", "has failed")
            for c in field.values()
        )
        # A short lease, so that the heartbeat's own connection is there before memory is read for the first time.
        quick = vaults["SQLite"] | {"SQLITE_SYNCHRONOUS": "NORMAL", "RUN_LEASE_S": "2"}
        costs = {what: once(("costs", what), quick, errors) for what in ("context", "memory", "claims")}
        say_rows([("claims from the queue, SQLite", f"{figure(costs['claims'])} claims/s", "")])
        for name, vault in vaults.items():
            queue = vault | ({"REDIS_URL": redis[0]} if redis and name == "PostgreSQL" else {})
            say_rows(queued(f"{name} and Redis" if queue["REDIS_URL"] else name, queue, errors))
        say("")
    return promises(field) + cost_promises(costs)


def on_sqlite(home: Path) -> Environment:
    """Vault as it is embedded, but each commit waiting for the disk."""
    return prepared(home / "sqlite", DATABASE_URL="", SQLITE_SYNCHRONOUS="FULL")


def prepared(home: Path, **more: str) -> Environment:
    """The environment of an installation of its own, its database migrated."""
    home.mkdir()
    environment = {"VAULT_HOME": str(home), "REDIS_URL": "", **more}
    migrate = [sys.executable, "manage.py", "migrate", "-v0"]
    subprocess.run(migrate, cwd=PROJECT, env=os.environ | environment, check=True)
    return environment


def contestants(
    home: Path, vaults: dict[str, Environment], postgres: dict[str, str], redis: list[str]
) -> Iterable[Contestant]:
    """All that can be measured here, those that are compared beside each other."""
    targets = {"SQLite": (f"sqlite:///{home}/dbos.sqlite", f"{home}/raw.sqlite")}
    if postgres:
        targets["PostgreSQL"] = postgres["dbos"], postgres["raw"]
    for name, environment in vaults.items():
        dbos, raw = targets[name]
        if PEERS_PYTHON.exists():
            yield Contestant(f"DBOS, {name}", "runs/s", ("peer_dbos", dbos), python=str(PEERS_PYTHON))
        yield Contestant(f"Vault durable, {name}", "runs/s", ("vault", "durable"), environment)
        yield Contestant(f"INSERT + COMMIT, {name}", "commits/s", ("raw", raw))
        yield Contestant(f"Vault atomic, {name}", "runs/s", ("vault", "atomic"), environment)
    if redis and PEERS_PYTHON.exists():
        own = {"DJANGO_SETTINGS_MODULE": ""}
        environment, python = own | {"BENCH_REDIS_URL": redis[1]}, str(PEERS_PYTHON)
        yield Contestant("Celery chain of 5, Redis", "chains/s", ("peer_celery", "chain"), environment, python, True)
        environment = own | {"BENCH_REDIS_URL": redis[2]}
        yield Contestant("Celery group of 100, Redis", "groups/s", ("peer_celery", "group"), environment, python, True)


def promises(field: dict[str, Contestant]) -> list[Ratio]:
    """What is promised of the speed, for the databases that answered."""
    sqlite, postgres = "SQLite", "PostgreSQL"
    durable, atomic = "Vault durable, ", "Vault atomic, "
    found = [
        pair(field, durable + sqlite, "DBOS, " + sqlite, 6),
        pair(field, durable + sqlite, "INSERT + COMMIT, " + sqlite, 0.6, times=6, unit="commits/s"),
        pair(field, atomic + sqlite, durable + sqlite, 2),
        pair(field, durable + postgres, "DBOS, " + postgres, 3),
        pair(field, atomic + postgres, durable + postgres, 2),
    ]
    return [ratio for ratio in found if ratio]


def pair(
    field: dict[str, Contestant], name: str, peer: str, limit: float, *, times: int = 1, unit: str = "runs/s"
) -> Ratio | None:
    """A line of the table: at least `limit` times the peer, `times` counting the commits of a run."""
    if name not in field or peer not in field:
        return None
    ours, others = field[name], field[peer]
    ratio = median(times * one / other for one, other in zip(ours.rounds, others.rounds, strict=True))
    promise = f"at least {limit:g} x"
    return Ratio(name, times * ours.median, unit, peer, others.median, ratio, promise, ratio >= limit)


def cost_promises(costs: dict[str, Any]) -> list[Ratio]:
    """What is promised absolutely."""
    spent = {
        "context get, 10 typed keys": (costs["context"]["get"], "µs", GET_SET_US),
        "context set, 10 typed keys": (costs["context"]["set"], "µs", GET_SET_US),
        "memory kept of 1,000 runs": (costs["memory"], "KB", MEMORY_KB),
    }
    return [
        Ratio.against(name, value=value, unit=unit, peer="limit", peer_value=most, limit=1)
        for name, (value, unit, most) in spent.items()
    ]


def queued(where: str, vault: Environment, errors: Path) -> list[tuple[str, str, str]]:
    """Rows about one queue: runs of Vault's and bare tasks of django-q2, by the same worker."""
    told = once(("queued",), vault, errors)
    rows = []
    for name, title in {"vault": "Vault, queued runs of 1 step", "django-q2": "django-q2, bare tasks"}.items():
        found = told[name]
        begin = "begins after {:.0f} ms, 95 % within {:.0f} ms".format(*found["waits"])
        rounds = f"{in_a_row(found['rates'])}   {begin}"
        rows.append((f"{title}, {where}", f"{figure(median(found['rates']))} /s", rounds))
    fans = [1 / seconds for seconds in told["fan-out"]]
    rows.append((f"Vault, fan-out to 100 runs, {where}", f"{figure(median(fans))} /s", in_a_row(fans)))
    return rows


def once(program: tuple[str, ...], environment: Environment, errors: Path) -> Any:
    """What a program tells that works once."""
    return figures(Contestant(program[0], "", program, environment), errors)


def in_a_row(values: list[float]) -> str:
    """Every round, in the order in which they were run."""
    return "  ".join(map(figure, values))


def spread(values: list[float]) -> str:
    """The slowest and the fastest round."""
    return f"{figure(min(values))} to {figure(max(values))} in {len(values)} rounds"


def figure(value: float) -> str:
    """Three digits that count."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def say_what_answers(postgres: dict[str, str], redis: list[str]) -> None:
    """A line for whatever cannot be measured here."""
    if not PEERS_PYTHON.exists():
        say("DBOS and Celery: not measured, ./dj.sh bench engine installs them.")
    if not postgres:
        say("PostgreSQL: not measured, no server answers (VAULT_TEST_POSTGRES_URL).")
    if not redis:
        say("Redis: not measured, no server with three empty databases answers (VAULT_TEST_REDIS_URL).")


def say_rows(rows: Iterable[tuple[str, str, str]]) -> None:
    """What was measured, the median, and every round."""
    for name, value, rounds in rows:
        say(f"{name:<{WIDTH}}  {value:>16}  {rounds}".rstrip())


def say(line: str) -> None:
    """One line on standard output."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
