"""Members: the list, one with the features they are present in, and erasing one."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from domains.club.models import Erasure, Feature, FeatureMember, Member, Source
from domains.orchestration.models import Run
from domains.orchestration.tasks import run_queued
from tests.domains.club.place import collect, make_source, write_file

pytestmark = pytest.mark.django_db
URL = "/club/members/"


def page_of(client: Client, name: str) -> str:
    return client.get(f"{URL}{Member.objects.get(name=name).uuid.hex}/").content.decode()


def test_an_empty_list_leads_to_collections(folder: Path, staff_client: Client) -> None:
    page = staff_client.get(URL).content.decode()
    assert "Nobody was found yet." in page
    assert "/club/collections/" in page


def test_members_are_found_by_name_pseudonym_application_and_feature(
    forum: Source, folder: Path, staff_client: Client
) -> None:
    write_file(folder, "other-talk.json", {"zoe": 1})
    make_source("other", "nexus", slugs=("talk",))
    collect()
    ada = Member.objects.get(name="Ada")
    everybody = staff_client.get(URL).content.decode()
    assert all(name in everybody for name in ("Ada", "Bob", "Zoe"))
    for query, there, not_there in (
        ("q=ada", "Ada", "Bob"),
        (f"q={ada.pseudonym}", "Ada", "Bob"),
        ("app=nexus", "Zoe", "Ada"),
        ("feature=ideas", "Ada", "Bob"),
    ):
        page = staff_client.get(f"{URL}?{query}").content.decode()
        assert f">{there}</a>" in page, query
        assert f">{not_there}</a>" not in page, query


def test_the_page_shows_rank_and_score_in_each_feature(forum: Source, staff_client: Client) -> None:
    collect()
    page = page_of(staff_client, "Bob")
    assert ">2 <" in page.replace("<span", "<")
    assert "of 2" in page
    assert "/club/features/skyflow/help/" in page
    assert "Ideas" not in page
    assert "as the pseudonym" in page
    assert "Erase" not in page.replace("to erase a member", ""), "who may not erase sees no button"


def test_the_list_shows_days_as_other_pages_do(forum: Source, staff_client: Client) -> None:
    Member.objects.create(
        application="skyflow", key="a", name="Ada", pseudonym="m-1", first_day="2026-01-02", last_day="2026-02-03"
    )
    page = staff_client.get("/club/members/").content.decode()
    assert "2 Jan 2026" in page
    assert "3 Feb 2026" in page


def test_somebody_who_is_not_ranked_any_more_is_still_shown(forum: Source, staff_client: Client) -> None:
    collect()
    bob, ideas = Member.objects.get(name="Bob"), Feature.objects.get(slug="ideas")
    FeatureMember.objects.create(feature=ideas, member=bob, first_day="2026-01-02", last_day="2026-02-03")
    page = page_of(staff_client, "Bob")
    assert page.count("not ranked now") == 1
    assert "3 Feb 2026" in page


def test_a_profile_is_linked_only_when_a_browser_may_go_there(folder: Path, staff_client: Client) -> None:
    for name, url in (("safe", "https://forum.example.org/u/1"), ("odd", "javascript:alert(1)")):
        Member.objects.create(
            application="skyflow",
            key=name,
            name=name,
            pseudonym=name,
            url=url,
            first_day="2026-03-02",
            last_day="2026-03-02",
        )
    assert 'href="https://forum.example.org/u/1"' in page_of(staff_client, "safe")
    assert "javascript:" not in page_of(staff_client, "odd")


def test_erasing_says_what_goes_then_starts_one_run(forum: Source, eraser: Client) -> None:
    collect()
    member = Member.objects.get(name="Bob")
    url = f"{URL}{member.uuid.hex}/erase/"
    question = eraser.get(url).content.decode()
    assert "This cannot be undone." in question
    assert "stored point" in question
    assert Member.objects.filter(name="Bob").exists()
    answer = eraser.post(url)
    run = Run.objects.get(method="erase_member")
    assert answer["Location"] == f"/runs/{run.uuid}/"
    eraser.post(url)
    assert Run.objects.filter(method="erase_member").count() == 1, "one erasure at a time"
    run_queued()
    run.refresh_from_db()
    assert run.state == "success", run.error
    assert not Member.objects.filter(name="Bob").exists()
    assert Erasure.objects.count() == 1
    page = eraser.get(URL).content.decode()
    assert "1 erased on request" in page
    assert "Bob" not in page
    assert eraser.get(url).status_code == 404


def test_who_may_not_erase_is_refused(forum: Source, staff_client: Client) -> None:
    collect()
    url = f"{URL}{Member.objects.get(name='Bob').uuid.hex}/erase/"
    assert staff_client.get(url).status_code == 403
    assert staff_client.post(url).status_code == 403
    assert Member.objects.filter(name="Bob").exists()


def test_the_list_and_a_page_cost_the_same_however_many_there_are(
    forum: Source, folder: Path, staff_client: Client
) -> None:
    def queries(url: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            staff_client.get(url)
        return len(seen)

    collect()
    page = f"{URL}{Member.objects.get(name='Ada').uuid.hex}/"
    for url in (URL, page):
        queries(url)
    before = [queries(URL), queries(page)]
    slugs = [f"s{number}" for number in range(12)]
    for slug in slugs:
        write_file(folder, f"files-{slug}.json", {"ada": 9} | {f"m{number}": 1 for number in range(40)})
    Source.objects.update(
        features=[{"slug": slug, "name": slug, "select": {"file": f"files-{slug}.json"}} for slug in ("help", *slugs)]
    )
    collect()
    assert [queries(URL), queries(page)] == before


def test_the_palette_finds_members(forum: Source, staff_client: Client) -> None:
    collect()
    assert f"{URL}{Member.objects.get(name='Bob').uuid.hex}/" in staff_client.get("/palette/?q=bob").content.decode()
