"""The overview: tiles, charts, what moved, what is stale, and what it costs."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from domains.applications import reads as applications
from domains.applications.demo import load_demo
from domains.club.models import FeaturePoint, HeroPoint, LastReading, Source
from tests.dashboards.club.shown import chart, page_of, streamed, tell, text_of, today

pytestmark = pytest.mark.django_db
URL = "/club/"
QUERIES = 12


@pytest.fixture(autouse=True)
def no_application_is_remembered(db: None) -> None:
    applications.forget_applications()


def test_before_the_first_collection_it_leads_to_the_sources(staff_client: Client) -> None:
    load_demo()
    page = page_of(staff_client, URL)
    assert "Nothing has been collected yet." in page
    assert 'href="/club/sources/"' in page


def test_tiles_show_each_metric_with_its_growth_in_words(staff_client: Client) -> None:
    tell(stars=7)
    words = text_of(page_of(staff_client, URL))
    assert "Members 1,040" in words
    assert "1 more (+0.1%) than the day before" in words
    assert "7 more (+0.7%) than a week before" in words
    assert "30 more (+3.0%) than a month before" in words
    assert "Stars 7" in words
    assert "unchanged than" not in words
    assert "Forks" not in words


def test_the_chart_is_drawn_beside_the_period_before_and_says_so_in_words(staff_client: Client) -> None:
    tell(days=70)
    page = page_of(staff_client, f"{URL}?range=30")
    lines = chart(page, "members-trend")
    assert lines["Members"] == [1_041 + number for number in range(30)]
    assert lines["The 30 days before"] == [1_011 + number for number in range(30)]
    assert "In these 30 days: 29 more (+2.8%). In the 30 days before: 29 more (+2.9%)." in text_of(page)


def test_a_short_past_is_called_by_its_first_day(staff_client: Client) -> None:
    tell(days=10)
    begun = today() - timedelta(days=9)
    page = page_of(staff_client, f"{URL}?range=90")
    assert f"Since {begun.day} {begun:%b %Y}: 9 more" in text_of(page)
    assert len(chart(page, "members-trend")["Members"]) == 10


def test_a_long_range_is_drawn_by_week(staff_client: Client) -> None:
    tell(days=60)
    values = chart(page_of(staff_client, f"{URL}?range=year"), "members-trend")["Members"]
    assert len(values) in (9, 10)
    assert values[-1] == 1_060
    assert chart(page_of(staff_client, f"{URL}?range=all"), "members-trend") == {"Members": values}
    rows = streamed(staff_client.get(f"{URL}?range=all&export=members-trend")).splitlines()
    monday = today() - timedelta(days=today().weekday())
    assert (rows[0], rows[-1]) == ("Week of,Members", f"{monday.isoformat()},1060")


def test_one_application_is_shown_by_itself_and_all_are_added_up(staff_client: Client) -> None:
    tell("skyflow")
    tell("nexus", slug="help")
    every = page_of(staff_client, URL)
    assert "Members 2,080" in text_of(every)
    assert set(chart(every, "members-by-application")) == {"Skyflow", "Nexus"}
    assert set(chart(every, "features")) == {"Flow (Skyflow)", "Help (Nexus)"}
    one = page_of(staff_client, f"{URL}?app=nexus")
    assert "Members 1,040" in text_of(one)
    assert "members-by-application" not in one
    assert set(chart(one, "features")) == {"Help"}


def test_what_an_address_asks_for_in_vain_is_what_is_usual(staff_client: Client) -> None:
    tell()
    usual = chart(page_of(staff_client, URL), "members-trend")
    strange = page_of(staff_client, f"{URL}?app=nothing&range=17&metric=%3Cscript%3E")
    assert chart(strange, "members-trend") == usual
    assert "<script>" not in strange


def test_the_chosen_metric_is_drawn_and_marked(staff_client: Client) -> None:
    tell(stars=7)
    page = page_of(staff_client, f"{URL}?metric=stars&range=7")
    assert chart(page, "stars-trend")["Stars"] == [7] * 7
    assert re.search(r'tile chosen"><dt>.*?metric=stars[^"]*" aria-current="true"', page)


def test_a_chart_comes_as_csv_with_the_period_before(staff_client: Client) -> None:
    tell(days=20)
    answer = staff_client.get(f"{URL}?range=7&export=members-trend")
    assert answer["Content-Type"].startswith("text/csv")
    rows = list(csv.reader(io.StringIO(streamed(answer))))
    assert rows[0] == ["Day", "Members", "Day (before)", "The 7 days before"]
    before = today() - timedelta(days=7)
    assert rows[-1] == [today().isoformat(), "1020", before.isoformat(), "1013"]
    assert len(rows) == 8


def test_a_chart_that_is_not_there_is_not_found(staff_client: Client) -> None:
    tell()
    assert "There is no chart of that name" in page_of(staff_client, f"{URL}?export=nothing", 404)


def test_features_stand_in_a_table_with_their_change_and_moved_ones_beside(staff_client: Client) -> None:
    tell()
    words = text_of(page_of(staff_client, URL))
    assert "What moved most" in words
    first = today() - timedelta(days=29)
    assert f"than on {first.day} {first:%b %Y}" in words
    assert "+34 to 65" in words  # Ada 11 and Bo 20 thirty days before, Ada 40, Bo 20 and Eva 5 now
    assert "Top ten have" in words
    assert "All 1 feature" in words


def test_stale_figures_are_marked_with_their_date_and_the_source_to_mend(staff_client: Client) -> None:
    tell()
    then = timezone.now() - timedelta(days=3)
    source = Source.objects.create(application="skyflow", name="Forum", kind="file")
    LastReading.objects.create(
        source=source, feature="flow", at=then, reading=b"", digest="", failing_since=then, error="Nobody answered."
    )
    HeroPoint.objects.filter(every="day", at=today()).update(stale={"members": then.isoformat()})
    FeaturePoint.objects.filter(every="day", at=today()).update(stale={"Forum": then.isoformat()})
    page = page_of(staff_client, URL)
    assert text_of(page).count("Stale, of") == 2
    assert "Nobody answered." in page
    assert f'href="/club/sources/{source.uuid.hex}/"' in page


def test_a_source_that_fails_in_all_it_is_asked_about_is_named_once(staff_client: Client) -> None:
    tell()
    then = timezone.now() - timedelta(days=3)
    source = Source.objects.create(application="skyflow", name="Forum", kind="file")
    for feature, error in (("flow", "Nobody answered."), ("", "Nobody answered."), ("help", "It is no list.")):
        LastReading.objects.create(
            source=source, feature=feature, at=then, reading=b"", digest="", failing_since=then, error=error
        )
    words = text_of(page_of(staff_client, URL))
    assert "(Skyflow: flow, hero metrics) Nobody answered." in words
    assert "(Skyflow: help) It is no list." in words
    assert words.count("Nobody answered.") == 1


def test_old_figures_are_called_old(staff_client: Client) -> None:
    tell()
    assert "nothing has been collected since" not in page_of(staff_client, URL)
    HeroPoint.objects.update(collected=timezone.now() - timedelta(days=4))
    FeaturePoint.objects.update(collected=timezone.now() - timedelta(days=4))
    assert "nothing has been collected since" in page_of(staff_client, URL)


def test_it_costs_the_same_queries_whatever_is_shown(staff_client: Client) -> None:
    tell()
    for number in range(5):
        tell("nexus", 10, slug=f"help-{number}")
    for query in ("", "?range=year", "?app=nexus&range=90", "?range=all"):
        applications.forget_applications()
        with CaptureQueriesContext(connection) as queries:
            page_of(staff_client, f"{URL}{query}")
        assert len(queries) <= QUERIES, [query["sql"][:100] for query in queries.captured_queries]
