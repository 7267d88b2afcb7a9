"""What the overview of Club costs with a year of figures, against a month of them.

3 applications with 10 features of 1,000 members each. Two installations of their own are asked in turns; processor
time counts, so that other work on the machine changes little, and the best of the rounds.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.benchmarks.ratio import Ratio

PROJECT = Path(__file__).resolve().parents[2]
MONTH, YEAR, ROUNDS = 30, 365, 5
MOST_QUERIES = 12
NAMES = {
    "/club/": "overview, 30 days",
    "/club/?range=90": "overview, 90 days",
    "/club/?range=year": "overview, a year",
    "/club/?app=beta": "overview, one application",
    "/club/features/": "list of features",
    "/club/features/beta/feature-0/": "a feature's page",
}
Figures = dict[str, dict[str, float]]


def run() -> list[Ratio]:
    """Measure a month's and a year's figures."""
    with ExitStack() as stack:
        month, year = (stack.enter_context(installation(days)) for days in (MONTH, YEAR))
        rounds = [(asked(month), asked(year)) for _ in range(ROUNDS)]
    return ratios(best([pair[0] for pair in rounds]), best([pair[1] for pair in rounds]))


def ratios(month: Figures, year: Figures) -> list[Ratio]:
    """The table's lines."""
    lines = []
    for url, name in NAMES.items():
        ms, peer = year[url]["ms"], month[url]["ms"]
        lines.append(
            Ratio.against(f"{name}, of a year", value=ms, unit="ms", peer="of a month", peer_value=peer, limit=1.5)
        )
    most = max(figures["queries"] for url, figures in year.items() if "features" not in url)
    lines.append(Ratio.against("overview", value=most, unit="queries", peer="limit", peer_value=MOST_QUERIES, limit=1))
    return lines


def best(rounds: list[Figures]) -> Figures:
    """The best of each figure."""
    return {url: {name: min(each[url][name] for each in rounds) for name in rounds[0][url]} for url in rounds[0]}


@contextmanager
def installation(days: int) -> Iterator[subprocess.Popen[str]]:
    """A Vault that holds so many days of figures, ready to be asked."""
    with tempfile.TemporaryDirectory(prefix="vault-bench-") as home:
        env: dict[str, Any] = dict(os.environ) | {"DJANGO_SETTINGS_MODULE": "vault_site.settings.test"}
        env |= {"DATABASE_URL": "", "REDIS_URL": "", "LOG_LEVEL": "ERROR", "VAULT_HOME": home}
        command = [sys.executable, "-m", "tests.benchmarks.club_year", "--days", str(days)]
        with subprocess.Popen(
            command, cwd=PROJECT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as child:
            try:
                assert child.stdout
                assert child.stdout.readline() == "ready\n", "the tables could not be filled"
                yield child
            finally:
                child.terminate()


def asked(child: subprocess.Popen[str]) -> Figures:
    """One round of an installation."""
    assert child.stdin
    assert child.stdout
    child.stdin.write("\n")
    child.stdin.flush()
    figures: Figures = json.loads(child.stdout.readline())
    return figures
