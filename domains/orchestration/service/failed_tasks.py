"""django-q2's table of tasks that have failed."""

from __future__ import annotations

from django_q.models import Failure

from domains.base.service import ModelService


class FailedTaskService(ModelService[Failure]):
    """Failed tasks."""

    model = Failure
