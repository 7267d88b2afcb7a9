"""Routes of the pages of sources, collections, members, the cache and the service's health."""

from __future__ import annotations

from dashboards.club import cache, collections, community, health, members, source_editing, source_pages
from dashboards.club.collection_panels import CollectionPanel, LatestCollectionPanel
from dashboards.club.source_pages import MANAGE, ReportPanel
from dashboards.shell.panels import panel_view
from domains.base import converters as _converters  # noqa: F401 - registers <anyuuid:…>
from domains.permissions.access import STAFF
from domains.permissions.routes import route

SOURCE = "club/sources/<anyuuid:source_uuid>/"
COLLECTION = "club/collections/<anyuuid:collection_uuid>/"
MEMBER = "club/members/<anyuuid:member_uuid>/"

urlpatterns = [
    route("club/sources/", source_pages.SourcesPage.as_view(), name="club_sources", access=STAFF),
    route("club/sources/new/", source_editing.create_page, name="club_source_create", access=MANAGE),
    route(SOURCE, source_pages.source_page, name="club_source", access=STAFF),
    route(f"{SOURCE}report/", panel_view(ReportPanel), name="club_source_report", access=STAFF),
    route(f"{SOURCE}edit/", source_editing.edit_page, name="club_source_edit", access=MANAGE),
    route(f"{SOURCE}test/", source_pages.test_source, name="club_source_test", access=MANAGE),
    route(f"{SOURCE}found/", source_pages.found_page, name="club_source_found", access=MANAGE),
    route(f"{SOURCE}delete/", source_pages.delete_page, name="club_source_delete", access=MANAGE),
    route("club/community/", community.community_page, name="club_community", access=STAFF),
    route("club/community/<slug:app>/", community.decide_page, name="club_community_decide", access=MANAGE),
    route("club/collections/", collections.CollectionsPage.as_view(), name="club_collections", access=STAFF),
    route("club/collections/start/", collections.collect, name="club_collect", access=collections.COLLECT),
    route("club/collections/latest/", panel_view(LatestCollectionPanel), name="club_latest_collection", access=STAFF),
    route(COLLECTION, collections.CollectionPage.as_view(), name="club_collection", access=STAFF),
    route(f"{COLLECTION}standing/", panel_view(CollectionPanel), name="club_collection_standing", access=STAFF),
    route("club/members/", members.MembersPage.as_view(), name="club_members", access=STAFF),
    route(MEMBER, members.member_page, name="club_member", access=STAFF),
    route(f"{MEMBER}erase/", members.erase_page, name="club_member_erase", access=members.ERASE),
    route("club/cache/", cache.cache_page, name="club_cache", access=STAFF),
    route("club/cache/clear/", cache.clear_cache, name="club_cache_clear", access=cache.CLEAR),
    route("club/admin/service-health/", health.health_page, name="club_service_health", access=STAFF),
    route(
        "club/admin/service-health/service/", panel_view(health.ServicePanel), name="club_service_panel", access=STAFF
    ),
    route("club/admin/service-health/sources/", panel_view(health.ReachPanel), name="club_reach_panel", access=STAFF),
    route("club/admin/service-health/test/", health.test_every_source, name="club_test_every", access=health.MANAGE),
]
