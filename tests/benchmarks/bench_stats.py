"""What watching the server costs: a panel poll, the Server page, and the sampler itself.

Processor time of the process that answers, through the whole middleware stack and without a network, so that other
work on the machine changes little. Each pair is measured in turns; the best of the rounds counts.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.ratio import Ratio

PROJECT = Path(__file__).resolve().parents[2]
ROUNDS, SECONDS = 5, 20.0
POLL, BARE, BARE_STAFF = "/stats/panels/host/", "/bench/bare/", "/bench/bare-staff/"
PAGE, PAGE_BY_PSUTIL = "/stats/", "/bench/stats-by-psutil/"


def run() -> list[Ratio]:
    """Measure in an installation of its own, made in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="vault-bench-") as home:
        env = dict(os.environ) | {"DJANGO_SETTINGS_MODULE": "vault_site.settings.test", "VAULT_HOME": home}
        env |= {"DATABASE_URL": "", "REDIS_URL": "", "LOG_LEVEL": "ERROR"}
        for command in (["manage.py", "migrate", "-v0"], ["-m", "tests.benchmarks.bench_stats"]):
            done = subprocess.run(
                [sys.executable, *command], cwd=PROJECT, env=env, stdout=subprocess.PIPE, text=True, check=True
            )
        figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return ratios(figures)


def ratios(figures: dict[str, float]) -> list[Ratio]:
    """The table's lines."""
    poll, page, share = figures[POLL], figures[PAGE], figures["sampler"]
    return [
        Ratio.against(
            "panel poll", value=poll, unit="µs", peer="bare Django view, anonymous", peer_value=figures[BARE], limit=4
        ),
        Ratio.against(
            "panel poll", value=poll, unit="µs", peer="bare view for staff", peer_value=figures[BARE_STAFF], limit=1.5
        ),
        Ratio.against(
            "stats page",
            value=page,
            unit="µs",
            peer="the same, asking psutil",
            peer_value=figures[PAGE_BY_PSUTIL],
            limit=0.7,
        ),
        Ratio.against("sampler", value=share, unit="% of a core", peer="limit", peer_value=1.0, limit=1),
    ]


def measure() -> dict[str, float]:
    """Microseconds of processor time for each path, and the sampler's share of a core in percent."""
    import django
    from django.conf import settings

    django.setup()
    settings.ROOT_URLCONF = "tests.benchmarks.stats_urls"
    sampler = subprocess.Popen([sys.executable, "manage.py", "sampler"], cwd=PROJECT, stdout=subprocess.DEVNULL)
    try:
        share = sampler_share(sampler.pid)
        best = requests()
    finally:
        sampler.terminate()
        sampler.wait(timeout=30)
    return best | {"sampler": share}


def sampler_share(pid: int) -> float:
    """Percent of one core that the sampler uses once it has started."""
    import psutil

    process = psutil.Process(pid)
    time.sleep(6)
    begin, spent = time.monotonic(), sum(process.cpu_times()[:2])
    time.sleep(SECONDS)
    return 100 * (sum(process.cpu_times()[:2]) - spent) / (time.monotonic() - begin)


def requests() -> dict[str, float]:
    """The best round of each path."""
    from django.contrib.auth import get_user_model
    from django.test import Client

    client = Client()
    client.force_login(get_user_model().objects.create_superuser("bench"))
    best: dict[str, float] = {}
    for _ in range(ROUNDS):
        for path, times in ((BARE, 200), (BARE_STAFF, 200), (POLL, 200), (PAGE, 20), (PAGE_BY_PSUTIL, 20)):
            best[path] = min(best.get(path, float("inf")), cost(client, path, times))
    return best


def cost(client: object, path: str, times: int) -> float:
    """Microseconds of processor time of one request; anonymous for the bare view."""
    from django.test import Client

    asker = Client() if path == BARE else client
    assert isinstance(asker, Client)
    assert asker.get(path).status_code == 200
    begin = time.process_time()
    for _ in range(times):
        asker.get(path)
    return 1e6 * (time.process_time() - begin) / times


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure()) + "\n")
