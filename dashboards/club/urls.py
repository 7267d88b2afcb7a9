"""Routes of the pages of Club."""

from __future__ import annotations

from dashboards.club.feature import feature_page
from dashboards.club.features import FeaturesPage
from dashboards.club.overview import overview_page
from dashboards.club.preview import preview_page
from dashboards.club.source_urls import urlpatterns as source_patterns
from domains.permissions.access import STAFF
from domains.permissions.routes import route

urlpatterns = [
    route("club/", overview_page, name="club_overview", access=STAFF),
    route("club/features/", FeaturesPage.as_view(), name="club_features", access=STAFF),
    route("club/features/<slug:app>/<slug:slug>/", feature_page, name="club_feature", access=STAFF),
    route("club/preview/", preview_page, name="club_preview", access=STAFF),
    *source_patterns,
]
