"""The emulator as a process of its own."""

from __future__ import annotations

import argparse

from tests.emulators.github import GitHubEmulator, make_hub
from tests.emulators.serving import serve_until_stopped

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--allowed", type=int, default=5000, help="requests until the limit is used up")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds that every answer takes")
    chosen = parser.parse_args()
    emulator = GitHubEmulator(make_hub(), port=chosen.port, latency=chosen.latency)
    emulator.allowed = chosen.allowed
    serve_until_stopped(emulator, [f"Token: {emulator.token}", "Repositories: acme, or acme/engine"])
