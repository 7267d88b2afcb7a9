"""Single features, snapshots, the matrix, indexes, files and the description of public JSON."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.utils.decorators import method_decorator
from django.views.decorators.cache import cache_page

from domains.orchestration.start import run_now
from domains.publishing import rate
from domains.trace.models import Publication, Snapshot
from domains.trace.public import files
from domains.trace.public.base import TracerViewBase
from tests.domains.trace.place import Place
from tests.domains.trace.workspaces import feature, workspace

pytestmark = pytest.mark.django_db


@pytest.fixture
def published(place: Place, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A place with one publication, and a whole quota."""
    monkeypatch.setattr(rate, "quotas", rate.Quotas())
    place.export()
    return place


def ask(path: str, method: str = "get", **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return getattr(Client(), method)(f"/trace/public/{path}", headers=named)


def test_one_feature_has_an_address_of_its_own(published: Place) -> None:
    answer = ask("skyflow/features/live-boards/")
    assert answer.status_code == 200
    assert answer.json()["data"] == ask("skyflow/features/").json()["data"][1]
    assert answer.json()["meta"]["endpoint"] == "/trace/public/skyflow/features/live-boards/"
    assert ask("skyflow/features/live-boards/", if_none_match=answer["ETag"]).status_code == 304
    assert ask("skyflow/features/connector-kit/").status_code == 404
    assert ask("features/connector-kit/").status_code == 200


def test_a_feature_that_went_is_410_with_the_date(published: Place) -> None:
    published.save(workspace(feature("Live boards", ("Nexus",)), feature("Flow builder")))
    published.export()
    at = Publication.objects.get(current=True).at.isoformat()
    for path in ("features/connector-kit/", "nexus/features/connector-kit/", "skyflow/features/live-boards/"):
        answer = ask(path)
        assert (answer.status_code, answer.json()["removed"]) == (410, at), path
        assert f"was taken away on {at[:10]}" in answer.json()["error"]
    assert ask("skyflow/features/connector-kit/").status_code == 404
    published.save(workspace())
    published.export()
    assert ask("features/connector-kit/").status_code == 200


def test_the_documents_of_a_snapshot_never_change(published: Place) -> None:
    name = ask("features/").json()["meta"]["snapshot"]
    now = {kind: ask(f"snapshots/{name}/{kind}/") for kind in ("features", "tags", "matrix")}
    published.save(workspace(feature("Other")))
    published.export()
    for kind, former in now.items():
        later = ask(f"snapshots/{name}/{kind}/")
        assert (later.status_code, later.content, later["ETag"]) == (200, former.content, former["ETag"])
        assert later["Cache-Control"] == former["Cache-Control"] == "public, max-age=31536000, immutable"
    assert ask(f"skyflow/snapshots/{name}/features/").json()["meta"]["application"] == "skyflow"
    assert ask("snapshots/0000000000000000/features/").status_code == 410


def test_a_held_snapshot_is_not_for_readers(published: Place) -> None:
    published.save(workspace(*(feature(f"Feature {number}") for number in range(9))))
    published.export()
    published.save(workspace(feature("Alone")))
    published.export()
    held = Snapshot.objects.exclude(held="").get()
    assert ask(f"snapshots/{held.name}/features/").status_code == 410
    assert held.name not in ask("snapshots/").content.decode()


def test_the_list_of_snapshots_leads_to_their_documents(published: Place) -> None:
    published.save(workspace(feature("Other")))
    published.export()
    rows = ask("snapshots/").json()["data"]
    assert [(row["added"], row["removed"]) for row in rows] == [(1, 3), (9, 0)]
    for row in rows:
        assert Client().get(row["documents"]["features"]).json()["meta"]["snapshot"] == row["snapshot"]
    assert "counts" not in ask("skyflow/snapshots/").json()["data"][0]


def test_the_matrix_tells_which_feature_leads_where(published: Place) -> None:
    data = ask("skyflow/matrix/").json()["data"]
    gateways = {row["id"]: row["slug"] for row in data["columns"]["gateways"]}
    rows = {row["slug"]: sorted(gateways[item] for item in row["gateways"]) for row in data["rows"]}
    assert rows == {"flow-builder": ["web"], "live-boards": ["phone", "web"]}


def test_the_index_names_every_document_as_it_is(published: Place) -> None:
    index = ask("index/").json()["data"]
    assert [row["slug"] for row in index["applications"]] == ["nexus", "skyflow"]
    for file in index["documents"]:
        body = Client().get(file["endpoint"]).content
        assert (len(body), hashlib.sha256(body).hexdigest()) == (file["bytes"], file["sha256"])


def put_file(content: bytes, ending: str) -> str:
    name = hashlib.sha256(content).hexdigest() + ending
    files.folder().mkdir(parents=True, exist_ok=True)
    (files.folder() / name).write_bytes(content)
    return name


def test_a_file_is_served_for_ever_and_runs_nothing(published: Place) -> None:
    name = put_file(b"picture", ".png")
    answer = ask(f"files/{name}")
    assert (answer.status_code, b"".join(answer), answer["Content-Type"]) == (200, b"picture", "image/png")
    assert "immutable" in answer["Cache-Control"]
    assert "sandbox" in answer["Content-Security-Policy"]
    assert ask(f"files/{name}", if_none_match=answer["ETag"]).status_code == 304
    page = ask(f"files/{put_file(b'<script>', '.html')}")
    assert page["Content-Disposition"].startswith("attachment")
    assert page["Content-Type"] == "application/octet-stream"


@pytest.mark.parametrize("name", ["..%2F..%2Ffsm_index.json", "0" * 64 + ".png", "a.png", "0" * 64 + "%2F.."])
def test_other_files_are_out_of_reach(published: Place, name: str) -> None:
    assert ask(f"files/{name}").status_code == 404


def test_the_description_names_every_address(published: Place) -> None:
    described = ask("openapi.json")
    paths = described.json()["paths"]
    assert described.json()["openapi"] == "3.1.0"
    name = ask("features/").json()["meta"]["snapshot"]
    values = {"app": "skyflow", "slug": "live-boards", "snapshot": name, "name": put_file(b"x", ".png")}
    for path in paths:
        assert Client().get(path.format(**values)).status_code == 200, path
    assert ask("openapi.json", if_none_match=described["ETag"]).status_code == 304


class Loud(TracerViewBase):
    """An endpoint that computes, as the specification writes one."""

    @method_decorator(cache_page(300))
    def get(self, request: Any, app_name: str = "") -> Any:
        """Rows in capitals."""
        rows = [{"name": "ONE", "applications": ["skyflow"]}, {"name": "TWO", "applications": ["nexus"]}]
        return self.build_response(self.apply_app_filters(rows, "tag"), custom="yes")


def loud(path: str = "/loud/", app: str = "", **more: Any) -> Any:
    request = RequestFactory().get(path, **more)
    request.session = Client().session
    return Loud.as_view()(request, **({"app_name": app} if app else {}))


def test_an_endpoint_that_computes_needs_a_few_lines(published: Place) -> None:
    body = Client().get("/trace/public/features/").json()
    answer = loud("/loud/nexus/", "nexus")
    found = json.loads(answer.content)
    assert [row["name"] for row in found["data"]] == ["TWO"]
    assert found["meta"] == {
        "application": "nexus", "endpoint": "/loud/nexus/", "total_items": 1,
        "snapshot": body["meta"]["snapshot"], "custom": "yes",
    }  # fmt: skip
    assert len(json.loads(loud().content)["data"]) == 2
    assert loud("/loud/once/", HTTP_IF_NONE_MATCH="*").status_code == 304
    assert loud("/loud/once/").status_code == 200
    assert loud(HTTP_IF_NONE_MATCH=loud()["ETag"]).status_code == 304
    run_now("applications", "deactivate", app="nexus")
    with pytest.raises(Exception, match="Unknown application nexus"):
        loud("/loud/other/", "nexus")
