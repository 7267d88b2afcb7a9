"""Telling a worker that a run waits. A message that is lost costs time only: the tick sends another."""

from __future__ import annotations

import structlog
from django.conf import settings
from django_q.tasks import async_task
from redis.exceptions import RedisError

from domains.base.database import after_commit
from domains.orchestration.service import runs

log = structlog.get_logger(__name__)


def announce(pk: int) -> None:
    """Queue a wake-up: in this transaction if the queue is in the database, else once it is committed."""
    runs.mark_woken([pk])
    if "orm" in settings.Q_CLUSTER:
        _send(pk)
    else:
        after_commit(lambda: _send_to_redis(pk))


def _send(pk: int) -> None:
    async_task("domains.orchestration.tasks.wake", pk, save=False)


def _send_to_redis(pk: int) -> None:
    try:
        _send(pk)
    except (RedisError, OSError) as error:
        log.warning("wake_up_not_sent", run_id=pk, reason=str(error))
