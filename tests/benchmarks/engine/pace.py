"""How a measured program talks to the benchmark: it says when it is ready, then works for as long as it is told to.

Nothing but the standard library, since the peers run in an environment without Vault's packages.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

MARK = "figure:"
WARM_UP_S = 0.5


def tell(value: object) -> None:
    """Say a figure, in a line that nothing else on standard output looks like."""
    sys.stdout.write(f"{MARK}{json.dumps(value)}\n")
    sys.stdout.flush()


def serve(once: Callable[[], object]) -> None:
    """For each number of seconds on standard input, do the work for as long and tell how often it was done a second."""
    once()
    rate(once, WARM_UP_S)
    tell("ready")
    for line in sys.stdin:
        tell(rate(once, float(line)))


def rate(once: Callable[[], object], seconds: float) -> float:
    """How often a second `once` was done, over about as many seconds."""
    count, begin = 0, time.perf_counter()
    while time.perf_counter() - begin < seconds:
        once()
        count += 1
    return count / (time.perf_counter() - begin)
