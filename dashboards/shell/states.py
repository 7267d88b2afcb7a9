"""States as tags: a colour, an icon and a word, since a colour alone says nothing to some."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class State:
    """How a state looks."""

    tone: str
    icon: str
    word: str


_OK, _RUN, _WARN, _BAD = "ok", "run", "warn", "bad"
STATES = {
    "queued": State("", "clock", "Queued"),
    "running": State(_RUN, "refresh-cw", "Running"),
    "active": State(_OK, "circle-check", "Active"),
    "cancelling": State(_WARN, "ban", "Cancelling"),
    "rolling_back": State(_WARN, "undo-2", "Rolling back"),
    "done": State(_OK, "circle-check", "Done"),
    "success": State(_OK, "circle-check", "Done"),
    "published": State(_OK, "circle-check", "Published"),
    "pass": State(_OK, "circle-check", "Passing"),
    "ok": State(_OK, "circle-check", "OK"),
    "complete": State(_OK, "circle-check", "Complete"),
    "read": State(_RUN, "download", "Read"),
    "new": State("", "circle-dashed", "Never read"),
    "failing": State(_BAD, "circle-x", "Failing"),
    "partial": State(_WARN, "triangle-alert", "Partial"),
    "warn": State(_WARN, "triangle-alert", "Warning"),
    "stale": State(_WARN, "clock", "Stale"),
    "fail": State(_BAD, "circle-x", "Failing"),
    "failed": State(_BAD, "circle-x", "Failed"),
    "error": State(_BAD, "circle-x", "Error"),
    "rolled_back": State(_BAD, "undo-2", "Rolled back"),
    "rollback_failed": State(_BAD, "triangle-alert", "Rollback failed"),
    "cancelled": State("", "ban", "Cancelled"),
    "exited": State(_OK, "circle-check", "Ended early"),
    "waiting": State("", "circle-dashed", "Waiting"),
    "dead": State(_BAD, "circle-x", "Dead"),
    "blocked": State(_BAD, "lock", "Blocked"),
    "undoing": State(_WARN, "undo-2", "Being undone"),
    "undone": State(_WARN, "undo-2", "Undone"),
    "undo_failed": State(_BAD, "triangle-alert", "Not undone"),
    "interrupted": State(_WARN, "zap", "Interrupted"),
    "retrying": State(_WARN, "rotate-ccw", "Waiting to try again"),
    "children": State(_RUN, "clock", "Waiting for children"),
    "working": State(_OK, "circle-check", "Working"),
    "silent": State(_WARN, "triangle-alert", "Silent"),
    "paused": State("", "ban", "Paused"),
    "inactive": State("", "ban", "Inactive"),
}


def state(name: str) -> State:
    """How the state called `name` looks; one that is not known here shows its own name in grey."""
    return STATES.get(name) or State("", "circle-dashed", name.replace("_", " ").capitalize() or "Unknown")
