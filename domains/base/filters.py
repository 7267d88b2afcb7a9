"""The base of the filters of JSON lists."""

from __future__ import annotations

from django_filters.rest_framework import FilterSet


class ApiFilterSet(FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Derive, and declare the filters by hand."""
