"""An export from the file to the public bytes, and what it leaves in the database."""

from __future__ import annotations

import json
import os
import shutil
from typing import Any

import pytest
from django.test import Client

from domains.applications import reads as applications
from domains.audit.models import Event
from domains.orchestration.models import Run
from domains.orchestration.start import RunInfo, run_now, start
from domains.orchestration.tasks import run_queued
from domains.trace import staging
from domains.trace.models import Blob, Document, Entry, Publication, Snapshot
from domains.trace.published import store
from tests.domains.trace.place import Place
from tests.domains.trace.workspaces import feature, workspace

pytestmark = pytest.mark.django_db


def get(path: str) -> Any:
    return Client().get(f"/trace/public/{path}")


def result_of(info: RunInfo) -> dict[str, Any]:
    assert isinstance(info.result, dict)
    return info.result


def test_an_export_publishes_every_kind_for_every_application(place: Place) -> None:
    result = place.export()
    assert result["changed"] is True
    assert result["counts"] == {"features": 3, "gateways": 2, "tiers": 2, "tags": 2}
    kinds = {"features", "gateways", "tiers", "tags"}
    names = {
        f"{app}{kind}.json" for app in ("", "skyflow/", "nexus/") for kind in (*kinds, "matrix", "index", "snapshots")
    }
    expected = {name + end for name in names for end in ("", ".gz", ".br")}
    expected |= {f"{app}features.json.rows" for app in ("", "skyflow/", "nexus/")}
    assert set(place.published()) == expected | {"fsm_index.json"}
    assert [row["name"] for row in get("skyflow/features/").json()["data"]] == ["Flow builder", "Live boards"]
    assert get("features/").json()["meta"] == {
        "application": None,
        "endpoint": "/trace/public/features/",
        "total_items": 3,
        "snapshot": result["snapshot"],
    }


def test_the_files_of_the_specification_lead_to_the_current_publication(place: Place) -> None:
    place.export()
    for name in ("features.json", "gateways.json", "tiers.json", "tags.json", "fsm_index.json", "nexus/features.json"):
        assert (place.root / name).read_bytes() == place.published()[name]
    assert get("nexus/features/").content == (place.root / "nexus/features.json").read_bytes()


def test_the_index_tells_the_files_and_the_history(place: Place) -> None:
    first = place.export()["snapshot"]
    place.save(workspace(feature("Live boards", summary="Changed."), feature("New")))
    second = place.export()["snapshot"]
    index = json.loads((place.root / "fsm_index.json").read_text())
    assert index["snapshot"] == second
    assert index["applications"] == ["nexus", "skyflow"]
    assert [(e["snapshot"], e["added"], e["changed"], e["removed"]) for e in index["history"]] == [
        (second, 1, 1, 2),
        (first, 9, 0, 0),
    ]
    for file in index["files"]:
        assert len(place.published()[file["path"]]) == file["bytes"]


def test_an_unchanged_workspace_ends_the_run_early_and_touches_no_byte(place: Place) -> None:
    place.export()
    before, etag, row = place.published(), get("features/")["ETag"], Publication.objects.get()
    os.utime(place.workspace)
    info = run_now("trace", "export")
    assert (info.state, result_of(info)["changed"]) == ("exited", False)
    assert place.published() == before
    assert get("features/")["ETag"] == etag
    assert Publication.objects.get().checked > row.checked
    assert place.leftovers() == []


def test_content_that_comes_back_has_its_old_bytes_and_etag_again(place: Place) -> None:
    first = place.export()["snapshot"]
    etag, body = get("skyflow/tags/")["ETag"], get("skyflow/tags/").content
    place.save(workspace(feature("Other")))
    assert place.export()["snapshot"] != first
    place.save(workspace())
    assert place.export()["snapshot"] == first
    assert (get("skyflow/tags/")["ETag"], get("skyflow/tags/").content) == (etag, body)
    assert Snapshot.objects.count() == 2
    assert Publication.objects.get(current=True).snapshot.name == first
    assert Entry.objects.filter(snapshot__name=first).count() == 9


def test_rows_that_did_not_change_are_stored_once(place: Place) -> None:
    place.export()
    blobs = Blob.objects.count()
    place.save(
        workspace(feature("Live boards"), feature("Flow builder"), feature("Connector kit", ("Nexus",), summary="New."))
    )
    place.export()
    assert Document.objects.count() == 24
    assert Blob.objects.count() - blobs <= 3


def test_a_filter_of_an_application_holds_at_the_next_export(place: Place) -> None:
    place.save(workspace(feature("Now"), feature("Later", status="Planned")))
    place.export()
    assert [row["name"] for row in get("skyflow/features/").json()["data"]] == ["Later", "Now"]
    run_now("applications", "update", app="skyflow", values={"filters": {"feature": {"function": "trace.launched"}}})
    place.export()
    assert [row["name"] for row in get("skyflow/features/").json()["data"]] == ["Now"]
    assert [row["name"] for row in get("features/").json()["data"]] == ["Later", "Now"]


def test_an_application_that_is_switched_off_is_not_published_any_more(place: Place) -> None:
    place.export()
    run_now("applications", "deactivate", app="nexus")
    place.export()
    assert not (place.root / "nexus").exists()
    assert get("nexus/features/").status_code == 404
    assert get("skyflow/features/").status_code == 200


def test_a_publication_is_an_event_with_what_was_before_and_after(place: Place) -> None:
    first = place.export()["snapshot"]
    place.save(workspace(feature("Other")))
    second = place.export()["snapshot"]
    events = Event.objects.filter(action="trace.snapshot.published").order_by("id")
    assert [(e.before and e.before["snapshot"], e.after and e.after["snapshot"]) for e in events] == [
        (None, first),
        (first, second),
    ]
    assert events[1].run_uuid == str(Run.objects.latest("id").uuid)


def test_two_starts_while_one_is_active_are_one_run(place: Place, run_worker: Any) -> None:
    one = start("trace", "export", key="trace.export")
    two = start("trace", "export", key="trace.export")
    assert (one.uuid, two.created) == (two.uuid, False)
    assert run_worker() == 1
    assert Publication.objects.count() == 1


def test_an_export_gives_way_to_one_that_has_begun(place: Place) -> None:
    begun = start("trace", "export", key="trace.export")
    Run.objects.filter(uuid=begun.uuid).update(state="running", cursor=3, lease_until="2099-01-01T00:00Z")
    info = run_now("trace", "export")
    assert result_of(info)["under_way"] == str(begun.uuid)
    assert place.published() == {}


def test_old_publications_go_and_the_current_one_stays(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staging, "KEEP", 3)
    for number in range(5):
        place.save(workspace(feature(f"Feature {number}")))
        place.export()
    assert Publication.objects.count() == 3
    assert Snapshot.objects.count() == 3
    assert Entry.objects.values("snapshot").distinct().count() == 2
    assert len(list(store.versions().iterdir())) == 3
    assert Blob.objects.filter(documents=None).count() == 0
    assert get("features/").json()["data"][0]["name"] == "Feature 4"


def test_a_queued_export_does_the_same(place: Place) -> None:
    start("trace", "export", key="trace.export")
    run_queued()
    run = Run.objects.latest("id")
    assert (run.state, run.error) == ("success", None)
    assert get("features/").status_code == 200


def test_files_that_somebody_took_away_are_published_again(place: Place) -> None:
    before = place.export() and place.published()
    (store.versions() / store.current_folder() / "tags.json").write_text("{}")
    assert place.export()["changed"] is True
    assert place.published()["tags.json"] == before["tags.json"]
    shutil.rmtree(place.root)
    assert place.export()["changed"] is True
    assert place.published()["features.json"] == before["features.json"]


def test_nothing_private_is_published(place: Place) -> None:
    place.export()
    assert applications.available_apps() == ["skyflow", "nexus"]
    for path, body in place.published().items():
        assert b"secret.example" not in body, path
