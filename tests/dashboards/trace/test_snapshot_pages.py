"""Snapshots: the timeline, one snapshot, differences, the history of a row, publishing again and approving."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from domains.audit.reads import event_list
from domains.orchestration import reads as runs
from domains.orchestration.start import run_now
from domains.trace import reads
from domains.trace.service import snapshots
from tests.domains.trace.place import Place
from tests.domains.trace.workspaces import feature, workspace

pytestmark = pytest.mark.django_db
URL = "/trace/snapshots/"
QUERIES = 14


def publish(place: Place, *features: dict[str, Any]) -> str:
    """Export these features; the name of the snapshot."""
    place.save(workspace(*features))
    place.export()
    current = reads.current_publication()
    assert current
    return current.snapshot.name


@pytest.fixture
def three(place: Place) -> list[str]:
    """Three snapshots: a feature comes, one changes, one goes."""
    boards = feature("Live boards", gateways=("Web", "Phone"))
    first = publish(place, boards, feature("Flow builder"))
    second = publish(place, boards, feature("Flow builder", status="Beta", gateways=("Phone",)), feature("Late idea"))
    third = publish(place, boards, feature("Late idea"))
    return [first, second, third]


@pytest.fixture
def publisher(staff: User, staff_client: Client) -> Client:
    """A client of somebody who may publish."""
    staff.user_permissions.add(Permission.objects.get(codename="publish_trace"))
    return staff_client


def page(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, url
    return str(answer.content.decode())


def export(client: Client, url: str) -> list[dict[str, str]]:
    answer: Any = client.get(url)
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))


def test_the_timeline_tells_what_came_changed_and_went(three: list[str], staff_client: Client) -> None:
    rows = export(staff_client, f"{URL}?export=csv")
    assert [row["Snapshot"] for row in rows] == three[::-1]
    assert [(row["Added"], row["Changed"], row["Removed"]) for row in rows][:2] == [("0", "0", "1"), ("1", "1", "0")]
    shown = page(staff_client, URL)
    assert shown.count("Current") == 1
    assert f'href="/trace/snapshots/{three[0]}/"' in shown


@pytest.mark.parametrize(("query", "count"), [("differs=yes", 1), ("differs=no", 2), ("actor=nobody", 0), ("q=zzz", 0)])
def test_the_timeline_is_filtered(three: list[str], staff_client: Client, query: str, count: int) -> None:
    assert len(export(staff_client, f"{URL}?export=csv&{query}")) == count


def test_each_state_says_what_it_is(place: Place, staff_client: Client) -> None:
    assert "Nothing has been published yet." in page(staff_client, URL)
    assert "There are not two snapshots yet." in page(staff_client, f"{URL}difference/")
    name = publish(place, feature("Live boards"))
    assert "There are not two snapshots yet." in page(staff_client, f"{URL}difference/")
    assert "Nothing matches." in page(staff_client, f"{URL}?q=zzz")
    for url in (URL, f"{URL}difference/", f"{URL}{name}/"):
        answer = Client().get(url)
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/accounts/login/")
    assert staff_client.get(f"{URL}0123456789abcdef/").status_code == 404


def test_a_snapshot_shows_its_rows_by_application_and_when_readers_got_it(
    three: list[str], staff_client: Client
) -> None:
    shown = page(staff_client, f"{URL}{three[1]}/")
    assert "3 features, 2 gateways, 2 tiers, 2 tags" in shown
    assert '<th scope="row">skyflow</th>' in shown
    assert f"/trace/snapshots/difference/?before={three[2]}&amp;after={three[1]}" in shown
    assert "Publish again" not in shown  # without the permission


def test_a_difference_names_rows_and_fields_with_relations_in_words(three: list[str], staff_client: Client) -> None:
    shown = page(staff_client, f"{URL}difference/?before={three[0]}&after={three[1]}")
    assert "1 added" in shown
    assert "1 changed" in shown
    assert "0 removed" in shown
    assert "Late idea" in shown
    assert "<del>Shipped</del>" in shown
    assert "<ins>Beta</ins>" in shown
    assert ">Web</del>" in shown  # the gateway by its name, not by its id
    back = page(staff_client, f"{URL}difference/?before={three[1]}&after={three[0]}&kind=features&q=late")
    assert "1 removed" in back
    assert "Flow builder" not in back
    assert "Nothing that fits differs." in page(
        staff_client, f"{URL}difference/?before={three[0]}&after={three[1]}&kind=tags"
    )
    assert "These snapshots hold the same." in page(
        staff_client, f"{URL}difference/?before={three[0]}&after={three[0]}"
    )


def test_without_names_the_last_change_is_shown(three: list[str], staff_client: Client) -> None:
    shown = page(staff_client, f"{URL}difference/")
    assert f'<option value="{three[2]}" selected' in shown
    assert f'<option value="{three[1]}" selected' in shown
    run_now("trace", "publish", snapshot=three[0])
    again = page(staff_client, f"{URL}difference/")
    assert f'name="before"><option value="{three[2]}" selected' in again
    assert f'<option value="{three[0]}" selected' in again.split('name="after"')[1]


@pytest.mark.parametrize("query", ["before=nothing", "after=0123456789abcdef", "before=a%0d%0aX:1", "export=xml"])
def test_what_cannot_be_compared_is_404(three: list[str], staff_client: Client, query: str) -> None:
    assert staff_client.get(f"{URL}difference/?{query}").status_code == 404


def test_a_difference_is_exported_field_by_field(three: list[str], staff_client: Client) -> None:
    url = f"{URL}difference/?before={three[0]}&after={three[1]}&export="
    rows = export(staff_client, f"{url}csv")
    assert {(row["what"], row["name"]) for row in rows} == {("added", "Late idea"), ("changed", "Flow builder")}
    assert {row["field"] for row in rows} == {"", "status", "gateways"}
    answer: Any = staff_client.get(f"{url}json&application=nexus")
    assert json.loads(b"".join(answer.streaming_content)) == []


def test_the_history_of_a_row_tells_each_change_and_its_end(three: list[str], staff_client: Client) -> None:
    changed = reads.difference(three[0], three[1], kind="features").changed[0].row
    shown = page(staff_client, f"/trace/history/features/{changed.page_id}/")
    assert shown.index("Removed") < shown.index("Changed") < shown.index("Added")
    assert "<ins>Beta</ins>" in shown
    assert "History of Flow builder" in shown
    assert f'href="/trace/history/features/{changed.page_id}/"' not in page(staff_client, "/trace/features/late-idea/")
    assert staff_client.get(f"/trace/history/features/{'0' * 32}/").status_code == 404
    assert staff_client.get(f"/trace/history/nothing/{changed.page_id}/").status_code == 404


def test_an_older_snapshot_is_published_again_in_one_click(
    three: list[str], publisher: Client, run_worker: Callable[[], int]
) -> None:
    assert 'id="publish"' in page(publisher, f"{URL}{three[0]}/")
    assert 'id="publish"' not in page(publisher, f"{URL}{three[2]}/")  # readers get that one
    answer = publisher.post(f"{URL}{three[0]}/publish/")
    assert answer.status_code == 303
    assert answer["Location"].startswith("/runs/")
    run_worker()
    current = reads.current_publication()
    assert current and current.snapshot.name == three[0]
    assert page(publisher, "/trace/features/flow-builder/")


def test_only_those_with_the_permission_publish(three: list[str], staff_client: Client) -> None:
    for deed in ("publish", "approve", "dismiss"):
        assert staff_client.post(f"{URL}{three[0]}/{deed}/").status_code == 403
    assert not runs.run_list().filter(method__in=("publish", "approve", "dismiss")).exists()


def test_no_other_word_or_method_starts_anything(three: list[str], publisher: Client) -> None:
    assert publisher.post(f"{URL}{three[0]}/explode/").status_code == 404
    assert publisher.post(f"{URL}0123456789abcdef/publish/").status_code == 404
    assert publisher.get(f"{URL}{three[0]}/publish/").status_code == 405


def test_a_held_snapshot_is_shown_with_its_reason_and_can_be_approved(
    three: list[str], publisher: Client, run_worker: Callable[[], int]
) -> None:
    snapshots.filter(name=three[1]).update(held="It lost 40 % of the <b>features</b>.")
    shown = page(publisher, URL)
    assert "waits for approval" in shown
    assert "It lost 40 % of the &lt;b&gt;features&lt;/b&gt;." in shown
    one = page(publisher, f"{URL}{three[1]}/")
    assert 'id="approve"' in one
    assert 'id="dismiss"' in one
    assert 'id="publish"' not in one
    publisher.post(f"{URL}{three[1]}/approve/")
    run_worker()
    current = reads.current_publication()
    assert current and current.snapshot.name == three[1]
    assert "waits for approval" not in page(publisher, URL)


def test_the_record_of_changes_leads_to_the_snapshot_while_it_is_kept(three: list[str], staff_client: Client) -> None:
    event = event_list().filter(object_type="trace.snapshot", object_name=three[1]).first()
    assert event
    url = reverse("event", args=[event.uuid])
    assert f'href="/trace/snapshots/{three[1]}/"' in page(staff_client, url)
    snapshots.filter(name=three[1]).update(name="gone", digest="gone")
    assert f"/trace/snapshots/{three[1]}/" not in page(staff_client, url)


def test_the_pages_cost_the_same_queries_however_many_snapshots_there_are(place: Place, staff_client: Client) -> None:
    def count(url: str) -> int:
        page(staff_client, url)
        with CaptureQueriesContext(connection) as queries:
            page(staff_client, url)
        return len(queries)

    publish(place, feature("Live boards"))
    names = [publish(place, feature("Live boards", summary=f"Version {n}")) for n in range(1, 3)]
    difference = f"{URL}difference/?before={names[0]}&after={names[1]}"
    few = [count(url) for url in (URL, f"{URL}{names[0]}/", difference)]
    for n in range(3, 9):
        publish(place, feature("Live boards", summary=f"Version {n}"))
    assert [count(url) for url in (URL, f"{URL}{names[0]}/", difference)] <= few
    assert max(few) <= QUERIES
