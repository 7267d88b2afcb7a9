"""What Trace adds to Vault: health, freshness, a row filter, demo data."""

from __future__ import annotations

import shutil

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from domains.extensions import registry
from domains.extensions.extension import CheckResult
from domains.orchestration.models import Run
from domains.publishing import storage
from domains.trace import clients, demo
from domains.trace.models import Entry, Publication
from domains.trace.published import store
from domains.trace.workspace import check, parse
from tests.domains.trace.place import Place

pytestmark = pytest.mark.django_db


def health() -> CheckResult:
    return next(check.run() for check in registry.health_checks() if check.name == "data files")


def test_health_says_that_nothing_was_exported(place: Place) -> None:
    assert (health().status, health().message) == ("warn", "Nothing has been exported yet.")


def test_health_passes_when_the_files_are_those_of_the_database(place: Place) -> None:
    place.export()
    assert (health().status, health().value) == ("pass", 21)


def test_health_names_files_that_are_missing_or_altered(place: Place) -> None:
    place.export()
    folder = store.versions() / store.current_folder()
    (folder / "tags.json").unlink()
    (folder / "skyflow/features.json").write_text("{}")
    assert health().status == "fail"
    assert health().message == "Missing or altered: tags.json, skyflow/features.json. Run the export."
    place.export()
    assert health().status == "pass"


def test_an_index_that_cannot_be_read_is_noticed_and_made_good_by_the_next_export(place: Place) -> None:
    place.export()
    (store.versions() / store.current_folder() / "fsm_index.json").write_text("{")
    assert "The index of" in health().message
    assert place.export()["changed"] is True
    assert health().status == "pass"


def test_health_notices_that_readers_get_something_else(place: Place) -> None:
    place.export()
    storage.point(store.current_link(), "versions/other")
    assert "but readers get other" in health().message
    shutil.rmtree(place.root)
    assert "but readers get nothing" in health().message
    place.export()
    assert health().status == "pass"


def test_freshness_is_when_the_source_was_last_found_unchanged(place: Place) -> None:
    assert [(row.application, row.published, row.items) for row in registry.freshness()] == [
        ("skyflow", None, 0),
        ("nexus", None, 0),
    ]
    place.export()
    place.export()
    row = registry.freshness()[0]
    assert (row.application, row.kind, row.items, row.href) == (
        "skyflow",
        "features",
        2,
        "/trace/public/skyflow/features/",
    )
    assert row.published == Publication.objects.get().checked
    with CaptureQueriesContext(connection) as queries:
        registry.freshness()
    assert len(queries) <= 4


def test_the_named_filter_lets_launched_features_pass() -> None:
    launched = registry.row_filters()["trace.launched"]
    assert launched({"status": "Beta"})
    assert not launched({"status": "Planned"})


def test_the_demo_is_loaded_once(place: Place) -> None:
    place.workspace.unlink()
    demo.load_demo()
    assert clients.workspace_path().read_bytes() == demo.WORKSPACE.read_bytes()
    demo.load_demo()
    assert Run.objects.filter(orchestrator="trace").count() == 1
    assert Client().get("/trace/public/skyflow/features/").json()["meta"]["total_items"] > 100
    assert Client().get("/trace/public/nexus/features/").json()["meta"]["total_items"] > 80
    assert Entry.objects.filter(kind="features").count() >= 200


def test_the_demo_leaves_a_workspace_that_is_there_alone(place: Place) -> None:
    before = place.workspace.read_bytes()
    demo.load_demo()
    assert place.workspace.read_bytes() == before


def test_the_demo_workspace_is_sound_small_and_keeps_what_is_private() -> None:
    raw = demo.WORKSPACE.read_bytes()
    check(parse(raw))
    assert len(raw) < 1_500_000


def test_nothing_private_of_the_demo_is_published(place: Place) -> None:
    place.workspace.unlink()
    demo.load_demo()
    for path, body in place.published().items():
        for private in (b"@skyflow.example", b"X-Amz-", b"avatar_url", b"prod-files-secure"):
            assert private not in body, path
