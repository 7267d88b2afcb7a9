"""Telling workers that a run waits. A message that is lost costs time only: the tick sends another."""

from __future__ import annotations

import structlog
from django.conf import settings
from django_q.tasks import async_task
from redis.exceptions import RedisError

from domains.base.database import after_commit
from domains.orchestration.models import Run
from domains.orchestration.service import runs
from domains.orchestration.states import Queue

WAKE = "domains.orchestration.tasks.wake"
log = structlog.get_logger(__name__)


def announce(run: Run) -> None:
    """Queue a wake-up: in this transaction if the queue is in the database, else once it is committed.

    It names queues, not the run: the worker takes whichever run comes first in them.
    """
    runs.mark_woken([run.pk])
    queue = run.queue
    if "orm" in settings.Q_CLUSTER:
        _send(queue)
    else:
        after_commit(lambda: _send_to_redis(queue))


def _send(queue: str) -> None:
    if settings.SEPARATE_QUEUES:
        async_task(WAKE, queue, save=False, cluster=settings.Q_CLUSTER["name"] if queue == Queue.DEFAULT else queue)
    else:
        async_task(WAKE, *Queue.values, save=False)


def _send_to_redis(queue: str) -> None:
    try:
        _send(queue)
    except (RedisError, OSError) as error:
        log.warning("wake_up_not_sent", queue=queue, reason=str(error))
