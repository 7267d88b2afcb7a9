"""One export from a Notion, in a process of its own: what it takes in seconds, requests and memory, as JSON.

Run by `bench_trace_export`; a folder of its own is VAULT_HOME, which the parent names and removes.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import threading
import time
from collections.abc import Callable
from typing import Any


def main() -> None:
    """Export, perhaps again, and print a line for each export."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--rate", type=float, required=True)
    parser.add_argument("--times", type=int, default=1)
    chosen = parser.parse_args()
    os.environ.update(configuration(chosen.url, chosen.rate))
    import django

    django.setup()
    prepare()
    for _ in range(chosen.times):
        sys.stdout.write(json.dumps(measured(export)) + "\n")


def configuration(url: str, rate: float) -> dict[str, str]:
    """The environment of a Vault that reads this Notion, by data source ids."""
    from tests.emulators.notion import KINDS, TOKEN, data_source_id

    places = {f"NOTION_{kind.upper()}": data_source_id(kind) for kind in KINDS}
    more = {"NOTION_REQUESTS_PER_SECOND": str(rate), "NOTION_API_URL": url, "NOTION_TOKEN": TOKEN}
    return {"DJANGO_SETTINGS_MODULE": "vault_site.settings.test", "LOG_LEVEL": "ERROR", **places, **more}


def prepare() -> None:
    """The tables, the applications, and the data sources as once they have been found: that is asked once for ever."""
    from django.core.management import call_command

    from domains.applications.demo import load_demo
    from domains.trace.service import notion_sources
    from tests.emulators.notion import KINDS, data_source_id

    call_command("migrate", interactive=False, verbosity=0)
    load_demo()
    for kind in KINDS:
        notion_sources.create(kind=kind, configured=data_source_id(kind), data_source_id=data_source_id(kind))


def export() -> dict[str, Any]:
    """One export in this process."""
    from domains.orchestration.start import run_now

    result = run_now("trace", "export").result
    assert isinstance(result, dict)
    return result


def measured(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The result with the time that it took, and the most memory that this process has ever held."""
    begin = time.monotonic()
    result = work()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    told = {"seconds": time.monotonic() - begin, "peak_mb": peak, "threads": threading.active_count()}
    return told | {"snapshot": result["snapshot"], "counts": result["counts"], "changed": result["changed"]}


if __name__ == "__main__":
    main()
