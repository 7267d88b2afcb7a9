"""The list of features: how each stands, search, filters, exports, and what it costs."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from domains.applications import reads as applications
from domains.applications.demo import load_demo
from domains.club.models import Feature, FeaturePoint
from tests.dashboards.club.shown import page_of, streamed, tell, text_of, today

pytestmark = pytest.mark.django_db
URL = "/club/features/"
QUERIES = 9


@pytest.fixture(autouse=True)
def no_application_is_remembered(db: None) -> None:
    applications.forget_applications()


def exported(client: Client, query: str = "") -> list[dict[str, Any]]:
    answer = client.get(f"{URL}?export=json{query}")
    rows: list[dict[str, Any]] = json.loads(streamed(answer))
    return rows


def test_before_the_first_collection_it_leads_to_the_sources(staff_client: Client) -> None:
    load_demo()
    page = page_of(staff_client, URL)
    assert "No feature has been collected yet." in page
    assert 'href="/club/sources/"' in page


def test_each_feature_stands_by_its_newest_point(staff_client: Client) -> None:
    tell(days=3)
    tell("nexus", 2, slug="help")
    rows = exported(staff_client)
    assert [(row["name"], row["application"], row["contributions"]) for row in rows] == [
        ("Flow", "skyflow", 28.0),
        ("Help", "nexus", 27.0),
    ]
    assert (rows[0]["members"], rows[0]["top_share"], rows[0]["day"]) == (3, 1.0, today().isoformat())
    page = page_of(staff_client, URL)
    assert 'href="/club/features/nexus/help/"' in page
    assert "100%" in page


def test_it_is_searched_filtered_and_sorted(staff_client: Client) -> None:
    tell(days=3)
    tell("nexus", 2, slug="help")
    assert [row["name"] for row in exported(staff_client, "&q=hel")] == ["Help"]
    assert [row["name"] for row in exported(staff_client, "&app=skyflow")] == ["Flow"]
    assert [row["name"] for row in exported(staff_client, "&sort=contributions")] == ["Help", "Flow"]
    assert exported(staff_client, "&members_min=4") == []
    assert "Nothing matches." in page_of(staff_client, f"{URL}?members_min=4")


def test_stale_features_and_those_no_longer_collected_can_be_found(staff_client: Client) -> None:
    tell(days=3)
    tell("nexus", 2, slug="help")
    FeaturePoint.objects.filter(feature__slug="flow").update(stale={"Forum": "2026-01-02T03:04:00+00:00"})
    Feature.objects.filter(slug="help").update(active=False)
    assert [row["name"] for row in exported(staff_client, "&stale=true")] == ["Flow"]
    assert [row["name"] for row in exported(staff_client, "&stale=false")] == ["Help"]
    assert [row["name"] for row in exported(staff_client, "&active=false")] == ["Help"]
    words = text_of(page_of(staff_client, URL))
    assert "Stale, of 2 Jan 2026" in words
    assert "Help No longer collected" in words


def test_it_costs_the_same_queries_however_many_there_are(staff_client: Client) -> None:
    counts = []
    for number in range(3):
        tell(days=2, slug=f"flow-{number}")
        applications.forget_applications()
        with CaptureQueriesContext(connection) as queries:
            page_of(staff_client, URL)
        counts.append(len(queries))
    assert counts == [counts[0]] * 3
    assert counts[0] <= QUERIES


def test_a_feature_whose_newest_point_is_old_is_there_too(staff_client: Client) -> None:
    tell(days=2)
    FeaturePoint.objects.filter(every="day", at=today()).delete()
    (row,) = exported(staff_client)
    assert row["day"] == (today() - timedelta(days=1)).isoformat()


def test_the_palette_finds_features_by_name_and_application(staff_client: Client) -> None:
    tell(days=2)
    page = page_of(staff_client, f"{reverse('palette')}?q=flow+sky")
    assert 'href="/club/features/skyflow/flow/"' in page
