"""What the list of runs can be narrowed to."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet

from dashboards.shell.filters import FilterSet
from domains.applications.reads import application_choices
from domains.orchestration import reads

CHILDREN = [("all", "Shown too"), ("only", "Nothing else")]
LIFTING = ("children", "parent")
"""Filters that ask for child runs by themselves."""


def orchestrator_choices() -> list[tuple[str, str]]:
    """Registered orchestrators."""
    return [(name, name.capitalize()) for name in reads.orchestrator_names()]


class RunFilter(FilterSet):
    """Runs by state, what runs, for which application, who started them, where they wait and when.

    Child runs are left out but for stuck ones, unless `children` or `parent` asks for them or a uuid is searched.
    """

    group = django_filters.ChoiceFilter(
        choices=reads.group_choices, label="Show", method="of_group", empty_label="Every state"
    )
    children = django_filters.ChoiceFilter(
        choices=CHILDREN, label="Child runs", method="with_children", empty_label="Only stuck ones"
    )
    orchestrator = django_filters.ChoiceFilter(choices=orchestrator_choices, label="Orchestrator")
    application = django_filters.ChoiceFilter(choices=application_choices, label="Application")
    queue = django_filters.ChoiceFilter(choices=reads.queue_choices, label="Queue")
    actor = django_filters.CharFilter(
        field_name="actor_name", lookup_expr="icontains", label="Started by", max_length=150
    )
    created = django_filters.DateFromToRangeFilter(label="Queued")
    parent = django_filters.UUIDFilter(field_name="parent__uuid", label="Children of the run")
    state = django_filters.MultipleChoiceFilter(
        choices=reads.state_choices(), label="State", widget=forms.CheckboxSelectMultiple
    )

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """What the values ask for, without the child runs that nobody asks for."""
        given = self.form.cleaned_data
        asked = any(given.get(name) for name in LIFTING) or reads.as_uuid(given.get("q") or "")
        found: QuerySet[Any] = super().filter_queryset(queryset)
        return found if asked else reads.without_children(found)

    def of_group(self, rows: QuerySet[Any], name: str, group: str) -> QuerySet[Any]:
        """Runs in one of the group's states."""
        return reads.of_group(rows, group)

    def with_children(self, rows: QuerySet[Any], name: str, which: str) -> QuerySet[Any]:
        """Child runs alone; every run for any other choice."""
        return rows.exclude(parent=None) if which == "only" else rows

    def quick_search(self, rows: QuerySet[Any], name: str, text: str) -> QuerySet[Any]:
        """Words of the name, the application and the actor, or a run's uuid."""
        return reads.run_search(rows, text)
