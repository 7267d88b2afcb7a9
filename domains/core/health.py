"""Running the health checks: side by side, none longer than a second, at most once a second."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

import structlog
from django.conf import settings

from domains.base.database import connection
from domains.extensions import registry
from domains.extensions.extension import CheckResult, HealthCheck

log = structlog.get_logger(__name__)
TIMEOUT = 1.0
KEPT = 1.0
Status = Literal["pass", "warn", "fail"]
MEASURES = {"ms": "responseTime", "percent": "utilization", "s": "age"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one check found, and how many milliseconds it took."""

    check: HealthCheck
    result: CheckResult
    took_ms: float

    @property
    def name(self) -> str:
        """Name of the check."""
        return self.check.name

    @property
    def status(self) -> Status:
        """pass, warn or fail."""
        return self.result.status


@dataclass(frozen=True, slots=True)
class Report:
    """What all checks found at one time."""

    at: datetime
    outcomes: tuple[Outcome, ...]

    @property
    def status(self) -> Status:
        """fail when a critical check fails, warn when any other does not pass, else pass."""
        if any(outcome.check.critical and outcome.status == "fail" for outcome in self.outcomes):
            return "fail"
        return "pass" if all(outcome.status == "pass" for outcome in self.outcomes) else "warn"

    @property
    def passing(self) -> int:
        """How many checks pass."""
        return sum(outcome.status == "pass" for outcome in self.outcomes)

    @property
    def http_status(self) -> int:
        """200 unless something critical fails, then 503."""
        return 503 if self.status == "fail" else 200

    def without(self, names: Collection[str]) -> Report:
        """The report as if these checks did not exist."""
        return replace(self, outcomes=tuple(o for o in self.outcomes if o.name not in names))

    def only(self, names: Collection[str]) -> Report:
        """The report of these checks alone."""
        return replace(self, outcomes=tuple(o for o in self.outcomes if o.name in names))


class _Runner:
    """One check: at most one run of it is under way, however long it hangs."""

    def __init__(self, check: HealthCheck) -> None:
        self.check = check
        self._running: threading.Thread | None = None
        self._since = 0.0
        self._outcome: Outcome | None = None

    @property
    def busy(self) -> bool:
        return self._running is not None and self._running.is_alive()

    def start(self) -> None:
        if self.busy:
            return
        self._outcome, self._since = None, time.monotonic()
        self._running = threading.Thread(target=self._run, name=f"health-{self.check.name}", daemon=True)
        self._running.start()

    def finish(self, until: float) -> Outcome:
        """The outcome, or a failure when there is none by that monotonic time."""
        if self._running is not None:
            self._running.join(max(0.0, until - time.monotonic()))
        if self._outcome is not None:
            return self._outcome
        waited = time.monotonic() - self._since
        words = f"No answer within {waited:.0f} s. What it asks for hangs; look at that service."
        return Outcome(self.check, CheckResult("fail", words), waited * 1000)

    def _run(self) -> None:
        start = time.perf_counter()
        try:
            result = self.check.run()
        except Exception as error:  # a check of an extension may raise anything
            log.warning("health.check_broke", check=self.check.name, exc_info=True)
            result = CheckResult("fail", f"The check itself broke with {type(error).__name__}. See the log.")
        finally:
            connection().close()
        self._outcome = Outcome(self.check, result, round((time.perf_counter() - start) * 1000, 1))


_guard = threading.Lock()
_runners: dict[str, _Runner] = {}
_latest: tuple[float, Report] | None = None


def health_report(exclude: Collection[str] = ()) -> Report:
    """What all checks but the excluded ones found, not more than a second ago. Takes a second at most."""
    global _latest
    with _guard:
        if _latest is None or time.monotonic() - _latest[0] > KEPT:
            report = run_checks(registry.health_checks())
            _latest = (time.monotonic(), report)
        report = _latest[1]
    return report.without(exclude) if exclude else report


def forget_report() -> None:
    """Have the next report made anew."""
    global _latest
    _latest = None


def run_checks(checks: Sequence[HealthCheck]) -> Report:
    """Run these checks side by side."""
    runners = []
    for check in checks:
        runner = _runners.get(check.name)
        if runner is None or (runner.check != check and not runner.busy):
            runner = _runners[check.name] = _Runner(check)
        runner.start()
        runners.append(runner)
    until = time.monotonic() + TIMEOUT
    return Report(datetime.now(UTC), tuple(runner.finish(until) for runner in runners))


def health_json(report: Report) -> dict[str, Any]:
    """The whole report, for staff, as draft-inadarei-api-health-check-05 writes it."""
    checks: dict[str, list[dict[str, Any]]] = {}
    for outcome in report.outcomes:
        result, measure = outcome.result, MEASURES.get(outcome.result.unit)
        entry: dict[str, Any] = {"componentType": outcome.check.component, "status": result.status}
        if result.value is not None:
            entry |= {"observedValue": result.value, "observedUnit": result.unit}
        entry["time"] = report.at.isoformat(timespec="milliseconds")
        if result.status != "pass":
            entry["output"] = result.message
        checks.setdefault(f"{outcome.name}:{measure}" if measure else outcome.name, []).append(entry)
    head = {"status": report.status, "version": "1", "releaseId": settings.VAULT_VERSION, "serviceId": "vault"}
    return head | {"checks": checks, "links": {}, "notes": []}


def public_health_json(report: Report) -> dict[str, Any]:
    """What anybody may know: the status of Vault, and the name and status of each check."""
    checks = {outcome.name: [{"status": outcome.status}] for outcome in report.outcomes}
    return {"status": report.status, "version": "1", "serviceId": "vault", "checks": checks}


def brief_health_json(report: Report) -> dict[str, Any]:
    """The simple form that scripts read: one word for Vault and one for each check."""
    return {"status": report.status, "checks": {outcome.name: outcome.status for outcome in report.outcomes}}
