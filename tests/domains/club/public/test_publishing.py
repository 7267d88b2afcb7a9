"""Publishing: one switch, nothing when nothing has changed, and as it was before when a run fails."""

from __future__ import annotations

import gzip
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from domains.audit import reads as audit
from domains.club import follow, publish_writes, published
from domains.club.models import ClubDocument, ClubPublication, Community, Feature, HeroPoint, Member
from domains.club.published import store
from domains.club.service import publications
from domains.orchestration.models import Run
from domains.orchestration.start import run_now, start
from domains.orchestration.tasks import run_queued
from domains.publishing import storage
from tests.domains.club.public.place import LAST, Place, fill

pytestmark = pytest.mark.django_db


def grow(by: float = 1.0) -> None:
    """Other figures on the last day."""
    point = HeroPoint.objects.get(application="skyflow", every="day", at=LAST)
    point.figures["members"] += by
    point.save()


def test_the_files_are_linked_beside_those_of_other_services(filled: Place) -> None:
    (filled.root / "features.json").write_text("of another service")
    grow()
    filled.publish()
    links = sorted(str(path.relative_to(filled.root)) for path in filled.root.rglob("*.json") if path.is_symlink())
    assert links == [
        "club_index.json", "help-most-present.json", "hero-metrics.json", "nexus/hero-metrics.json",
        "skyflow/help-most-present.json", "skyflow/hero-metrics.json",
    ]  # fmt: skip
    assert os.readlink(filled.root / "skyflow/hero-metrics.json") == "../club/current/skyflow/hero-metrics.json"
    assert filled.document("skyflow/hero-metrics.json")["data"][0]["value"] == 109
    assert (filled.root / "features.json").read_text() == "of another service"


def test_the_index_tells_the_history_of_publications(filled: Place) -> None:
    first = filled.document("club_index.json")["snapshot"]
    grow()
    filled.publish()
    index = filled.document("club_index.json")
    assert [told["snapshot"] for told in index["history"]] == [index["snapshot"], first]
    assert (index["day"], index["service"]) == ("2026-03-10", "club")
    assert {file["path"] for file in index["files"]} >= {"features.json", "skyflow/history.json", "index.json"}


def test_nothing_is_switched_when_readers_get_these_figures_already(filled: Place) -> None:
    before, target = ClubPublication.objects.get(), store.current_folder()
    said = filled.publish()
    assert (said["changed"], said["message"]) == (False, publish_writes.UNCHANGED)
    assert ClubPublication.objects.get() == before
    assert store.current_folder() == target


def test_damaged_files_are_published_anew(filled: Place) -> None:
    (store.versions() / store.current_folder() / "features.json").write_text("{}")
    assert filled.publish()["changed"] is True
    assert store.damaged(store.current_folder()) == []


def test_other_figures_are_published_with_an_event(filled: Place) -> None:
    grow()
    said = filled.publish()
    assert (said["changed"], said["message"]) == (True, "Published 14 documents of 2026-03-10.")
    new, old = ClubPublication.objects.order_by("-id")
    assert (new.current, old.current, published.current_day()) == (True, False, LAST)
    event: Any = audit.event_list().filter(action="club.publication.published").first()
    assert (event.before["snapshot"], event.after["snapshot"]) == (old.snapshot, new.snapshot)


def test_a_run_that_fails_later_gives_readers_what_they_got_before(filled: Place) -> None:
    before = filled.files()
    grow()
    info = start("club_publisher", "publish", fail=True)
    run_queued()
    assert Run.objects.get(uuid=info.uuid).state == "rolled_back"
    follow.follow()
    assert filled.files() == before
    assert ClubPublication.objects.get().current


def test_the_first_publication_can_be_undone_too(place: Place) -> None:
    fill()
    start("club_publisher", "publish", fail=True)
    run_queued()
    assert not ClubPublication.objects.exists()
    assert published.current_day() is None


def test_a_disk_that_refuses_leaves_nothing_behind(filled: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    before = filled.files()
    grow()
    write = storage.write_file

    def full(path: Path, data: bytes) -> None:
        if path.name == "features.json":
            raise OSError(28, "No space left on device")
        write(path, data)

    monkeypatch.setattr(storage, "write_file", full)
    info = start("club_publisher", "publish")
    run_queued()
    run: Any = Run.objects.get(uuid=info.uuid)
    assert run.state == "rolled_back"
    assert "There is no room left" in run.error["message"]
    assert filled.files() == before
    assert ClubPublication.objects.count() == 1
    assert [path.name for path in store.versions().iterdir()] == [store.current_folder()]


def staged(place: Place, monkeypatch: pytest.MonkeyPatch, between: Any) -> None:
    """Publish, with something else that happens between the making of the documents and the switch."""
    record = publications.locked_current

    def late() -> Any:
        monkeypatch.undo()
        between()
        return record()

    monkeypatch.setattr(publications, "locked_current", late)
    place.publish()


@pytest.mark.parametrize("what", ["erased", "named"])
def test_documents_are_made_anew_when_people_have_decided_meanwhile(
    filled: Place, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    Community.objects.create(application="skyflow", publish_names=True)
    filled.publish()
    assert b"Ada" in filled.files()["skyflow/help-most-present.json"]
    grow()

    def erase() -> None:
        Member.objects.filter(name="Ada").delete()

    def forbid() -> None:
        row = Community.objects.get()
        row.publish_names = False
        row.save()

    staged(filled, monkeypatch, erase if what == "erased" else forbid)
    assert b"Ada" not in filled.files()["skyflow/help-most-present.json"]
    assert filled.document("skyflow/hero-metrics.json")["data"][0]["value"] == 109
    assert ClubPublication.objects.filter(staged_upon="").count() == ClubPublication.objects.count() == 3


def test_a_machine_that_has_nothing_writes_the_same_files_by_itself(
    filled: Place, tmp_path: Path, settings: Any
) -> None:
    mine = filled.files()
    settings.VAULT_DATA_ROOT = tmp_path / "other machine"
    assert follow.follow() is True
    assert filled.files() == mine
    assert json.loads((tmp_path / "other machine/skyflow/hero-metrics.json").read_bytes())
    assert follow.follow() is False


def test_looking_costs_one_short_query(filled: Place) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert follow.follow() is False
    assert len(queries) == 1


def test_stored_documents_are_the_files(filled: Place) -> None:
    files = filled.files()
    for row in ClubDocument.objects.all():
        path = f"{row.application}/{row.name}.json" if row.application else f"{row.name}.json"
        assert gzip.decompress(bytes(row.body)) == files[path]


def test_documents_are_kept_of_the_last_two_publications(filled: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "KEEP", 3)
    for _ in range(3):
        grow()
        filled.publish()
    assert ClubPublication.objects.count() == 3
    kept = ClubPublication.objects.filter(documents__isnull=False).distinct()
    assert set(kept) == set(ClubPublication.objects.order_by("-id")[:2])


def test_after_an_erasure_nothing_older_is_left(filled: Place, tmp_path: Path, settings: Any) -> None:
    settings.VAULT_DATA_ROOT = tmp_path / "other machine"
    follow.follow()
    settings.VAULT_DATA_ROOT = filled.root
    old = store.current_folder()
    grow()
    filled.publish("publish_and_forget")
    assert ClubPublication.objects.get().folder == store.current_folder() != old
    assert [path.name for path in store.versions().iterdir()] == [store.current_folder()]
    settings.VAULT_DATA_ROOT = tmp_path / "other machine"
    follow.follow()
    follow.tidy()
    assert [path.name for path in store.versions().iterdir()] == [store.current_folder()]


def test_other_machines_clear_away_what_was_forgotten_while_nothing_was_switched(filled: Place) -> None:
    shutil.copytree(store.versions() / store.current_folder(), store.versions() / "older")
    assert follow.tidy() == ["older"]
    shutil.copytree(store.versions() / store.current_folder(), store.versions() / "older")
    assert follow.tidy() == []  # only now and then


def test_a_feature_that_goes_takes_its_links_with_it(filled: Place) -> None:
    assert (filled.root / "help-most-present.json").exists()
    Feature.objects.update(active=False)
    filled.publish()
    assert not (filled.root / "help-most-present.json").is_symlink()
    assert not (filled.root / "skyflow/help-most-present.json").is_symlink()


def test_a_decision_about_names_is_published_soon(filled: Place) -> None:
    run_now("club", "set_community", app="skyflow", publish_names=True)
    run_queued()
    assert b"Ada" in filled.files()["skyflow/help-most-present.json"]
    run_now("club", "set_community", app="skyflow", publish_names=False)
    run_queued()
    assert b"Ada" not in filled.files()["skyflow/help-most-present.json"]
