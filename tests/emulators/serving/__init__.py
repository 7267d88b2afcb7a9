"""What emulators of JSON services have in common: a real HTTP server on this machine that can be made to misbehave.

class Shop(Emulator):
    def answer(self, request: Request) -> Reply: ...

with Shop(latency=0.2) as shop:
    shop.url, shop.requests, shop.came("/items")
    shop.faults.add("503", match="/items", times=2)     # see faults.Fault
"""

from __future__ import annotations

from tests.emulators.serving.faults import Fault, Faults
from tests.emulators.serving.server import Emulator, Reply, Request, as_json, serve_until_stopped

__all__ = ["Emulator", "Fault", "Faults", "Reply", "Request", "as_json", "serve_until_stopped"]
