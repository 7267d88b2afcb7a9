"""Collections: the list, starting one, and one with every part of it as it goes."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from domains.club.models import Collection, Part, Source
from domains.orchestration.models import Run
from domains.orchestration.orchestrator import cancel_run
from domains.orchestration.tasks import run_queued
from tests.dashboards.club.staff import HTMX, allow
from tests.domains.club.place import collect, make_source, write_file

pytestmark = pytest.mark.django_db
URL = "/club/collections/"
POLLER = HTMX | {"HX-Trigger": "parts-poller"}


def newest() -> str:
    return f"{URL}{Collection.objects.latest('id').uuid.hex}/"


def test_an_empty_list_says_so(folder: Path, staff_client: Client) -> None:
    page = staff_client.get(URL).content.decode()
    assert "Nothing has been collected yet." in page
    assert "No collection has run yet." in page


def test_the_button_queues_a_run_and_finds_the_one_that_is_under_way(forum: Source, collector: Client) -> None:
    answer = collector.post(f"{URL}start/")
    assert (answer.status_code, answer["Location"]) == (303, URL)
    run = Run.objects.get(method="collect")
    assert (run.key, run.actor_name, run.args) == ("club.collect", "staff", {"app": "", "feature": ""})
    assert f"run-card-{run.uuid.hex}" in collector.get(URL).content.decode()
    assert "A collection is under way already." in collector.post(f"{URL}start/", follow=True).content.decode()
    assert Run.objects.filter(method="collect").count() == 1


def test_a_part_only_can_be_collected(forum: Source, collector: Client) -> None:
    collect()
    collector.post(f"{URL}start/", {"app": "skyflow", "feature": "help"})
    run_queued()
    last = Collection.objects.latest("id")
    assert (last.application, last.feature, last.actor_name) == ("skyflow", "help", "staff")
    assert list(last.parts.values_list("feature", flat=True)) == ["help"]
    assert "Collection of help, skyflow" in collector.get(newest()).content.decode()
    assert collector.post(f"{URL}start/", {"app": "unknown"}).status_code == 400


def test_htmx_stays_on_the_page_and_tells_its_panels(forum: Source, collector: Client) -> None:
    answer = collector.post(f"{URL}start/", headers=HTMX)
    assert (answer.status_code, answer["HX-Trigger"]) == (200, "vault:refresh")


def test_who_may_not_collect_sees_no_button_and_is_refused(forum: Source, staff_client: Client) -> None:
    page = staff_client.get(URL).content.decode()
    assert "Collect now" not in page
    assert "club.collect_club" in page
    assert staff_client.post(f"{URL}start/").status_code == 403
    assert not Run.objects.filter(orchestrator="club").exists()


def test_the_list_shows_what_each_collection_cost(forum: Source, folder: Path, staff_client: Client) -> None:
    collect()
    (folder / "files-ideas.json").unlink()
    collect()
    rows = list(csv.DictReader(io.StringIO(_export(staff_client, URL))))
    assert [row["State"] for row in rows] == ["partial", "complete"]
    assert [row["Parts"] for row in rows] == ["3", "3"]
    assert [row["Stale"] for row in rows] == ["1", "0"]
    assert [row["Rows"] for row in rows] == ["5", "6"]
    assert "3 of 3" in staff_client.get(URL).content.decode()
    assert "partial" not in _export(staff_client, f"{URL}?state=complete")


def _export(client: Client, url: str) -> str:
    answer = client.get(f"{url}{'&' if '?' in url else '?'}export=csv")
    return b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]


def test_the_page_shows_every_part_with_difference_and_staleness(
    forum: Source, folder: Path, staff_client: Client
) -> None:
    collect()
    write_file(folder, "files-help.json", {"ada": 10, "eve": 1}, topics={"plans": 3})
    (folder / "files-ideas.json").unlink()
    collect()
    rows = {row["Feature"]: row for row in csv.DictReader(io.StringIO(_export(staff_client, newest())))}
    assert rows["help"]["Difference"] == "1; 1; 1"
    assert rows["ideas"]["State"] == "stale"
    page = staff_client.get(newest()).content.decode()
    assert "There is no file files-ideas.json" in page
    assert "figures from" in page
    assert "older figures stand in" in page
    stale = staff_client.get(f"{newest()}?state=stale", headers=HTMX).content.decode()
    assert ">none<" not in stale, "what was not read was not compared"
    assert "files-help" not in staff_client.get(f"{newest()}?state=stale", headers=HTMX).content.decode()


def test_parts_are_filtered_by_feature_hero_metrics_and_difference(
    forum: Source, folder: Path, staff_client: Client
) -> None:
    collect()
    collect()
    assert len(_export(staff_client, f"{newest()}?feature=-").splitlines()) == 2
    assert len(_export(staff_client, f"{newest()}?feature=help").splitlines()) == 2
    assert len(_export(staff_client, f"{newest()}?differs=yes").splitlines()) == 1
    assert len(_export(staff_client, f"{newest()}?differs=no").splitlines()) == 4


def test_a_part_of_a_deleted_source_stays_readable(forum: Source, staff_client: Client) -> None:
    collect()
    Source.objects.all().delete()
    page = staff_client.get(newest()).content.decode()
    assert "deleted" in page
    assert "files" in page


def test_while_it_goes_on_the_parts_renew_themselves_and_stop_with_its_end(forum: Source, collector: Client) -> None:
    collect()
    Collection.objects.update(ended=None, state="running")
    page = collector.get(newest()).content.decode()
    assert 'id="parts-poller" hx-get=""' in page
    fragment = collector.get(newest(), headers=POLLER)
    assert "HX-Push-Url" not in fragment
    assert "parts-poller" not in fragment.content.decode()
    collection = Collection.objects.get()
    Collection.objects.update(ended=collection.started, state="complete")
    last = collector.get(newest(), headers=POLLER).content.decode()
    assert '<div id="parts-poller" hx-swap-oob="true" hidden></div>' in last
    assert "parts-poller" not in collector.get(newest()).content.decode()
    assert "HX-Push-Url" in collector.get(newest(), headers=HTMX), "what a person asks for is a step in the history"


def test_its_panel_shows_figures_and_the_card_with_its_cancel_button(forum: Source, staff: User) -> None:
    client = allow(staff, "collect_club")
    client.post(f"{URL}start/")
    run = Run.objects.get(method="collect")
    collection = Collection.objects.create(run_uuid=str(run.uuid), day="2026-03-02", started=run.created)
    Part.objects.create(collection=collection, source_name="files", kind="file", application="skyflow", position=0)
    answer = client.get(f"{newest()}standing/")
    fragment = answer.content.decode()
    assert f"run-card-{run.uuid.hex}" in fragment
    assert "of 1 asked" in fragment
    again = client.get(f"{newest()}standing/", headers={"If-None-Match": "other"})
    assert again.status_code == 200
    cancel_run(run.uuid)
    assert "Cancelled" in client.get(f"{newest()}standing/").content.decode()


def test_a_collection_outlives_its_run(forum: Source, staff_client: Client) -> None:
    collect()
    Run.objects.all().delete()
    assert staff_client.get(newest()).status_code == 200


def test_the_lists_cost_the_same_however_long_they_are(forum: Source, staff_client: Client) -> None:
    def queries(url: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            staff_client.get(url)
        return len(seen)

    collect()
    for url in (URL, newest()):
        queries(url)
    before = [queries(URL), queries(newest())]
    make_source("more", "nexus", slugs=[f"s{number}" for number in range(15)])
    for _ in range(3):
        collect()
    assert [queries(URL), queries(newest())] == before


def test_an_unknown_collection_is_not_found(folder: Path, staff_client: Client) -> None:
    assert staff_client.get(f"{URL}{'0' * 32}/").status_code == 404
    assert staff_client.get(f"{URL}{'0' * 32}/standing/").status_code == 404
