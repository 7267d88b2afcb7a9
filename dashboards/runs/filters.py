"""What the lists of runs and schedules can be narrowed to."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet

from dashboards.shell.filters import FilterSet
from domains.applications.reads import application_choices
from domains.orchestration import reads


def orchestrator_choices() -> list[tuple[str, str]]:
    """Registered orchestrators."""
    return [(name, name.capitalize()) for name in reads.orchestrator_names()]


class RunFilter(FilterSet):
    """Runs by state, orchestrator, application, who started them and when."""

    state = django_filters.MultipleChoiceFilter(
        choices=reads.state_choices(), label="State", widget=forms.CheckboxSelectMultiple
    )
    orchestrator = django_filters.ChoiceFilter(choices=orchestrator_choices, label="Orchestrator")
    application = django_filters.ChoiceFilter(choices=application_choices, label="Application")
    actor = django_filters.CharFilter(
        field_name="actor_name", lookup_expr="icontains", label="Started by", max_length=150
    )
    created = django_filters.DateFromToRangeFilter(label="Queued")

    def quick_search(self, rows: QuerySet[Any], name: str, text: str) -> QuerySet[Any]:
        """Words of the name, the application and the actor, or a run's uuid."""
        return reads.run_search(rows, text)


class ScheduleFilter(FilterSet):
    """Schedules by name and state."""

    search_fields = ("name", "orchestrator", "method", "application", "cron")
    paused = django_filters.BooleanFilter(label="Paused")
