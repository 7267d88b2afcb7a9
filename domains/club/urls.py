"""The JSON routes of Club."""

from __future__ import annotations

from domains.base import converters as _converters  # noqa: F401 - registers <anyuuid:…>
from domains.club import api, api_cache, api_collections, api_figures
from domains.club.public.urls import urlpatterns as public
from domains.permissions.access import STAFF, permission
from domains.permissions.routes import route

API = "api/club/"
SOURCE = f"{API}sources/<anyuuid:source_uuid>/"
FEATURE = f"{API}features/<anyuuid:feature_uuid>/"
MEMBER = f"{API}members/<anyuuid:member_uuid>/"
ERASE = permission("club.erase_members")

urlpatterns = [
    *public,
    route(f"{API}sources/", api.SourcesView, name="api_club_sources", access=STAFF),
    route(SOURCE, api.SourceView, name="api_club_source", access=STAFF),
    route(f"{SOURCE}test/", api.SourceTestView, name="api_club_source_test", access=api.MANAGE),
    route(f"{API}communities/", api.CommunitiesView, name="api_club_communities", access=STAFF),
    route(f"{API}communities/<slug:app>/", api.CommunityView, name="api_club_community", access=STAFF),
    route(f"{API}collections/", api_collections.CollectionsView, name="api_club_collections", access=STAFF),
    route(
        f"{API}collections/<anyuuid:collection_uuid>/",
        api_collections.CollectionView,
        name="api_club_collection",
        access=STAFF,
    ),
    route(f"{API}parts/", api_collections.PartsView, name="api_club_parts", access=STAFF),
    route(f"{API}hero-metrics/", api_figures.HeroMetricsView, name="api_club_hero_metrics", access=STAFF),
    route(f"{API}features/", api_figures.FeaturesView, name="api_club_features", access=STAFF),
    route(FEATURE, api_figures.FeatureView, name="api_club_feature", access=STAFF),
    route(f"{FEATURE}points/", api_figures.FeaturePointsView, name="api_club_feature_points", access=STAFF),
    route(f"{API}members/", api_figures.MembersView, name="api_club_members", access=STAFF),
    route(MEMBER, api_figures.MemberView, name="api_club_member", access=STAFF),
    route(f"{MEMBER}erase/", api_figures.MemberEraseView, name="api_club_member_erase", access=ERASE),
    route(f"{API}cache/", api_cache.CacheView, name="api_club_cache", access=STAFF),
    route(f"{API}cache/<str:key>/", api_cache.CacheEntryView, name="api_club_cache_entry", access=STAFF),
]
