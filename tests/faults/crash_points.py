"""The one list of the points at which a process can be made to die."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Point:
    """Where to die, the `nth` time; `task` is what the process does: begin, carry_out, or tick."""

    name: str
    task: str = "carry_out"
    program: str = "good"
    nth: int = 1
    in_transaction: bool = False


POINTS = [
    Point("start.before_insert", "begin", in_transaction=True),
    Point("start.committed", "begin"),
    Point("start.announced", "begin"),
    Point("run.claimed"),
    Point("drill.before_write", in_transaction=True),
    Point("drill.after_write", in_transaction=True),
    Point("step.journalled", in_transaction=True),
    Point("step.committed"),
    Point("external.noted"),
    Point("external.called"),
    Point("external.committed"),
    Point("rollback.first", program="bad"),
    Point("drill.in_rollback", program="bad", in_transaction=True),
    Point("rollback.committed", program="bad"),
    Point("run.ending", in_transaction=True),
    Point("run.ended"),
    Point("reaper.released", "tick", in_transaction=True),
    Point("schedule.started", "tick", in_transaction=True),
]
