"""What a collection takes against what its concurrency allows at best.

The bound is sources x latency / concurrency: 50 sources that answer after 200 ms, ten at once, take 1.0 s. Each source
is a server of its own; all of them are in another process than the collection. Then one of them hangs.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks.ratio import Ratio
from tests.emulators.json_api import JsonApi

SOURCES, LATENCY_S, CONCURRENCY = 50, 0.2, 10
PEOPLE = 5
MOST = 1.3
HUNG_S = 2.0


def run() -> list[Ratio]:
    """All sources well, then one that hangs."""
    bound = SOURCES * LATENCY_S / CONCURRENCY
    with ExitStack() as stack:
        servers = [stack.enter_context(JsonApi(PEOPLE, latency=LATENCY_S)) for _ in range(SOURCES)]
        urls = [server.url for server in servers]
        well = collected(urls)
        assert all(each["read"] == SOURCES for each in well), well
        servers[0].faults.add("hang", times=None)
        hung = collected(urls, CLUB_TIMEOUT_S=str(HUNG_S))
        assert all(each["read"] == SOURCES - 1 for each in hung), hung
    name = f"{SOURCES} sources of {LATENCY_S * 1000:.0f} ms"
    return [
        Ratio.against(
            f"asking {name}, {CONCURRENCY} at once",
            value=median(each["asked_s"] for each in well),
            unit="s",
            peer="sources x latency / concurrency",
            peer_value=bound,
            limit=MOST,
        ),
        Ratio.against(
            f"the same with one source that hangs {HUNG_S:g} s",
            value=median(each["asked_s"] for each in hung),
            unit="s",
            peer="the bound and that time once",
            peer_value=bound + HUNG_S,
            limit=1.0,
        ),
    ]


def collected(urls: list[str], **environment: str) -> list[dict[str, Any]]:
    """What each of a few collections took, in a process and a folder of their own; the first one warms up."""
    with tempfile.TemporaryDirectory(prefix="vault-bench-") as home:
        done = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.club_collect", f"--concurrency={CONCURRENCY}", "--urls", *urls],
            cwd=Path(__file__).resolve().parents[2],
            env={
                "VAULT_HOME": home,
                "VAULT_DATA_ROOT": f"{home}/data",
                "PATH": "",
                "SECRET_KEY": "x" * 50,
                **environment,
            },
            capture_output=True,
            check=False,
            text=True,
        )
    assert done.returncode == 0, done.stderr[-3000:]
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")][1:]
