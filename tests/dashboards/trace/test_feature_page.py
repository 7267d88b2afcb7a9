"""One feature with everything it is related to."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.domains.trace.place import Place
from tests.domains.trace.workspaces import feature, text, value, workspace

pytestmark = pytest.mark.django_db


def page(client: Client, slug: str) -> str:
    answer = client.get(f"/trace/features/{slug}/")
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_relations_are_links_both_ways(place: Place, staff_client: Client) -> None:
    place.export()
    builder = page(staff_client, "flow-builder")
    assert '<a class="tag" href="/trace/features/live-boards/">Live boards</a>' in builder
    assert '<a class="tag" href="/trace/gateways/web/">Web</a>' in builder
    assert '<a class="tag" href="/trace/tiers/free/">Free</a>' in builder
    assert '<a class="tag" href="/trace/tags/flows/">Flows</a>' in builder
    boards = page(staff_client, "live-boards")
    assert "Features that lead here" in boards
    assert '<a class="tag" href="/trace/features/flow-builder/">Flow builder</a>' in boards


def test_each_kind_of_value_is_shown_for_what_it_is(place: Place, staff_client: Client) -> None:
    properties = {
        "Documentation": value("url", "https://docs.example/flow"),
        "Effort": value("number", 1200),
        "Asked for": value("checkbox", True),
        "Target": value("date", {"start": "2026-12-01", "end": "2026-12-24"}),
        "Created": value("created_time", "2026-07-04T09:09:00.000Z"),
        "Files": value(
            "files",
            [{"name": "Film", "external": {"url": "https://m.example/f.mp4"}}, {"name": "Notes", "file": {"url": "x"}}],
        ),
        "Platforms": value("multi_select", [{"name": "Linux"}]),
        "Notes": value("rich_text", text("")),
    }
    place.save(workspace(feature("Flow builder", ("Skyflow",), **properties)))
    place.export()
    shown = page(staff_client, "flow-builder")
    for words in (
        '<a href="https://docs.example/flow" rel="noreferrer">',
        "1,200",
        ">Yes",
        "2026-12-01 to 2026-12-24",
        "04 Jul 2026 09:09",
        '<a href="https://m.example/f.mp4" rel="noreferrer">Film</a>',
        'Notes <span class="muted">(not published)</span>',
        '<span class="tag">Linux</span>',
        '<span class="muted">–</span>',
    ):
        assert words in shown, words


def test_a_feature_that_is_not_published_is_404(place: Place, staff_client: Client) -> None:
    assert staff_client.get("/trace/features/live-boards/").status_code == 404
    place.export()
    assert staff_client.get("/trace/features/nothing/").status_code == 404
    assert staff_client.post("/trace/features/live-boards/").status_code == 405


def test_it_costs_the_same_queries_however_many_relations_it_has(place: Place, staff_client: Client) -> None:
    others = [feature(f"Other {n}", depends=("Hub",)) for n in range(40)]
    place.save(workspace(feature("Hub", depends=tuple(f"Other {n}" for n in range(40))), *others))
    place.export()
    page(staff_client, "hub")
    with CaptureQueriesContext(connection) as queries:
        page(staff_client, "hub")
    assert len(queries) <= 9
