"""What an export from Notion takes, against what Notion's pace allows at best.

The bound is (Q + F) / R: one request for each 100 rows and each schema, one for each 100 items of a list that Notion
cuts, at R requests a second. 1,000 features are exported at Notion's own 3 a second; 10,000 at a higher rate, with the
bound for that rate, so that the benchmark takes no minutes. The emulator is another process than the export.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from math import ceil
from pathlib import Path
from typing import Any

from tests.benchmarks.ratio import Ratio
from tests.emulators.notion import KINDS, NotionEmulator, Workspace, make_workspace
from tests.emulators.notion.values import CUT
from tests.emulators.notion.workspace import BACK

RATES = {1_000: 3.0, 10_000: 4.0}
MOST_MB, MOST = 400.0, 1.1
PAGE = 100
UNCHANGED = 8


def run() -> list[Ratio]:
    """A first export of 1,000 and of 10,000 features, and one after it that finds nothing new."""
    return [ratio for features, rate in RATES.items() for ratio in measure(features, rate)]


def measure(features: int, rate: float) -> list[Ratio]:
    """Two exports of a workspace of this size."""
    workspace = make_workspace(features)
    with NotionEmulator(workspace) as notion:
        first, again = exported(notion.url, rate, times=2)
        requests = [request for request in notion.requests if request.path.startswith("/v1/")]
    assert first["counts"]["features"] == features and first["changed"] and not again["changed"]
    wanted = least_requests(workspace)
    sent = len(requests) - UNCHANGED
    name = f"{features:,} features"
    return [
        Ratio.against(
            f"export of {name} at {rate:g}/s",
            value=first["seconds"],
            unit="s",
            peer="(Q + F) / R",
            peer_value=wanted / rate,
            limit=MOST,
        ),
        Ratio.against(f"requests, {name}", value=sent, unit="", peer="Q + F", peer_value=wanted, limit=MOST),
        Ratio.against(f"memory, {name}", value=first["peak_mb"], unit="MB", peer="limit", peer_value=MOST_MB, limit=1),
        Ratio.against(
            f"nothing new, {name}",
            value=again["seconds"],
            unit="s",
            peer="8 requests",
            peer_value=UNCHANGED / rate,
            limit=5,
        ),
    ]


def exported(url: str, rate: float, *, times: int) -> list[dict[str, Any]]:
    """What each of these exports took, in a process and a folder of their own."""
    with tempfile.TemporaryDirectory(prefix="vault-bench-") as home:
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "tests.benchmarks.trace_export",
                f"--url={url}",
                f"--rate={rate}",
                f"--times={times}",
            ],
            cwd=Path(__file__).resolve().parents[2],
            env={"VAULT_HOME": home, "PATH": "", "SECRET_KEY": "x" * 50},
            capture_output=True,
            check=True,
            text=True,
        )
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def least_requests(workspace: Workspace) -> int:
    """Q + F: schemas, pages of queries, and the whole of each forward relation, text and people list that is cut."""
    rows = {kind: workspace.live(kind) for kind in KINDS}
    queries = sum(max(1, ceil(len(found) / PAGE)) for found in rows.values()) + len(KINDS)
    lengths = [
        length
        for kind, found in rows.items()
        for spec in workspace.schemas[kind].values()
        if spec["name"] not in BACK.get(kind, ())
        for row in found
        if (length := items(row.values.get(spec["name"]), spec["type"])) > CUT
    ]
    return queries + sum(ceil(length / PAGE) for length in lengths)


def items(value: Any, kind: str) -> int:
    """How many items of a list Notion counts: related pages, people, mentions."""
    if not isinstance(value, list) or kind not in {"relation", "people", "rich_text", "title"}:
        return 0
    return len(value)
