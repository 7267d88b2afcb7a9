"""What the list of failed tasks can be narrowed to."""

from __future__ import annotations

import django_filters

from dashboards.shell.filters import FilterSet


class FailedTaskFilter(FilterSet):
    """Failed tasks by function and time."""

    search_fields = ("func", "name", "id")
    stopped = django_filters.DateFromToRangeFilter(label="When")
