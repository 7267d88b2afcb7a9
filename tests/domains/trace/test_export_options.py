"""An export of everything, of one application, or one that changes nothing; by command, API, service and schedule."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client

from domains.base.errors import ValidationFailed
from domains.orchestration.models import Run, Schedule
from domains.orchestration.start import run_now
from domains.trace.models import Publication, Snapshot
from domains.trace.traceability import ApplicationTraceabilityService
from tests.domains.trace.notion_place import NotionPlace, notion_place
from tests.domains.trace.place import Place
from tests.domains.trace.workspaces import feature, workspace
from tests.emulators.notion import TOKEN, make_workspace

pytestmark = pytest.mark.django_db


@pytest.fixture
def there(db: None, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[NotionPlace]:
    with notion_place(make_workspace(20), tmp_path, settings, monkeypatch) as found:
        yield found


def names(place: Place, application: str = "") -> list[str]:
    found = json.loads(place.published()[f"{application}/features.json".lstrip("/")])
    return [row["name"] for row in found["data"]]


def test_a_dry_run_says_what_would_change_and_changes_nothing(place: Place) -> None:
    place.export()
    files = place.published()
    place.save(workspace(feature("Live boards", summary="Other."), feature("New")))
    result = run_now("trace", "export", dry_run=True).result
    assert isinstance(result, dict)
    assert result["changes"] == {"added": 1, "changed": 1, "removed": 2}
    assert [row["name"] for row in result["rows"]["added"]] == ["New"]
    assert "Nothing was published. An export would publish 2 features" in result["message"]
    assert place.published() == files
    assert (Publication.objects.count(), Snapshot.objects.count()) == (1, 1)
    assert place.leftovers() == []


def test_a_dry_run_before_the_first_export_publishes_nothing(place: Place) -> None:
    result = run_now("trace", "export", dry_run=True).result
    assert isinstance(result, dict)
    assert result["changes"] == {"added": 9, "changed": 0, "removed": 0}
    assert place.published() == {}


def test_an_export_of_one_application_leaves_the_others_as_they_are(place: Place) -> None:
    place.export()
    before = place.published()
    place.save(workspace(feature("Both", ("Skyflow", "Nexus"))))
    run_now("trace", "export", app="nexus")
    assert names(place, "nexus") == ["Both"]
    assert names(place, "skyflow") == ["Flow builder", "Live boards"]
    assert names(place) == ["Connector kit", "Flow builder", "Live boards"]
    unchanged = before["skyflow/features.json"].partition(b'"meta"')[0]
    assert place.published()["skyflow/features.json"].partition(b'"meta"')[0] == unchanged
    place.export()
    assert names(place) == names(place, "skyflow") == ["Both"]


def test_an_application_that_nobody_knows_is_refused_at_once(place: Place) -> None:
    with pytest.raises(ValidationFailed, match="There is no active application orbit; there are skyflow, nexus"):
        run_now("trace", "export", app="orbit")
    with pytest.raises(CommandError, match="There is no active application orbit"):
        call_command("refresh_trace_data", "--app", "orbit")
    assert not Run.objects.filter(orchestrator="trace").exists()


def test_the_command_takes_the_options(place: Place) -> None:
    call_command("refresh_trace_data", "--full", "--app", "nexus", "--dry-run", stdout=StringIO())
    assert Run.objects.get(orchestrator="trace").args == {"full": True, "app": "nexus", "dry_run": True}


def test_the_command_tells_what_would_change(place: Place) -> None:
    out = StringIO()
    call_command("refresh_trace_data", "--dry-run", "--wait", stdout=out)
    assert "  added: features Live boards" in out.getvalue().splitlines()


def test_the_api_takes_the_options(place: Place, admin: User) -> None:
    client = Client()
    client.force_login(admin)
    answer = client.post("/api/trace/exports/", {"full": True, "app": "nexus"}, content_type="application/json")
    assert answer.status_code == 202
    assert Run.objects.get(orchestrator="trace").args == {"full": True, "app": "nexus", "dry_run": False}
    bad = client.post("/api/trace/exports/", {"full": "perhaps", "app": "nexus"}, content_type="application/json")
    assert bad.status_code == 400 and "full" in bad.content.decode()
    unknown = client.post("/api/trace/exports/", {"app": "orbit"}, content_type="application/json")
    assert unknown.status_code == 400 and "orbit" in unknown.content.decode()


def test_the_service_of_the_specification_exports(there: NotionPlace) -> None:
    service = ApplicationTraceabilityService(notion_token=TOKEN)
    assert service.run_full_export()["changed"] is True
    there.check()
    assert service.run_incremental_export()["changed"] is False
    with pytest.raises(ValidationFailed, match="not the token"):
        ApplicationTraceabilityService(notion_token="another")


def test_once_notion_is_read_there_is_a_schedule_for_what_is_edited(there: NotionPlace) -> None:
    assert not Schedule.objects.filter(name="trace.refresh").exists()
    there.export()
    row = Schedule.objects.get(name="trace.refresh")
    assert (row.cron, row.method, row.args) == ("*/15 * * * *", "export", {})


def test_unchanged_data_exported_twice_is_the_same_bytes(there: NotionPlace) -> None:
    there.export()
    files = there.place.published()
    assert there.export(full=True)["changed"] is False
    assert there.place.published() == files
