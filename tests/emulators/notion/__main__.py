"""The emulator as a process of its own."""

from __future__ import annotations

import argparse
import signal
from datetime import UTC, datetime

from tests.emulators.notion import KINDS, NotionEmulator, RateLimit, database_id, make_workspace


def main() -> None:
    """Serve until SIGINT or SIGTERM; what to set is printed first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--features", type=int, default=100)
    parser.add_argument("--contents", action="store_true", help="give every feature's page a text")
    parser.add_argument("--rate", type=float, default=0.0, help="requests a second; 0 lets everything pass")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds that every answer takes")
    chosen = parser.parse_args()
    workspace = make_workspace(chosen.features, contents=chosen.contents, clock=lambda: datetime.now(UTC))
    limit = RateLimit(chosen.rate) if chosen.rate else None
    with NotionEmulator(workspace, port=chosen.port, rate_limit=limit, latency=chosen.latency) as notion:
        lines = [f"NOTION_API_URL={notion.url}", f"NOTION_TOKEN={notion.token}"]
        lines += [f"NOTION_{kind.upper()}={database_id(kind)}" for kind in KINDS]
        print("\n".join(lines), flush=True)  # noqa: T201
        signal.signal(signal.SIGTERM, lambda *_: notion.stopping.set())
        signal.signal(signal.SIGINT, lambda *_: notion.stopping.set())
        notion.stopping.wait()


if __name__ == "__main__":
    main()
