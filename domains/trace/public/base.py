"""The base of Trace's public endpoints that compute their answer."""

from __future__ import annotations

from collections.abc import Sequence

from domains.applications import reads as applications
from domains.applications.reads import ApplicationInfo
from domains.publishing.views import PublicView
from domains.trace.published import library
from domains.trace.rules import Row


class TracerViewBase(PublicView):
    """Derive, write `get(request, app=None)` and end it with `build_response`."""

    def find_application(self, slug: str) -> ApplicationInfo:
        """The application of that slug. Raises NotFound, naming those there are."""
        return applications.application_get(slug)

    def snapshot(self) -> str:
        """The snapshot that readers get."""
        return library.current().snapshot

    def apply_app_filters(self, data: Sequence[Row], data_type: str) -> list[Row]:
        """Those of the rows that are the application's and that its filters let pass; all of them without one."""
        if self.application is None:
            return list(data)
        slug = self.application.slug
        keep = applications.application_filter(slug, data_type)
        return [row for row in data if slug in row.get("applications", []) and keep(row)]
