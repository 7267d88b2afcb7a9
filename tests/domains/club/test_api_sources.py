"""`/api/club/sources/` and the decisions about names: the rules that integrations rely on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from domains.audit.models import Event
from domains.club.models import Source
from domains.orchestration.models import Run
from domains.orchestration.secrets import Secret
from domains.orchestration.tasks import run_queued
from tests.domains.club.place import make_place, make_source, write_file

pytestmark = pytest.mark.django_db
LIST = "/api/club/sources/"
STATS: dict[str, Any] = {
    "application": "skyflow",
    "name": "stats",
    "kind": "http",
    "config": {"url": "https://example.org/stats.json", "hero": ["stars = data.stars"]},
    "features": [{"slug": "help", "name": "Help", "select": {"rows": "people"}}],
    "secret": "s3cret",
}


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    """The demo applications, and the folder of file sources."""
    return make_place(tmp_path, settings)


@pytest.fixture
def manager(staff: User) -> Client:
    """A member of staff who may manage sources."""
    staff.user_permissions.add(Permission.objects.get(codename="manage_sources"))
    client = Client()
    client.force_login(staff)
    return client


def send(client: Client, method: str, url: str, body: Any = None) -> Any:
    return getattr(client, method)(url, body, content_type="application/json")


def url_of(source: Source) -> str:
    return f"{LIST}{source.uuid.hex}/"


def test_a_stranger_is_turned_away(client: Client) -> None:
    for path in (LIST, "/api/club/communities/"):
        answer = client.get(path)
        assert answer.status_code in {401, 403}
        assert answer["Content-Type"].startswith("application/json")


def test_the_list_is_a_bare_array_with_its_count_in_headers(folder: Path, staff_client: Client) -> None:
    for number in range(12):
        make_source(f"source-{number:02}")
    answer = staff_client.get(LIST, {"page": "2", "page_size": "5", "o": "name"})
    assert [row["name"] for row in answer.json()] == [f"source-{number:02}" for number in range(5, 10)]
    assert answer["X-Result-Count"] == "12"
    assert 'rel="next"' in answer["Link"]
    assert staff_client.get(LIST, {"o": "secret"}).status_code == 400


def test_the_list_costs_the_same_however_long_it_is(folder: Path, staff_client: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert staff_client.get(LIST, {"page_size": 300}).status_code == 200
        return len(seen)

    make_source("one")
    queries()
    few = queries()
    for number in range(20):
        make_source(f"source-{number}")
    assert queries() == few


def test_it_is_filtered_and_projected(folder: Path, staff_client: Client) -> None:
    make_source("one")
    make_source("two", "nexus", active=False)
    assert [row["name"] for row in staff_client.get(LIST, {"application": "nexus"}).json()] == ["two"]
    assert [row["name"] for row in staff_client.get(LIST, {"standing": "new"}).json()] == ["one"]
    assert [row["name"] for row in staff_client.get(LIST, {"active": "false"}).json()] == ["two"]
    assert staff_client.get(LIST, {"kind": "fax"}).status_code == 400
    assert staff_client.get(LIST, {"field": "name", "name_exact": "one"}).json() == [{"name": "one"}]


def test_a_source_is_added_with_a_secret_that_is_never_shown(folder: Path, manager: Client) -> None:
    answer = send(manager, "post", LIST, STATS)
    body = answer.json()
    assert answer.status_code == 201, body
    assert answer["Location"] == body["url"] == f"http://testserver{LIST}{body['uuid']}/"
    assert (body["name"], body["has_secret"], body["standing"], body["version"]) == ("stats", True, "new", 1)
    assert body["features"] == STATS["features"]
    assert "secret" not in body
    assert "s3cret" not in answer.content.decode()
    source = Source.objects.get()
    assert Secret.of_token(source.secret).reveal() == "s3cret"
    assert "s3cret" not in str(list(Run.objects.values_list("args", "context")))
    assert "s3cret" not in str(list(Event.objects.values_list("before", "after")))


def test_all_faults_come_at_once_by_field(folder: Path, manager: Client) -> None:
    wrong = STATS | {"config": {"url": "ftp://x", "no": 1}, "features": [{"slug": "Not", "name": "x"}]}
    answer = send(manager, "post", LIST, wrong)
    assert answer.status_code == 400
    assert {"config.no", "features.0.slug"} <= set(answer.json())
    assert send(manager, "post", LIST, {}).json().keys() == {"application", "name", "kind"}
    assert send(manager, "post", LIST, STATS | {"color": "red"}).json() == {"color": ["There is no such field."]}
    assert send(manager, "post", LIST, STATS | {"application": "nowhere"}).json().keys() == {"application"}
    assert not Source.objects.exists()


def test_what_is_given_is_changed_and_the_rest_stays(folder: Path, manager: Client) -> None:
    send(manager, "post", LIST, STATS)
    url = url_of(Source.objects.get())
    changed = send(manager, "patch", url, {"active": False, "version": 1}).json()
    assert (changed["active"], changed["config"], changed["version"]) == (False, STATS["config"], 2)
    assert changed["has_secret"]
    stale = send(manager, "patch", url, {"name": "late", "version": 1})
    assert (stale.status_code, stale.json()["version"]) == (409, 2)
    assert not send(manager, "patch", url, {"secret": ""}).json()["has_secret"]
    assert send(manager, "patch", url, {"kind": "file"}).status_code == 200, "what was read may be sent back"
    assert Source.objects.get().kind == "http"


def test_a_source_is_deleted(folder: Path, manager: Client) -> None:
    url = url_of(make_source())
    assert manager.delete(url).status_code == 204
    assert manager.get(url).status_code == 404
    assert manager.delete(url).status_code == 404


def test_a_test_is_a_run_and_its_report_stands_at_the_source(folder: Path, manager: Client) -> None:
    write_file(folder, "files-help.json", {"ada": 1})
    url = url_of(make_source())
    assert manager.get(url).json()["report"] is None
    answer = manager.post(f"{url}test/")
    assert answer.status_code == 202
    assert answer["Location"].endswith(f"/api/runs/{answer.json()['uuid']}/")
    assert manager.post(f"{url}test/").json()["created"] is False
    run_queued()
    assert manager.get(url).json()["report"]["ok"] is True


def test_an_application_decides_about_names(folder: Path, manager: Client) -> None:
    assert manager.get("/api/club/communities/").json() == [
        {"application": "skyflow", "publish_names": False},
        {"application": "nexus", "publish_names": False},
    ]
    url = "/api/club/communities/nexus/"
    assert send(manager, "patch", url, {"publish_names": True}).json()["publish_names"] is True
    assert manager.get(url).json() == {"application": "nexus", "publish_names": True}
    assert send(manager, "patch", url, {}).status_code == 400
    assert send(manager, "patch", "/api/club/communities/none/", {"publish_names": True}).status_code == 404


def test_staff_without_the_permission_may_read_only(folder: Path, staff_client: Client) -> None:
    source = make_source()
    assert staff_client.get(url_of(source)).status_code == 200
    for method, url, body in (
        ("post", LIST, STATS),
        ("patch", url_of(source), {"active": False}),
        ("delete", url_of(source), None),
        ("post", f"{url_of(source)}test/", None),
        ("patch", "/api/club/communities/skyflow/", {"publish_names": True}),
    ):
        assert send(staff_client, method, url, body).status_code == 403, (method, url)
    assert Source.objects.get().active
