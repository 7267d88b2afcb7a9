"""The emulator as a process of its own."""

from __future__ import annotations

import argparse

from tests.emulators.json_api import JsonApi
from tests.emulators.serving import serve_until_stopped

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--people", type=int, default=250)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds that every answer takes")
    chosen = parser.parse_args()
    serve_until_stopped(
        JsonApi(chosen.people, port=chosen.port, latency=chosen.latency),
        ["Paths: /stats, /all, /by-page, /by-cursor, /by-address, /by-link"],
    )
