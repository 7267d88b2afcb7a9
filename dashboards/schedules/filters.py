"""What the list of schedules can be narrowed to."""

from __future__ import annotations

import django_filters

from dashboards.runs.filters import orchestrator_choices
from dashboards.shell.filters import FilterSet
from domains.applications.reads import application_choices
from domains.orchestration import reads


class ScheduleFilter(FilterSet):
    """Schedules by name, what they start and state."""

    search_fields = ("name", "orchestrator", "method", "application", "cron")
    paused = django_filters.BooleanFilter(label="Paused")
    orchestrator = django_filters.ChoiceFilter(choices=orchestrator_choices, label="Orchestrator")
    application = django_filters.ChoiceFilter(choices=application_choices, label="Application")
    queue = django_filters.ChoiceFilter(choices=reads.queue_choices, label="Queue")
