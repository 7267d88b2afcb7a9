"""The list of changes and the page of one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from domains.applications import reads
from domains.audit.models import Event
from domains.audit.reads import event_list
from domains.audit.writes import record_event
from domains.base.ambient import ambient
from domains.base.database import atomic_write
from domains.orchestration.start import run_now
from tests.domains.applications.factories import add_application

pytestmark = pytest.mark.django_db
LIST = "/events/"


def record(action: str = "shop.order.placed", actor: str = "maria", **values: Any) -> Event:
    kept: dict[str, Any] = {"object_type": "order", "object_id": 7, "object_name": "Order 7"} | values
    with ambient(actor_name=actor), atomic_write():
        record_event(action, **kept)
    return event_list()[0]


def rows(client: Client, **query: str) -> str:
    """The part of the page below the filters."""
    response = client.get(LIST, query)
    assert response.status_code == 200
    return response.content.decode().split('id="results"')[1]


def test_the_list_says_so_when_nothing_was_changed(staff_client: Client) -> None:
    assert "Nothing has been changed yet." in rows(staff_client)


def test_it_shows_who_did_what_to_which_object_newest_first(staff_client: Client) -> None:
    record(before={"state": "open"}, after={"state": "paid", "total": 3})
    record("shop.order.sent", "juan")
    page = rows(staff_client)
    assert page.index("Order sent") < page.index("Order placed")
    for word in ("maria", "juan", "Order 7", "state, total"):
        assert word in page


@pytest.mark.parametrize(
    "query",
    [
        {"actor": "juan"},
        {"action": "shop.order.sent"},
        {"object_type": "parcel"},
        {"object": "9"},
        {"application": "skyflow"},
        {"q": "JUAN parcel"},
    ],
)
def test_each_filter_finds_its_changes(staff_client: Client, query: dict[str, str]) -> None:
    record()
    record("shop.order.sent", "juan", object_type="parcel", object_id=9, object_name="Parcel 9", application="skyflow")
    page = rows(staff_client, **query)
    assert "Parcel 9" in page
    assert "Order 7" not in page


def test_days_are_those_of_the_viewer(staff_client: Client) -> None:
    old = record(object_name="Long ago")
    Event.objects.filter(pk=old.pk).update(at=timezone.now() - timedelta(days=10))
    record(object_name="Just now")
    week_ago = (timezone.localdate() - timedelta(days=7)).isoformat()
    assert "Long ago" not in rows(staff_client, at_after=week_ago)
    assert "Just now" not in rows(staff_client, at_before=week_ago)
    assert "Just now" in rows(
        staff_client, at_after=timezone.localdate().isoformat(), at_before=timezone.localdate().isoformat()
    )
    assert "When:" in rows(staff_client, at_after="yesterday")


def test_a_link_to_something_that_is_not_offered_finds_nothing_and_breaks_nothing(staff_client: Client) -> None:
    record()
    assert "Nothing matches." in rows(staff_client, object_type="unheard", actor="<b>")
    assert "ignored" in rows(staff_client, colour="red")


def test_the_filters_offer_what_stands_in_the_record(staff_client: Client) -> None:
    record()
    record("shop.order.sent", "juan")
    page = staff_client.get(LIST).content.decode()
    assert '<option value="maria">maria</option>' in page
    assert '<option value="shop.order.sent">Order sent</option>' in page


def test_it_exports_what_is_filtered(staff_client: Client) -> None:
    record()
    record("shop.order.sent", "juan", after={"a": 1})
    response = staff_client.get(LIST, {"actor": "juan", "export": "json"})
    exported = b"".join(response.streaming_content).decode()  # type: ignore[attr-defined]
    assert '"action": "shop.order.sent"' in exported
    assert '"fields": ["a"]' in exported
    assert "maria" not in exported


def test_it_costs_the_same_queries_whatever_its_length(
    staff_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(3):
        record()
    staff_client.get(LIST)
    with django_assert_max_num_queries(10) as few:
        staff_client.get(LIST)
    for _ in range(60):
        record()
    with django_assert_max_num_queries(10) as many:
        staff_client.get(LIST, {"page_size": 50})
    assert len(few) == len(many)


def test_strangers_see_no_changes(client: Client) -> None:
    assert client.get(LIST).status_code == 302
    assert client.get(f"{LIST}{record().uuid}/").status_code == 302


def test_the_page_of_a_change_shows_each_field_before_and_after(admin_client: Client, admin: User) -> None:
    info = add_application("skyflow", features=["flow"])
    rule = {"field": "status", "operator": "not_equals", "value": "Draft"}
    values = {"name": "Renamed", "features": ["flow", "kudos"], "filters": {"tag": rule}}
    run = run_now("applications", "update", actor=admin, app="skyflow", values=values)
    event = event_list()[0]
    page = admin_client.get(f"{LIST}{event.uuid}/").content.decode()
    for words in (
        "<del>Skyflow</del>",
        "<ins>Renamed</ins>",
        "kudos",
        "<ins>Status is not Draft</ins>",
        "not set",
        "admin",
    ):
        assert words in page, words
    assert f"/runs/{run.uuid}/" in page
    assert 'href="/applications/skyflow/"' in page
    assert f"object={info.uuid.hex}" in page
    assert "Renamed" in rows(admin_client, object_type="applications.application", object=info.uuid.hex)


def test_a_change_of_an_object_that_is_gone_still_reads(admin_client: Client) -> None:
    add_application("skyflow", active=False)
    run_now("applications", "delete", app="skyflow")
    assert not reads.application_list()
    page = admin_client.get(f"{LIST}{event_list()[0].uuid}/").content.decode()
    assert "Application deleted" in page
    assert 'href="/applications/skyflow/"' not in page


def test_a_change_without_values_and_of_an_unknown_kind_reads_too(staff_client: Client) -> None:
    page = staff_client.get(f"{LIST}{record().uuid}/").content.decode()
    assert "No values were recorded with this change." in page


def test_what_was_recorded_is_shown_as_text(staff_client: Client) -> None:
    event = record(object_name="<b>x</b>", before={"<i>": "<script>"}, after={"<i>": ["<u>"]})
    page = staff_client.get(f"{LIST}{event.uuid}/").content.decode() + rows(staff_client)
    for markup in ("<b>x", "<i>", "<script>\n", "<u>"):
        assert markup not in page


def test_an_unknown_change_is_404(staff_client: Client) -> None:
    assert staff_client.get(f"{LIST}{uuid4()}/").status_code == 404
