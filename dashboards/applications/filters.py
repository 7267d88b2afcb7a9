"""The filters of the list of applications."""

from __future__ import annotations

import django_filters

from dashboards.shell.filters import FilterSet


class ApplicationFilter(FilterSet):
    """Quick search, and active or not."""

    search_fields = ("name", "slug", "description")
    active = django_filters.TypedChoiceFilter(
        label="State", choices=(("true", "Active"), ("false", "Inactive")), coerce=lambda text: text == "true"
    )
