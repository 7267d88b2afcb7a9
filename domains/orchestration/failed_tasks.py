"""Questions about django-q2's failed tasks: wake-ups and ticks that broke. No run depends on them."""

from __future__ import annotations

from django.db.models import QuerySet
from django_q.models import Failure

from domains.orchestration import service
from domains.orchestration.failures import redact

SHOWN = 500


def failed_tasks() -> QuerySet[Failure]:
    """Tasks of the queue that have failed, newest first, unevaluated, without their arguments."""
    return service.failed_tasks.all().defer("args", "kwargs").order_by("-stopped", "pk")


def failed_task_get(task_id: str) -> Failure:
    """One failed task. Raises NotFound."""
    return service.failed_tasks.get(pk=task_id)


def task_error(task: Failure) -> str:
    """What went wrong, in one line without secrets: the last line of what the task left behind."""
    lines = [line.strip() for line in task_traceback(task).splitlines() if line.strip()]
    return lines[-1][:SHOWN] if lines else "It left no message."


def task_traceback(task: Failure) -> str:
    """All that the task left behind, without secrets; for superusers only."""
    return redact(str(task.result)) if task.result is not None else ""
