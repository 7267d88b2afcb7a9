"""The health report: what each check says, how long it may take, how often it runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import override_settings
from django.utils import timezone

from domains.core import checks, health, ready
from domains.core.health import brief_health_json, forget_report, health_json, public_health_json, run_checks
from domains.extensions.extension import CheckResult, HealthCheck
from domains.orchestration.models import Run, Worker
from tests.domains.core.factories import snapshot

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_report() -> Iterator[None]:
    forget_report()
    yield
    forget_report()


def check(
    name: str, status: str = "pass", *, critical: bool = False, run: Callable[[], CheckResult] | None = None
) -> HealthCheck:
    return HealthCheck(name, run or (lambda: CheckResult(status, f"{name} said so.")), critical=critical)  # type: ignore[arg-type]


def test_everything_passing_passes() -> None:
    report = run_checks([check("a", critical=True), check("b")])

    assert (report.status, report.http_status, report.passing) == ("pass", 200, 2)


def test_a_critical_failure_fails_the_whole() -> None:
    report = run_checks([check("a", "fail", critical=True), check("b")])

    assert (report.status, report.http_status) == ("fail", 503)


@pytest.mark.parametrize("status", ["warn", "fail"])
def test_other_failures_only_warn(status: str) -> None:
    report = run_checks([check("a", critical=True), check("b", status)])

    assert (report.status, report.http_status) == ("warn", 200)


def test_a_critical_warning_does_not_fail() -> None:
    assert run_checks([check("a", "warn", critical=True)]).status == "warn"


def test_a_check_that_hangs_fails_after_a_second_and_is_not_started_again() -> None:
    release, starts = threading.Event(), []

    def hang() -> CheckResult:
        starts.append(1)
        release.wait(120)
        return CheckResult("pass", "At last.")

    hanging = check("hanging", run=hang, critical=True)
    begin = time.monotonic()
    first = run_checks([hanging, check("quick")])
    took = time.monotonic() - begin
    second = run_checks([hanging, check("quick")])
    release.set()

    assert took < 60
    assert (first.status, second.status) == ("fail", "fail")
    assert "No answer within" in first.outcomes[0].result.message
    assert first.outcomes[1].status == "pass"
    assert len(starts) == 1


def test_checks_run_side_by_side() -> None:
    everyone = threading.Barrier(6)

    def meet() -> CheckResult:
        everyone.wait(timeout=0.9)
        return CheckResult("pass", "All were under way at once.")

    report = run_checks([check(f"meeting-{number}", run=meet) for number in range(6)])

    assert report.status == "pass"


def test_a_check_that_breaks_is_a_failed_check_and_tells_nothing_inner() -> None:
    def broken() -> CheckResult:
        raise KeyError("secret-key-name")

    found = run_checks([check("broken", run=broken)]).outcomes[0].result

    assert found.status == "fail"
    assert "KeyError" in found.message
    assert "secret" not in found.message


def test_a_report_is_kept_for_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[int] = []

    def counting() -> CheckResult:
        ran.append(1)
        return CheckResult("pass", "Fine.")

    monkeypatch.setattr("domains.core.health.registry.health_checks", lambda: [check("counting", run=counting)])
    for _ in range(5):
        health.health_report()

    assert len(ran) == 1


def test_an_excluded_check_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "domains.core.health.registry.health_checks", lambda: [check("a", "fail", critical=True), check("b")]
    )

    assert health.health_report(exclude=["a"]).status == "pass"
    assert health.health_report().status == "fail"


def test_the_document_follows_the_draft() -> None:
    timed = check("timed", run=lambda: CheckResult("pass", "Quick.", 1.5, "ms"))
    body = health_json(run_checks([timed, check("other", "warn")]))

    assert body["status"] == "warn"
    assert body["checks"]["timed:responseTime"][0]["observedValue"] == 1.5
    assert "output" not in body["checks"]["timed:responseTime"][0]
    assert body["checks"]["other"][0]["output"] == "other said so."
    assert body["checks"]["other"][0]["status"] == "warn"


def test_strangers_learn_names_and_statuses_only() -> None:
    report = run_checks([check("a", "fail", run=lambda: CheckResult("fail", "db at 10.0.0.7 is down", 3.0, "ms"))])

    assert public_health_json(report)["checks"] == {"a": [{"status": "fail"}]}
    assert brief_health_json(report) == {"status": "warn", "checks": {"a": "fail"}}


def test_database_migrations_and_cache_pass_here() -> None:
    results = [checks.check_database(), checks.check_migrations(), checks.check_cache()]

    assert [result.status for result in results] == ["pass"] * 3, results


def test_a_missing_migration_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("domains.core.service._last_migrations", lambda: frozenset({("core", "0042_more")}))

    found = checks.check_migrations()

    assert found.status == "fail"
    assert "core.0042_more" in found.message
    assert "./dj.sh mig" in found.message


def test_a_cache_that_forgets_fails() -> None:
    dummy = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    with override_settings(CACHES=dummy):
        assert checks.check_cache().status == "fail"


def test_without_a_worker_the_queue_warns_and_says_what_to_do() -> None:
    found = checks.check_queue()

    assert found.status == "warn"
    assert "./dj.sh worker" in found.message


def test_a_beating_worker_passes_and_a_silent_one_warns() -> None:
    worker = Worker.objects.create(host="h", pid=1, started=timezone.now(), seen=timezone.now())
    assert checks.check_queue().status == "pass"

    Worker.objects.filter(pk=worker.pk).update(seen=timezone.now() - timedelta(seconds=60))
    found = checks.check_queue()
    assert found.status == "warn"
    assert "silent for 60 s" in found.message


def test_waiting_runs_are_counted_in_words() -> None:
    Run.objects.create(orchestrator="trace", method="export", plan={"steps": [], "schema": {}})

    assert "1 run waits" in checks.check_queue().message


@pytest.mark.parametrize(
    ("queues", "capacity", "waited_s", "words"),
    [
        ("high,default,bulk", 2, 61, "although workers are free"),
        ("high,default,bulk", 0, 601, "Every worker is busy"),
        ("high,bulk", 2, 1, "No worker serves the queue default"),
        ("high,default,bulk", 2, 1, ""),
        ("high,default,bulk", 0, 61, ""),
    ],
)
def test_a_run_that_nobody_takes_warns_and_says_why(queues: str, capacity: int, waited_s: int, words: str) -> None:
    now = timezone.now()
    Worker.objects.create(host="h", pid=1, started=now, seen=now, queues=queues, capacity=capacity)
    Run.objects.create(orchestrator="trace", method="export", plan={"steps": [], "schema": {}})
    Run.objects.update(created=now - timedelta(seconds=waited_s))

    found = checks.check_queue()
    assert found.status == ("warn" if words else "pass")
    assert words in found.message


def test_the_sampler_check_tells_fresh_stale_and_never() -> None:
    assert checks.check_sampler().status == "warn"

    ready.publish(snapshot())
    assert checks.check_sampler().status == "pass"

    ready.publish(snapshot(at=time.time() - 30))
    found = checks.check_sampler()
    assert found.status == "warn"
    assert "30 s old" in found.message


def test_a_sample_taken_by_a_request_is_no_sampler() -> None:
    ready.publish(snapshot(by="request"))

    assert checks.check_sampler().status == "warn"


@pytest.mark.parametrize(("free", "status"), [(50, "pass"), (9, "warn"), (1, "fail")])
def test_the_disk_check_warns_before_the_disk_is_full(free: int, status: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil

    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(100, 100 - free, free))

    found = checks.check_disk()

    assert (found.status, found.value) == (status, free)


def test_every_check_says_what_is_wrong_in_a_sentence() -> None:
    cache.clear()
    for outcome in health.health_report().outcomes:
        assert outcome.result.message.endswith("."), outcome
        assert outcome.result.message[0].isupper(), outcome
