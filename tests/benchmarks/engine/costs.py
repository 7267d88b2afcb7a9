"""What Vault costs one process: "context" µs a get and a set, "memory" KB kept of 1,000 runs, "claims" a second."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable

import django

from tests.benchmarks.engine.pace import tell

TIMES, ROUNDS = 20_000, 7
KEYS = [f"key_{number}" for number in range(10)]


def context() -> dict[str, float]:
    """Microseconds of processor time of a get and of a set of a short text, the best of the rounds.

    The context holds ten keys, each declared with a type; every check and the encoding are in the figure.
    """
    from domains.orchestration.context import Declaration
    from domains.orchestration.main import MainOrchestrator
    from tests.benchmarks.engine.noop import no_op

    main = MainOrchestrator("noop")
    main.set_context_schema(dict.fromkeys(KEYS, str))
    with main.values.inside(Declaration(no_op, {"common": KEYS}, {"common": KEYS}, synced=False).frame(main)):
        for key in KEYS:
            main.set_context_value(key, f"the value of {key}")
        return {
            "get": microseconds(lambda: main.get_context_value("key_7")),
            "set": microseconds(lambda: main.set_context_value("key_7", "another value")),
        }


def microseconds(call: Callable[[], object]) -> float:
    """Processor time of one call."""
    best = float("inf")
    for _ in range(ROUNDS):
        begin = time.process_time()
        for _ in range(TIMES):
            call()
        best = min(best, time.process_time() - begin)
    return 1e6 * best / TIMES


def memory() -> float:
    """Kilobytes by which the process grows with 1,000 finished runs, between the first thousand and the fourth."""
    from tests.benchmarks.engine.vault import program

    once = program("durable")
    for _ in range(1000):
        once()
    before = private()
    for _ in range(3000):
        once()
    return (private() - before) / 1000 / 3


def private() -> int:
    """Bytes of this process that are not shared: what SQLite keeps of its file is given back first."""
    import psutil

    from domains.base import database

    gc.collect()
    if database.connection().vendor == "sqlite":
        with database.connection().cursor() as cursor:
            cursor.execute("PRAGMA shrink_memory")
    process = psutil.Process().memory_info()
    return int(process.rss - process.shared)


def claims() -> float:
    """Claims a second of one worker, from a queue of 500."""
    from domains.orchestration.service import runs
    from domains.orchestration.start import start
    from tests.benchmarks.engine.noop import register

    register()
    for _ in range(500):
        start("noop", "five", queue="bulk")
    begin = time.perf_counter()
    for _ in range(500):
        assert runs.claim_next(["bulk"], "bench")
    rate = 500 / (time.perf_counter() - begin)
    runs.bulk_delete(queue="bulk")  # or the next worker carries them out once their leases are over
    return rate


if __name__ == "__main__":
    django.setup()
    tell({"context": context, "memory": memory, "claims": claims}[sys.argv[1]]())
