"""What to do about a run that has ended without success, in words."""

from __future__ import annotations

from typing import Any

ADVICE = {
    "rolled_back": "Everything it had done was undone. Mend the cause, then run it again.",
    "rollback_failed": "Not everything could be undone; its steps say what. Mend the cause, then retry the rollback.",
    "cancelled": "What it had done was undone.",
    "dead": "Its finished steps are kept: “Resume” goes on from there. The log of the worker says why it died.",
    "blocked": "Its finished steps are kept. Deploy code that has the missing step, then resume it.",
}
DETAILS = " Administrators see its traceback on the run's page."
TRY_LATER = "Everything it had done was undone. The cause may pass by itself: run it again in a while."


def advice(run: Any) -> str:
    """A sentence or two; "" for a run that needs none."""
    error = run.error or {}
    if run.state == "rolled_back" and error.get("retryable"):
        return TRY_LATER
    details = DETAILS if error.get("code") == "internal_error" else ""
    return f"{ADVICE.get(run.state, '')}{details}"
