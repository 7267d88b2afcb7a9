"""Sources are saved, changed, deleted and tested by runs; secrets are seen by nobody."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from domains.audit.models import Event
from domains.base.errors import Conflict, NotFound, ValidationFailed
from domains.club import source_writes
from domains.club.models import Community, KeptAnswer, LastReading, Source
from domains.club.service import kept_answers, sources
from domains.club.sources.keep import Kept
from domains.orchestration.context import context_manager
from domains.orchestration.main import MainOrchestrator
from domains.orchestration.models import Run, Step
from domains.orchestration.secrets import Secret
from domains.orchestration.start import run_now, start
from domains.orchestration.tasks import run_queued
from tests.domains.club.place import make_place, make_source
from tests.emulators.discourse import DiscourseEmulator, make_forum
from tests.emulators.json_api import JsonApi

pytestmark = pytest.mark.django_db
FORUM: dict[str, Any] = {
    "application": "skyflow",
    "name": "Forum",
    "kind": "discourse",
    "config": {"url": "https://forum.example"},
    "features": [{"slug": "support", "name": "Support", "select": {"from": "category", "id": "support/5"}}],
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    return make_place(tmp_path, settings)


@pytest.fixture
def api() -> Iterator[JsonApi]:
    with JsonApi() as emulator:
        yield emulator


def save(
    source: Source | None = None, secret: Secret | None = None, version: int | None = None, **values: Any
) -> Source:
    """Save and read again."""
    given = values if source else {**FORUM, **values}
    name = source.uuid.hex if source else ""
    run = run_now("club", "save_source", source=name, values=given, secret=secret, version=version)
    result: Any = run.result
    return Source.objects.get(uuid=result["uuid"])


def faults(**values: Any) -> dict[str, list[str]]:
    with pytest.raises(ValidationFailed) as caught:
        save(**values)
    assert not Source.objects.exists()
    return caught.value.fields


def events(*names: str) -> list[Event]:
    return [event for event in Event.objects.order_by("id") if event.action in names]


def test_a_source_is_saved_with_an_event(folder: Path) -> None:
    source = save(name="  Forum  ")
    assert (source.name, source.kind, source.version, source.active) == ("Forum", "discourse", 1, True)
    (event,) = events("club.source.created")
    assert event.after is not None
    assert (event.object_id, event.after["secret"]) == (source.uuid.hex, False)


def test_a_secret_is_stored_encrypted_and_shown_nowhere() -> None:
    source = save(secret=Secret("s3cret-key"))
    assert Secret.of_token(source.secret).reveal() == "s3cret-key"
    everything = [*Source.objects.values(), *Run.objects.values(), *Step.objects.values(), *Event.objects.values()]
    assert "s3cret-key" not in str(everything)
    (event,) = events("club.source.created")
    assert event.after is not None and event.after["secret"] is True


def test_a_secret_stays_unless_it_is_replaced_or_forgotten() -> None:
    source = save(secret=Secret("one"))
    assert Secret.of_token(save(source, name="Renamed").secret).reveal() == "one"
    assert Secret.of_token(save(source, secret=Secret("two")).secret).reveal() == "two"
    assert save(source, secret=Secret("")).secret == ""


def test_a_secret_that_comes_readable_is_refused() -> None:
    with pytest.raises(ValidationFailed) as caught:
        save(secret="readable")  # type: ignore[arg-type]
    assert "secret" in caught.value.fields


def test_a_readable_secret_is_refused_before_a_run_is_stored() -> None:
    with pytest.raises(ValidationFailed):
        start("club", "save_source", values=FORUM, secret="tell-nobody")
    assert not Run.objects.filter(method="save_source").exists()


def test_only_what_differs_is_changed_and_told() -> None:
    source = save()
    changed = save(source, active=False, name="Forum")
    assert (changed.active, changed.version) == (False, 2)
    (event,) = events("club.source.updated")
    assert (event.before, event.after) == ({"active": True}, {"active": False})
    assert save(source, active=False).version == 2


def test_a_change_of_an_older_version_is_refused() -> None:
    source = save()
    save(source, active=False, version=1)
    with pytest.raises(Conflict, match="changed by somebody else"):
        save(source, active=True, version=1)


def test_another_configuration_makes_the_report_and_kept_answers_worthless() -> None:
    source = save()
    Source.objects.update(report={"ok": True})
    kept_answers.keep(source.pk, {"a": Kept('"1"', "", {}, b"x", timezone.now())})
    assert save(source, active=False).report == {"ok": True}
    assert save(source, config={"url": "https://other.example"}).report is None
    assert not KeptAnswer.objects.exists()


def test_readings_of_features_that_are_not_asked_about_any_more_are_forgotten() -> None:
    source = save()
    for feature in ("", "support", "gone"):
        LastReading.objects.create(source=source, feature=feature, at=timezone.now(), reading=b"", digest="")
    save(source, active=False)
    assert {row.feature for row in LastReading.objects.all()} == {"", "support"}


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": 5}, "name"),
        ({"application": "nobody"}, "application"),
        ({"application": ["skyflow"]}, "application"),
        ({"kind": "telegraph"}, "kind"),
        ({"kind": {}}, "kind"),
        ({"active": "yes"}, "active"),
        ({"config": []}, "config"),
        ({"config": {}}, "config.url"),
        ({"config": {"url": 5}}, "config.url"),
        ({"config": {"url": "x" * 5000}}, "config.url"),
        ({"config": {"url": "https://a.example", "color": "red"}}, "config.color"),
        ({"config": {"url": "https://a.example", "days": "many"}}, "config.days"),
        ({"config": {"url": "https://a.example", "period": "hourly"}}, "config.period"),
        ({"features": {}}, "features"),
        ({"features": [5]}, "features"),
        ({"features": [{}] * 101}, "features"),
        ({"features": [{"slug": "Big Words", "name": "x", "select": {"from": "directory"}}]}, "features.0.slug"),
        ({"features": [{"slug": "index", "name": "x", "select": {"from": "directory"}}]}, "features.0.slug"),
        ({"features": [{"slug": "a", "name": "", "select": {"from": "directory"}}]}, "features.0.name"),
        ({"features": [{"slug": "a", "name": "A", "select": {}}]}, "features.0.from"),
        ({"features": [{"slug": "a", "name": "A", "select": 5}]}, "features.0"),
        ({"features": [{"slug": "a", "name": "A", "select": {"from": "directory"}}] * 2}, "features.1.slug"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_does_not_fit_is_told_by_field(values: dict[str, Any], field: str) -> None:
    assert faults(**values).keys() == {field}


def test_values_that_are_no_object_are_refused() -> None:
    with pytest.raises(ValidationFailed):
        run_now("club", "save_source", values=[1])


def test_names_are_unique_within_an_application() -> None:
    save()
    with pytest.raises(ValidationFailed) as caught:
        save()
    assert caught.value.fields == {"name": ["This application has a source of this name already."]}


def test_application_and_kind_stay() -> None:
    source = save()
    with pytest.raises(ValidationFailed) as caught:
        save(source, application="atlas", kind="http")
    assert caught.value.fields.keys() >= {"application", "kind"}


@pytest.mark.parametrize("uuid", ["0" * 32, "no uuid"])
@pytest.mark.parametrize("method", ["save_source", "delete_source", "test_source"])
def test_a_source_that_is_not_there_is_not_found(uuid: str, method: str) -> None:
    with pytest.raises(NotFound):
        more: dict[str, Any] = {"values": {}} if method == "save_source" else {}
        run_now("club", method, source=uuid, **more)


def test_a_source_is_deleted_with_what_was_kept_of_it() -> None:
    source = save()
    LastReading.objects.create(source=source, feature="", at=timezone.now(), reading=b"", digest="")
    run_now("club", "delete_source", source=source.uuid.hex)
    assert not Source.objects.exists() and not LastReading.objects.exists()
    assert events("club.source.deleted")


def test_files_that_no_source_names_go_with_it(folder: Path) -> None:
    from domains.club.sources.folder import keep_upload

    names = [keep_upload(f"{each}.json", [b"{}"]) for each in ("hero", "other")]
    for name in names:
        os.utime(folder / name, (1000, 1000))
    source = make_source(hero=names[0], slugs=())
    run_now("club", "delete_source", source=make_source("second", slugs=()).uuid.hex)
    assert [(folder / name).exists() for name in names] == [True, False]
    run_now("club", "delete_source", source=source.uuid.hex)
    assert not (folder / names[0]).exists()


@context_manager()
def fail(orchestrator: MainOrchestrator) -> None:
    """The step after."""
    raise ValidationFailed("The step after fails.")


def and_then_fails(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Have a step that fails staged after those of `add_…`."""
    real = getattr(source_writes, name)

    def staged(orchestrator: MainOrchestrator, *args: Any) -> None:
        real(orchestrator, *args)
        orchestrator.add_step(fail)

    monkeypatch.setattr(source_writes, name, staged)


def state_of(source: Source) -> dict[str, Any]:
    row = Source.objects.get(uuid=source.uuid)
    names = ("application", "name", "kind", "config", "features", "active", "secret", "uuid")
    return {name: getattr(row, name) for name in names}


def test_a_new_source_is_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    and_then_fails(monkeypatch, "add_saving")
    start("club", "save_source", values=FORUM)
    run_queued()
    assert Run.objects.order_by("-pk")[0].state == "rolled_back"
    assert not Source.objects.exists()
    assert len(events("club.source.created", "club.source.creation_undone")) == 2


def test_a_change_is_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    source = save(secret=Secret("one"))
    before = state_of(source)
    and_then_fails(monkeypatch, "add_saving")
    values = {"name": "Other", "active": False, "config": {"url": "https://other.example"}, "features": []}
    start("club", "save_source", source=source.uuid.hex, values=values, secret=Secret("two"))
    run_queued()
    assert state_of(source) == before
    assert events("club.source.change_undone")


def test_a_deleted_source_is_brought_back(monkeypatch: pytest.MonkeyPatch) -> None:
    source = save(secret=Secret("s3cret-key"))
    before = state_of(source)
    and_then_fails(monkeypatch, "add_deleting")
    start("club", "delete_source", source=source.uuid.hex)
    run_queued()
    assert state_of(source) == before
    assert "s3cret-key" not in str([*Step.objects.values(), *Run.objects.values()])


def test_a_decision_about_names_is_set_and_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    run_now("club", "set_community", app="skyflow", publish_names=True)
    assert Community.objects.get().publish_names
    run_now("club", "set_community", app="skyflow", publish_names=True)
    assert len(events("club.community.decided")) == 1
    and_then_fails(monkeypatch, "add_deciding")
    start("club", "set_community", app="skyflow", publish_names=False)
    run_queued()
    assert Community.objects.get().publish_names
    with pytest.raises(NotFound):
        run_now("club", "set_community", app="nobody", publish_names=True)


def report_of(source: Source) -> dict[str, Any]:
    start("club", "test_source", source=source.uuid.hex)
    run_queued()
    return dict(Source.objects.get(uuid=source.uuid).report or {})


def test_a_test_keeps_what_it_has_found() -> None:
    with DiscourseEmulator(make_forum()) as forum:
        report = report_of(save(config={"url": forum.url}))
    assert (report["ok"], report["message"]) == (True, "Emulated forum answers: 120 members.")
    assert report["found"][0] == {"slug": "directory", "name": "Directory", "select": {"from": "directory", "id": ""}}
    assert report["at"]


def test_a_fault_of_the_source_is_a_report_too(api: JsonApi) -> None:
    report = report_of(save(kind="http", config={"url": f"{api.url}/gone"}, features=[]))
    assert (report["ok"], "status 404" in report["message"]) == (False, True)
    assert Run.objects.order_by("-pk")[0].state == "success"


def test_a_secret_that_cannot_be_decrypted_is_said() -> None:
    source = save(secret=Secret("one"))
    Source.objects.update(secret="gAAAAAB" + "x" * 100)
    report = report_of(source)
    assert (report["ok"], report["clicks"]) == (False, ["Enter the secret again."])


def test_a_report_about_a_source_that_changed_meanwhile_is_not_kept(api: JsonApi) -> None:
    source = save(kind="http", config={"url": f"{api.url}/stats"}, features=[])
    real = sources.get

    def changed_meanwhile(**conditions: Any) -> Source:
        row = real(**conditions)
        Source.objects.filter(pk=row.pk).update(version=row.version + 1)
        return row

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sources, "get", changed_meanwhile)
        assert report_of(source) == {}


def test_a_test_writes_no_secret_anywhere(api: JsonApi) -> None:
    api.secret = "s3cret-key"
    config = {"url": f"{api.url}/stats"}
    report = report_of(save(kind="http", config=config, features=[], secret=Secret("s3cret-key")))
    assert report["ok"]
    assert "s3cret-key" not in json.dumps(report) + str([*Run.objects.values(), *Step.objects.values()])
