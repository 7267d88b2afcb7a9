"""A worker that cannot reach PostgreSQL for longer than its lease, and does not know."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import urlsplit, urlunsplit

import pytest

from domains.orchestration.models import Run
from domains.orchestration.start import start
from tests.domains.orchestration.processes import database_url, environment
from tests.faults import world
from tests.faults.invariants import check
from tests.faults.nursery import Nursery
from tests.faults.programs import Program
from tests.faults.proxy import Proxy, proxied
from tests.faults.service import Service
from tests.faults.steps import NAME

pytestmark = pytest.mark.on("postgresql")
PROGRAM: Program = [{"name": f"s{number}", "kind": ("db", "external")[number % 2], "ms": 150} for number in range(10)]


@pytest.fixture
def proxy(fresh: None) -> Iterator[Proxy]:
    """Between a worker and the test database."""
    with proxied(urlsplit(database_url()).port or 5432) as proxy:
        yield proxy


def far_away(proxy: Proxy, folder: Path) -> Nursery:
    """Workers behind the proxy, with a lease of one second."""
    parts = urlsplit(database_url())
    host = f"{parts.netloc.rpartition('@')[0]}@127.0.0.1:{proxy.port}"
    url = urlunsplit(parts._replace(netloc=host))
    return Nursery(environment(LOG_LEVEL="ERROR", RUN_LEASE_S="1", DATABASE_URL=url), folder / "log")


def wait_for_steps(run: Run, cursor: int) -> None:
    """Until so many steps are done."""
    until = monotonic() + 30
    while Run.objects.get(pk=run.pk).cursor < cursor:
        assert monotonic() < until
        sleep(0.01)


@pytest.mark.parametrize("ends", ["it heals", "it breaks"])
def test_a_worker_behind_a_dead_network_is_replaced_and_commits_nothing_more(
    nursery: Nursery, service: Service, proxy: Proxy, tmp_path: Path, ends: str
) -> None:
    start(NAME, "program", program=PROGRAM)
    run = Run.objects.get()
    with far_away(proxy, tmp_path) as behind:
        cut_off = behind.start("tests.faults.tasks.carry_out", world.here(), pk=run.pk)
        wait_for_steps(run, 3)
        proxy.close_gate()
        assert nursery.run("tests.faults.tasks.recover", world.here()) == 0
        run.refresh_from_db()
        assert (run.state, run.epoch) == ("success", 3), "released once, claimed once"
        if ends == "it heals":
            proxy.open_gate()
        else:
            proxy.cut()
        assert behind.wait(cut_off) == 0
    assert check(service).broken == []
