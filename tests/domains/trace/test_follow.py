"""The database says what is published; the files of each machine follow it."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from domains.base.errors import Unavailable
from domains.orchestration.models import Run
from domains.orchestration.start import start
from domains.orchestration.tasks import run_queued
from domains.trace import follow, staging
from domains.trace.models import Coming, Machine, Publication
from domains.trace.published import store
from tests.domains.trace.place import Place
from tests.domains.trace.workspaces import feature, workspace

pytestmark = pytest.mark.django_db


@pytest.fixture
def published(place: Place) -> Place:
    """A place with two publications."""
    place.export()
    place.save(workspace(feature("Live boards", summary="New."), feature("Other")))
    place.export()
    return place


def test_a_machine_that_has_nothing_writes_the_same_files_by_itself(
    published: Place, tmp_path: Path, settings: Any
) -> None:
    made_by_the_export = published.published()
    settings.VAULT_DATA_ROOT = tmp_path / "other machine"
    assert follow.follow() is True
    assert published.published() == made_by_the_export
    assert (tmp_path / "other machine" / "skyflow" / "features.json").read_bytes()
    assert follow.follow() is False


def test_files_that_are_taken_away_come_back(published: Place) -> None:
    before = published.published()
    shutil.rmtree(published.root)
    assert follow.follow() is True
    assert published.published() == before


def test_an_application_that_left_is_unlinked_on_a_machine_that_follows(published: Place) -> None:
    former, current = Publication.objects.order_by("id")
    assert (published.root / "nexus").is_dir()
    former.snapshot.applications = ["skyflow"]
    former.snapshot.save()
    Publication.objects.filter(pk=current.pk).update(current=False)
    Publication.objects.filter(pk=former.pk).update(current=True)
    shutil.rmtree(store.versions() / former.folder)
    assert follow.follow() is True
    assert not (published.root / "nexus").exists()
    assert json.loads((published.root / "features.json").read_bytes())["meta"]["snapshot"] == former.snapshot.name


def test_looking_costs_one_short_query(published: Place) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert follow.follow() is False
    assert len(queries) == 1


def test_before_the_first_publication_there_is_nothing_to_follow(place: Place) -> None:
    assert follow.follow() is False
    assert not place.root.exists()


def test_a_machine_that_cannot_show_it_withdraws_nothing(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.export()
    old = store.current_folder()
    place.save(workspace(feature("Other")))
    info = start("trace", "export")

    def refuse() -> bool:
        raise Unavailable("There is no room left.")

    monkeypatch.setattr(follow, "follow", refuse)
    run_queued()
    run = Run.objects.get(uuid=info.uuid)
    assert run.state == "success"
    assert store.current_folder() == old != Publication.objects.get(current=True).folder
    monkeypatch.undo()
    assert follow.follow() is True
    assert store.current_folder() == Publication.objects.get(current=True).folder


def test_what_is_about_to_be_published_is_written_ahead_by_other_machines(
    published: Place, tmp_path: Path, settings: Any
) -> None:
    here = settings.VAULT_DATA_ROOT
    old = Publication.objects.get(current=True)
    follow.prepare()
    published.save(workspace(feature("Live boards"), feature("Other"), feature("Third")))
    waited: list[str] = []

    def elsewhere(folder: str, is_over: object) -> list[str]:
        settings.VAULT_DATA_ROOT = tmp_path / "there"
        follow.prepare()
        waited.append(Machine.objects.get(name=follow.here()).prepared)
        assert store.is_complete(folder)
        assert follow.follow() is True
        assert store.current_folder() == old.folder
        settings.VAULT_DATA_ROOT = here
        return []

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(follow, "wait_for_machines", elsewhere)
        published.export()
    assert waited == [Publication.objects.get(current=True).folder] == [store.current_folder()]
    assert not Coming.objects.exists()


def test_a_publication_waits_for_machines_that_are_there_and_not_for_ever(
    published: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "WAIT_S", 0.2)
    now = timezone.now()
    Machine.objects.create(name="there", seen=now, prepared="")
    Machine.objects.create(name="gone", seen=now - timedelta(hours=1), prepared="")
    Machine.objects.create(name="ready", seen=now, prepared="folder")
    assert follow.wait_for_machines("folder", lambda: False) == ["there"]
    assert follow.wait_for_machines("folder", lambda: True) == ["there"]
    Machine.objects.filter(name="there").update(prepared="folder")
    assert follow.wait_for_machines("folder", lambda: False) == []
    published.save(workspace(feature("Live boards"), feature("Other"), feature("Third")))
    Machine.objects.filter(name="there").update(prepared="")
    assert published.export()["changed"] is True
    lines = Run.objects.latest("id").log_lines.values_list("line", flat=True)
    assert any("there is not ready yet" in line for line in lines)


def test_a_run_that_fails_calls_off_what_it_announced(published: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    published.save(workspace(feature("Live boards"), feature("Other"), feature("Third")))

    def refuse(*_: object) -> int:
        assert Coming.objects.count() == 1
        raise Unavailable("There is no room left.")

    monkeypatch.setattr(staging, "write", refuse)
    with pytest.raises(Unavailable):
        published.export()
    assert not Coming.objects.exists()


def test_a_machine_is_told_of_seldom(published: Place) -> None:
    follow.prepare()
    with CaptureQueriesContext(connection) as queries:
        follow.prepare()
    assert len(queries) == 1
