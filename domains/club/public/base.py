"""The base of Club's public endpoints that compute their answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from domains.applications import reads as applications
from domains.applications.reads import ApplicationInfo
from domains.club import cached
from domains.club.published import library
from domains.publishing.views import PublicView

Row = Mapping[str, Any]


class BaseClubAPIView(PublicView):
    """Derive, write `get(request, app_name=None)` and end it with `build_response`."""

    def find_application(self, slug: str) -> ApplicationInfo:
        """The application of that slug. Raises NotFound, naming those there are."""
        return applications.application_get(slug)

    def snapshot(self) -> str:
        """The snapshot that readers get."""
        return library.current().snapshot

    def data_of(self, filename: str) -> Any:
        """The data of a published document, such as features.json, of the application or of all, through the cache."""
        return cached.data_of(filename, self.application.slug if self.application else "")["data"]

    def apply_app_filters(self, data: Sequence[Row], data_type: str) -> list[Row]:
        """Those of the rows that are the application's and that its filters let pass; all of them without one."""
        if self.application is None:
            return list(data)
        slug = self.application.slug
        keep = applications.application_filter(slug, data_type)
        return [row for row in data if row.get("application") == slug and keep(row)]
