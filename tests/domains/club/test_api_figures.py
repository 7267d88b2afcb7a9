"""Collections, parts, figures, features, members and the cache as JSON for staff."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from domains.club import cached
from domains.club.models import Collection, Member, Source
from domains.orchestration.models import Run
from domains.orchestration.tasks import run_queued
from tests.domains.club.place import collect, make_place, make_source, write_file, write_hero

pytestmark = pytest.mark.django_db
API = "/api/club/"
LISTS = ("collections/", "parts/", "hero-metrics/", "features/", "members/", "cache/")


@pytest.fixture
def collected(tmp_path: Path, settings: Any) -> Path:
    """Two features and hero metrics of skyflow, collected and published."""
    folder = make_place(tmp_path, settings)
    write_file(folder, "files-help.json", {"ada": 9, "bob": 4}, topics={"plans": 3})
    write_file(folder, "files-ideas.json", {"ada": 2})
    write_hero(folder, "hero.json", members=120, posts=3400)
    make_source(slugs=("help", "ideas"), hero="hero.json")
    assert collect().state == "success"
    return folder


@pytest.fixture
def allowed(staff: User) -> Callable[[str], Client]:
    """Call it with a permission of Club: a member of staff who holds it."""

    def client_with(name: str) -> Client:
        staff.user_permissions.set([Permission.objects.get(codename=name)])
        client = Client()
        client.force_login(staff)
        return client

    return client_with


def rows(client: Client, path: str, **query: Any) -> Any:
    answer = client.get(API + path, query)
    assert answer.status_code == 200, answer.content
    return answer.json()


@pytest.mark.parametrize("path", LISTS)
def test_every_list_is_a_bare_array_for_staff_only(path: str, collected: Path, staff_client: Client) -> None:
    assert Client().get(API + path).status_code in {401, 403}
    answer = staff_client.get(API + path, {"page_size": 1})
    assert len(answer.json()) == 1
    assert int(answer["X-Result-Count"]) >= 1
    first = next(iter(answer.json()[0]))
    assert rows(staff_client, path, field=first)[0].keys() == {first}


@pytest.mark.parametrize("path", LISTS)
def test_every_list_costs_the_same_however_long_it_is(path: str, collected: Path, staff_client: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            rows(staff_client, path, page_size=300)
        return len(seen)

    queries()
    few = queries()
    for number in range(8):
        write_file(collected, f"files-s{number}.json", {f"m{number}": 1, "ada": 3})
    more = [{"slug": f"s{n}", "name": f"s{n}", "select": {"file": f"files-s{n}.json"}} for n in range(8)]
    Source.objects.update(features=more)
    collect()
    assert queries() == few


def test_a_collection_is_started_or_found_under_way(collected: Path, allowed: Callable[[str], Client]) -> None:
    client = allowed("collect_club")
    answer = client.post(f"{API}collections/", {"app": "skyflow", "feature": "help"}, content_type="application/json")
    body = answer.json()
    assert (answer.status_code, body["created"]) == (202, True)
    assert answer["Location"] == body["url"]
    run = Run.objects.get(uuid=body["uuid"])
    assert (run.key, run.application, run.args) == (
        "club.collect:skyflow:help",
        "skyflow",
        {"app": "skyflow", "feature": "help"},
    )
    wanted = {"app": "skyflow", "feature": "help"}
    again = client.post(f"{API}collections/", wanted, content_type="application/json").json()
    assert (again["created"], again["uuid"]) == (False, body["uuid"])
    run_queued()
    newest = rows(client, "collections/")[0]
    assert (newest["application"], newest["feature"], newest["parts_total"], newest["run_uuid"]) == (
        "skyflow",
        "help",
        1,
        body["uuid"],
    )
    assert client.post(f"{API}collections/", {"x": 1}, content_type="application/json").status_code == 400


def test_a_collection_leads_to_its_parts_and_its_run(collected: Path, staff_client: Client) -> None:
    (collected / "files-ideas.json").unlink()
    collect()
    first, second = rows(staff_client, "collections/")
    assert (first["state"], first["parts_stale"], second["state"]) == ("partial", 1, "complete")
    assert staff_client.get(first["url"]).json() == first
    assert staff_client.get(first["run"]).json()["uuid"] == first["run_uuid"]
    parts = staff_client.get(first["parts"]).json()
    assert [part["feature"] for part in parts] == ["", "help", "ideas"]
    assert {part["collection_uuid"] for part in parts} == {first["uuid"]}
    stale = rows(staff_client, "parts/", state="stale")
    assert len(stale) == 1
    assert stale[0]["stale_since"]
    assert "There is no file" in stale[0]["error"]
    assert len(rows(staff_client, "parts/", source=Source.objects.get().uuid.hex)) == 6
    assert staff_client.get(f"{API}parts/", {"collection": "x"}).status_code == 400
    assert staff_client.get(f"{API}collections/{'0' * 32}/").status_code == 404


def test_hero_metrics_come_by_application_and_time(collected: Path, staff_client: Client) -> None:
    day = Collection.objects.get().day.isoformat()
    (point,) = rows(staff_client, "hero-metrics/", application="skyflow", every="day")
    assert (point["at"], point["figures"], point["stale"]) == (day, {"members": 120, "posts": 3400}, {})
    assert rows(staff_client, "hero-metrics/", since=day, every="day") == [point]
    assert rows(staff_client, "hero-metrics/", until="2020-01-01") == []
    assert staff_client.get(f"{API}hero-metrics/", {"every": "hour"}).status_code == 400


def test_a_feature_has_totals_and_points(collected: Path, staff_client: Client) -> None:
    features = {row["slug"]: row for row in rows(staff_client, "features/")}
    assert (features["help"]["members"], features["help"]["contributions"]) == (2, 13)
    assert features["ideas"]["top_share"] == 1
    assert staff_client.get(features["help"]["url"]).json() == features["help"]
    points = staff_client.get(features["help"]["points"], {"every": "day"}).json()
    assert [(point["members"], point["new"], point["returning"]) for point in points] == [(2, 0, 0)]
    assert [row["slug"] for row in rows(staff_client, "features/", o="-member_total")] == ["help", "ideas"]
    assert staff_client.get(f"{API}features/{'0' * 32}/").status_code == 404
    assert staff_client.get(f"{API}features/{'0' * 32}/points/").status_code == 404


def test_a_member_has_ranks_and_can_be_erased(collected: Path, allowed: Callable[[str], Client]) -> None:
    client = allowed("erase_members")
    (bob,) = rows(client, "members/", name="bob")
    detail = client.get(bob["url"]).json()
    assert [(each["feature"], each["rank"], each["of"], each["score"]) for each in detail["features"]] == [
        ("help", 2, 2, 4)
    ]
    assert rows(client, "members/", pseudonym=bob["pseudonym"]) == [bob]
    assert [row["name"] for row in rows(client, "members/", feature="ideas")] == ["Ada"]
    answer = client.post(f"{bob['url']}erase/")
    assert answer.status_code == 202
    assert client.post(f"{bob['url']}erase/").json()["created"] is False
    run_queued()
    assert Run.objects.get(uuid=answer.json()["uuid"]).state == "success"
    assert not Member.objects.filter(name="Bob").exists()
    assert client.get(bob["url"]).status_code == 404


def test_the_cache_is_listed_and_cleared(collected: Path, allowed: Callable[[str], Client]) -> None:
    client = allowed("collect_club")
    cached.data_of("hero-metrics.json")
    cached.data_of("features.json")
    there = [entry for entry in rows(client, "cache/", page_size=300) if entry["is_set"]]
    assert {entry["key"] for entry in there} == {"club_data_hero-metrics.json", "club_data_features.json"}
    assert client.get(there[0]["url"]).json() == there[0]
    assert client.delete(there[0]["url"]).status_code == 204
    assert client.get(there[0]["url"]).json()["is_set"] is False
    assert client.delete(f"{API}cache/").status_code == 204
    assert not [entry for entry in cached.entries() if entry.is_set]
    assert client.delete(f"{API}cache/sessions/").status_code == 404


def test_staff_without_a_permission_may_read_only(collected: Path, staff_client: Client) -> None:
    bob = Member.objects.get(name="Bob")
    assert staff_client.post(f"{API}collections/").status_code == 403
    assert staff_client.post(f"{API}members/{bob.uuid.hex}/erase/").status_code == 403
    assert staff_client.delete(f"{API}cache/").status_code == 403
    assert staff_client.delete(f"{API}cache/club_available_features/").status_code == 403
    assert not Run.objects.filter(method__in=("erase_member", "clear_cache")).exists()


def test_every_address_is_in_the_schema(staff_client: Client) -> None:
    paths = staff_client.get("/api/schema/?format=json").json()["paths"]
    for path in ("sources/", "sources/{source_uuid}/test/", "parts/", "members/{member_uuid}/erase/", "cache/{key}/"):
        assert f"{API}{path}" in paths
    assert paths[f"{API}collections/"]["post"]["responses"].keys() >= {"202"}
