"""The emulator as a process of its own."""

from __future__ import annotations

import argparse

from tests.emulators.discourse import DiscourseEmulator, RateLimit, make_forum
from tests.emulators.serving import serve_until_stopped

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--users", type=int, default=300)
    parser.add_argument("--topics", type=int, default=200)
    parser.add_argument("--rate", type=float, default=0.0, help="requests a second; 0 lets everything pass")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds that every answer takes")
    chosen = parser.parse_args()
    emulator = DiscourseEmulator(make_forum(chosen.users, chosen.topics), port=chosen.port, latency=chosen.latency)
    emulator.limit = RateLimit(chosen.rate, burst=50) if chosen.rate else None
    serve_until_stopped(emulator, ["Categories: support/5, general/4; tags: bug, idea, howto"])
