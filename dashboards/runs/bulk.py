"""What can be done with many runs at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest

from dashboards.runs.deeds import BY_NAME, CANCEL_RUN, RETRY_RUN, Deed, mending
from dashboards.shell.bulk import BulkAction
from domains.base.errors import Conflict, PermissionDenied, VaultError

MOST = 1000
"""How many runs are steered at one go: each is a commit with its audit event, and a request must end."""
NAMED = 3
"""How many reasons are said why runs could not be started; a message is read, and stored, at one go."""


def _each(rows: Any, choose: Callable[[Any], Deed | None], other: str) -> str:
    """Do to each run what fits it; one for which nothing fits is counted and left alone."""
    done: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    passed, denied, left = 0, 0, max(0, rows.count() - MOST)
    for run in list(rows[:MOST]):
        deed = choose(run)
        try:
            if deed is None:
                raise Conflict(other)
            deed.do(run.uuid)
            done[deed.after] += 1
        except Conflict:
            passed += 1
        except PermissionDenied:
            denied += 1
        except VaultError as error:
            faults[error.message] += 1
    said = [f"{words}: {count:,}." for words, count in done.items()]
    said += [f"{other}: {passed:,}."] if passed else []
    said += [f"Left alone, since you may not start them: {denied:,}."] if denied else []
    said += [f"{count:,} of them: {message}" for message, count in faults.most_common(NAMED)]
    said += [f"These were the first {MOST:,}; choose again for the other {left:,}."] if left else []
    return " ".join(said)


def _cancel(request: HttpRequest, rows: Any) -> str:
    return _each(rows, lambda run: BY_NAME["cancel"], "Already ended")


def _retry(request: HttpRequest, rows: Any) -> str:
    return _each(rows, mending, "Left alone, since nothing is to be mended")


def _again(request: HttpRequest, rows: Any) -> str:
    return _each(rows, lambda run: BY_NAME["again"], "Not ended yet, so left alone")


CANCEL = BulkAction(
    "cancel", "Cancel", "x", CANCEL_RUN, _cancel, "Cancel {n} run{s}, undoing what was done?", danger=True
)
RETRY = BulkAction(
    "retry",
    "Retry",
    "rotate-ccw",
    RETRY_RUN,
    _retry,
    "Retry {n} run{s}? Stuck ones are resumed, steps and rollbacks that failed are tried again, and what was rolled "
    "back or cancelled is run again. Runs that succeeded or are under way are left alone.",
)
AGAIN = BulkAction("again", "Run again", "copy", RETRY_RUN, _again, "Run {n} run{s} again?")
