"""The public documents over HTTP."""

from __future__ import annotations

import gzip
import json
import threading
from typing import Any

import brotli
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from domains.applications import reads as applications
from domains.orchestration.start import run_now
from domains.publishing.answer import accepted
from domains.publishing.shelf import DAMAGED
from domains.trace.published import library, store
from tests.domains.trace.place import Place, make_place
from tests.domains.trace.workspaces import feature, workspace

URL = "/trace/public/skyflow/features/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def published(place: Place) -> Place:
    """A place with one publication."""
    place.export()
    return place


def ask(path: str = URL, method: str = "get", **headers: str) -> Any:
    return getattr(Client(), method)(path, headers={name.replace("_", "-"): value for name, value in headers.items()})


def test_a_document_is_an_envelope_of_rows_and_what_they_are(published: Place) -> None:
    answer = ask()
    body = answer.json()
    assert answer["Content-Type"] == "application/json"
    assert list(body) == ["data", "meta"]
    assert body["meta"]["endpoint"] == URL
    assert (body["meta"]["application"], body["meta"]["total_items"]) == ("skyflow", len(body["data"]))


def test_every_address_of_every_application_answers(published: Place) -> None:
    snapshots = set()
    for application in ("", "skyflow/", "nexus/"):
        for kind in ("features", "gateways", "tiers", "tags", "matrix", "index", "snapshots"):
            answer = ask(f"/trace/public/{application}{kind}/")
            assert answer.status_code == 200
            snapshots.add((answer.json()["meta"]["snapshot"], answer["X-Vault-Snapshot"]))
    assert len(snapshots) == 1


def test_caching_headers_are_honest_and_no_cookie_is_involved(published: Place) -> None:
    answer = ask()
    assert answer["Cache-Control"] == "public, max-age=60, stale-while-revalidate=600, stale-if-error=86400"
    assert answer["ETag"].startswith('"')
    assert answer["Last-Modified"].endswith("GMT")
    assert answer["Vary"] == "Accept-Encoding"
    assert answer["Content-Length"] == str(len(answer.content))
    assert not answer.cookies


def test_a_reader_who_has_it_gets_304_without_a_body(published: Place) -> None:
    first = ask()
    for tags in (first["ETag"], f'"other", {first["ETag"]}', f"W/{first['ETag']}", "*"):
        answer = ask(if_none_match=tags)
        assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", first["ETag"])
        assert answer["Vary"] == "Accept-Encoding"
    assert ask(if_none_match='"other"').status_code == 200


def test_dates_count_only_when_no_tag_is_sent(published: Place) -> None:
    first = ask()
    assert ask(if_modified_since=first["Last-Modified"]).status_code == 304
    assert ask(if_modified_since="Mon, 01 Jan 2001 00:00:00 GMT").status_code == 200
    assert ask(if_modified_since="yesterday").status_code == 200
    assert ask(if_modified_since=first["Last-Modified"], if_none_match='"other"').status_code == 200


def test_gzip_has_the_same_document_and_a_tag_of_its_own(published: Place) -> None:
    plain, small = ask(), ask(accept_encoding="gzip")
    assert small["Content-Encoding"] == "gzip"
    assert gzip.decompress(small.content) == plain.content
    assert small["ETag"] != plain["ETag"]
    assert ask(accept_encoding="gzip", if_none_match=small["ETag"]).status_code == 304
    assert "Content-Encoding" not in ask(accept_encoding="gzip;q=0, deflate")


def test_brotli_comes_before_gzip_with_a_tag_of_its_own(published: Place) -> None:
    plain, small = ask(), ask(accept_encoding="gzip, br")
    assert small["Content-Encoding"] == "br"
    assert brotli.decompress(small.content) == plain.content
    assert len({small["ETag"], plain["ETag"], ask(accept_encoding="gzip")["ETag"]}) == 3


@pytest.mark.parametrize(
    ("header", "best"),
    [("gzip", "gzip"), ("br;q=1.0, gzip;q=0.8", "br"), ("*", "br"), ("GZIP", "gzip"), ("gzip;q=0", ""),
     ("gzip; q=0.000", ""), ("", ""), ("identity", ""), ("x-gzipped", ""), ("br;q=0, *", "gzip"),
     ("gzip;q=0, br", "br")],
)  # fmt: skip
def test_accept_encoding_is_read_by_its_rules(header: str, best: str) -> None:
    assert accepted(header) == best


def test_head_has_the_headers_of_get_and_no_body(published: Place) -> None:
    got, head = ask(), ask(method="head")
    assert head.content == b""
    for name in ("Content-Length", "ETag", "Last-Modified", "Cache-Control", "Content-Type"):
        assert head[name] == got[name]


def test_any_origin_may_read_and_ask_whether_it_may(published: Place) -> None:
    assert ask(origin="https://elsewhere.example")["Access-Control-Allow-Origin"] == "*"
    preflight = ask(method="options", origin="https://elsewhere.example", access_control_request_method="GET")
    assert (preflight.status_code, preflight["Access-Control-Allow-Methods"]) == (204, "GET, HEAD, OPTIONS")
    assert "Access-Control-Allow-Credentials" not in preflight


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_other_methods_are_refused_in_json(published: Place, method: str) -> None:
    answer = getattr(Client(enforce_csrf_checks=True), method)(URL)
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert answer["Content-Type"] == "application/problem+json"
    assert json.loads(answer.content)["code"] == "method_not_allowed"


def test_a_parameter_that_does_not_exist_is_refused_by_name(published: Place) -> None:
    for path in (URL, "/trace/public/index/", "/trace/public/skyflow/features/live-boards/"):
        answer = ask(f"{path}?colour=4")
        assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
        assert "Unknown parameter colour" in answer.json()["error"]
        assert answer.json()["fields"] == {"colour": ["There is no such parameter."]}


def test_an_unknown_application_is_404_with_those_that_there_are(published: Place) -> None:
    answer = ask("/trace/public/orbit/features/")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    body = answer.json()
    assert "Unknown application" in body["error"]
    assert body["detail"]
    assert body["available_apps"] == ["skyflow", "nexus"]
    assert answer["Access-Control-Allow-Origin"] == "*"


def test_an_unknown_kind_is_404_in_json(published: Place) -> None:
    answer = ask("/trace/public/skyflow/secrets/")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_before_the_first_export_the_answer_is_503_in_words(place: Place) -> None:
    answer = ask()
    assert answer.status_code == 503
    assert answer.json()["error"] == "Nothing has been published yet. Run the Trace export, then ask again."


@pytest.mark.parametrize("name", ["fsm_index.json", "skyflow/features.json"])
def test_files_that_are_gone_are_503_until_the_next_export(published: Place, name: str) -> None:
    (store.versions() / store.current_folder() / name).unlink()
    answer = ask()
    assert (answer.status_code, answer.json()["error"]) == (503, library.unavailable(DAMAGED).message)
    assert published.export()["changed"] is True
    assert ask().status_code == 200


def test_an_application_added_since_the_last_export_is_503_in_words(published: Place) -> None:
    run_now("applications", "create", values={"slug": "orbit", "name": "Orbit"})
    answer = ask("/trace/public/orbit/features/")
    assert answer.status_code == 503
    assert "for this application yet" in answer.json()["error"]


def test_a_signed_in_member_of_staff_gets_the_same_answer(published: Place, staff_client: Client) -> None:
    anonymous, signed_in = ask(), staff_client.get(URL)
    assert signed_in.content == anonymous.content
    assert signed_in["Vary"] == "Accept-Encoding"
    assert not signed_in.cookies


def test_a_document_is_served_without_a_query(published: Place) -> None:
    """In a test's transaction the registry of applications is not remembered; that is the one query."""
    ask()
    with CaptureQueriesContext(connection) as queries:
        ask("/trace/public/features/")
    assert len(queries) == 0


def test_the_next_request_after_a_publication_gets_it(published: Place) -> None:
    old = ask().json()
    published.save(workspace(feature("Brand new")))
    published.export()
    new = ask().json()
    assert [row["name"] for row in new["data"]] == ["Brand new"]
    assert new["meta"]["snapshot"] != old["meta"]["snapshot"]


@pytest.mark.django_db(transaction=True)
def test_readers_never_see_two_snapshots_mixed_while_exports_publish(tmp_path: Any, settings: Any) -> None:
    """Each export renames the one tag and the one feature alike; a mix of two would show different numbers."""
    place = make_place(tmp_path, settings)
    applications.application_list()
    rounds = 8

    def publish(number: int) -> None:
        place.save(workspace(feature(f"Feature {number}", summary=f"number {number}")))
        place.export()

    publish(0)
    faults: list[str] = []
    seen: set[str] = set()
    done = threading.Event()

    def read() -> None:
        meaning: dict[str, str] = {}
        while not done.is_set():
            for path in ("/trace/public/features/", "/trace/public/skyflow/features/"):
                body = Client().get(path).json()
                snapshot, name = body["meta"]["snapshot"], body["data"][0]["name"]
                seen.add(snapshot)
                if meaning.setdefault(snapshot, name) != name:
                    faults.append(f"{path}: {snapshot} is {meaning[snapshot]} and {name}")
        connection.close()

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(1, rounds):
        publish(number)
    done.set()
    for reader in readers:
        reader.join()
    assert not faults
    assert len(seen) > 2
