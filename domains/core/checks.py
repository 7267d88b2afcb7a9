"""Core's own health checks. Each says in one sentence what is wrong and what to do."""

from __future__ import annotations

import secrets
import shutil
import time

from django.conf import settings
from django.core.cache import cache
from django.db import Error as DatabaseError
from redis.exceptions import RedisError

from domains.core import ready, service
from domains.core.host import host_name
from domains.core.rules import INTERVAL
from domains.core.snapshot import MISSED_BEATS
from domains.extensions.extension import CheckResult, HealthCheck
from domains.orchestration import reads as runs

DISK_WARN, DISK_FAIL = 10.0, 2.0
"""Percent of free space below which the disk check warns and fails."""

NOT_TAKEN_S, LONG_WAIT_S = 60.0, 600.0
"""Seconds after which a run that waits is a fault while workers are free, and while none is."""


def core_checks() -> list[HealthCheck]:
    """The checks of every installation."""
    return [
        HealthCheck("database", check_database, critical=True, component="datastore"),
        HealthCheck("migrations", check_migrations, critical=True, component="datastore"),
        HealthCheck("cache", check_cache, critical=True, component="datastore"),
        HealthCheck("queue", check_queue, component="component"),
        HealthCheck("sampler", check_sampler, component="component"),
        HealthCheck("disk", check_disk),
    ]


def check_database() -> CheckResult:
    """The database answers a query."""
    start = time.perf_counter()
    try:
        service.answers()
    except DatabaseError as error:
        return CheckResult(
            "fail", f"The database does not answer: {_line(error)}. Check DATABASE_URL and that the server runs."
        )
    took = (time.perf_counter() - start) * 1000
    return CheckResult("pass", "The database answers.", round(took, 2), "ms")


def check_migrations() -> CheckResult:
    """Every table that the code expects is there."""
    try:
        pending = service.pending_migrations()
    except DatabaseError as error:
        return CheckResult("fail", f"The applied migrations cannot be read: {_line(error)}. Mend the database first.")
    if pending:
        names = ", ".join(pending[:3]) + (f" and {len(pending) - 3} more" if len(pending) > 3 else "")
        return CheckResult("fail", f"{names} not applied. Run ./dj.sh mig.", len(pending), "migrations")
    return CheckResult("pass", "Every migration is applied.")


def check_cache() -> CheckResult:
    """The cache gives back what it was given."""
    start, word = time.perf_counter(), secrets.token_hex(8)
    cache.set("core:health", word, 30)
    if cache.get("core:health") is None:
        return CheckResult("fail", f"The cache does not keep what it is given. {_cache_advice()}")
    took = (time.perf_counter() - start) * 1000
    return CheckResult("pass", "The cache keeps what it is given.", round(took, 2), "ms")


def _cache_advice() -> str:
    if settings.VAULT.REDIS_URL:
        return "Check that the Redis of REDIS_URL runs and has room."
    return f"Check that the disk of {settings.VAULT_HOME} has room and that Vault may write there."


def check_queue() -> CheckResult:
    """A worker is alive for each queue, and takes what waits there."""
    try:
        age, depth = runs.worker_heartbeat_age(), runs.queue_depth()
        fault = _queue_fault() if depth else ""
    except DatabaseError as error:
        return CheckResult("warn", f"The workers' heartbeats cannot be read: {_line(error)}. Mend the database first.")
    waiting = f"{depth} {'run waits' if depth == 1 else 'runs wait'}"
    if age is None:
        return CheckResult(
            "warn", f"No worker runs and {waiting}. Start one with ./dj.sh worker, or all with ./dj.sh up."
        )
    if age > runs.WORKER_SILENT_S:
        words = f"The worker has been silent for {age:.0f} s and {waiting}. Look at its log and start ./dj.sh worker."
        return CheckResult("warn", words, round(age, 1), "s")
    if fault:
        return CheckResult("warn", fault, round(age, 1), "s")
    return CheckResult("pass", f"A worker beats and {waiting}.", round(age, 1), "s")


def _queue_fault() -> str:
    """What is wrong with the first queue whose runs nobody takes; "" when there is none."""
    alive = [worker for worker in runs.worker_list() if not worker.is_silent]
    figures = runs.queue_figures()
    is_free = sum(queue.running for queue in figures) < sum(worker.capacity for worker in alive)
    for queue in figures:
        if queue.depth and not queue.workers:
            return f"No worker serves the queue {queue.name}. Start ./dj.sh worker --queues {queue.name}."
        waited = queue.oldest_s or 0.0
        if is_free and waited > NOT_TAKEN_S:
            return (
                f"The oldest run in the queue {queue.name} has waited for {waited:.0f} s although workers are free. "
                "Look at the worker's log; it starts a cluster that hangs again by itself."
            )
        if waited > LONG_WAIT_S:
            return (
                f"Every worker is busy, and the oldest run in the queue {queue.name} has waited for {waited:.0f} s. "
                "Raise QUEUE_WORKERS or start another worker."
            )
    return ""


def check_sampler() -> CheckResult:
    """The figures of this host are fresh."""
    try:
        latest = ready.find_snapshot(host_name())
    except (OSError, RedisError) as error:
        return CheckResult("warn", f"The newest sample cannot be read: {_line(error)}. Mend the cache first.")
    if latest is None:
        return CheckResult("warn", "This host has never been sampled. Start ./dj.sh sampler, or all with ./dj.sh up.")
    age = time.time() - latest.at
    if age > MISSED_BEATS * INTERVAL or latest.by != "sampler":
        words = f"No sampler runs here; the newest sample is {age:.0f} s old. Start ./dj.sh sampler."
        return CheckResult("warn", words, round(age, 1), "s")
    return CheckResult("pass", "The sampler is at work.", round(age, 1), "s")


def check_disk() -> CheckResult:
    """There is room left where Vault keeps its state."""
    try:
        usage = shutil.disk_usage(settings.VAULT_HOME)
    except OSError as error:
        return CheckResult("fail", f"The state folder cannot be looked at: {_line(error)}. Check VAULT_HOME.")
    free = round(100 * usage.free / (usage.used + usage.free or 1), 1)
    words = f"{usage.free / 1e9:,.1f} GB free where VAULT_HOME is."
    if free < DISK_WARN:
        return CheckResult(
            "fail" if free < DISK_FAIL else "warn", f"Only {words} Delete or move files.", free, "percent"
        )
    return CheckResult("pass", f"There are {words}", free, "percent")


def _line(error: Exception) -> str:
    """The first line of an error, short enough for a sentence."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")[:160]
