"""The emulated forum behaves as Discourse was recorded to, so that tests which lean on it mean something."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.emulators.discourse import DiscourseEmulator, RateLimit, make_forum


@pytest.fixture
def forum() -> Iterator[DiscourseEmulator]:
    with DiscourseEmulator(make_forum()) as emulator:
        yield emulator


def get(forum: DiscourseEmulator, path: str, **headers: str) -> httpx.Response:
    return httpx.get(forum.url + path, headers=headers, trust_env=False)


def test_figures_have_the_names_of_the_version(forum: DiscourseEmulator) -> None:
    new = get(forum, "/about.json").json()["about"]["stats"]
    forum.old_names = True
    old = get(forum, "/about.json").json()["about"]["stats"]
    assert (new["users_count"], old["user_count"]) == (120, 120)
    assert "user_count" not in new and "users_count" not in old
    assert "active_users_30_days" in new.keys() & old.keys()
    assert "active_users_count" not in new.keys() | old.keys()


def test_statistics_that_are_not_shared_lead_to_the_front_page(forum: DiscourseEmulator) -> None:
    forum.hides_stats = True
    assert "stats" not in get(forum, "/about.json").json()["about"]
    moved = get(forum, "/site/statistics.json")
    assert (moved.status_code, moved.headers["location"]) == (302, f"{forum.url}/")


def test_without_json_the_answer_is_a_page(forum: DiscourseEmulator) -> None:
    assert get(forum, "/about").headers["content-type"] == "text/html"
    assert get(forum, "/about", Accept="application/json").json()["about"]


@pytest.mark.parametrize(
    ("query", "status"),
    [("", 400), ("?period=hourly", 403), ("?period=all&page=10", 200), ("?period=all&page=11", 400)],
)
def test_the_directory_is_particular(query: str, status: int, forum: DiscourseEmulator) -> None:
    assert get(forum, f"/directory_items.json{query}").status_code == status


def test_the_directory_names_a_next_page_always(forum: DiscourseEmulator) -> None:
    last = get(forum, "/directory_items.json?period=all&page=10").json()
    assert last["directory_items"] == []
    assert "page=11" in last["meta"]["load_more_directory_items"]


def test_subcategories_come_when_they_are_asked_for(forum: DiscourseEmulator) -> None:
    def inner(path: str) -> list[Any]:
        listed = get(forum, path).json()["category_list"]["categories"]
        return [name for each in listed for name in each.get("subcategory_list", [])]

    assert inner("/categories.json") == []
    assert [each["name"] for each in inner("/categories.json?include_subcategories=true")] == ["Installing"]


def test_a_list_of_topics_says_whether_there_is_more(forum: DiscourseEmulator) -> None:
    first = get(forum, "/c/support/5.json").json()["topic_list"]
    assert len(first["topics"]) == 30 and first["more_topics_url"]
    last = get(forum, "/c/support/5.json?page=1").json()["topic_list"]
    assert 0 < len(last["topics"]) < 30 and "more_topics_url" not in last


def test_ids_of_tags_are_names_or_numbers(forum: DiscourseEmulator) -> None:
    assert get(forum, "/tags.json").json()["tags"][0]["id"] == "bug"
    forum.new_tags = True
    assert get(forum, "/tags.json").json()["tags"][0]["id"] == 7
    assert get(forum, "/tag/bug.json").status_code == 301


def test_refusals_have_their_types(forum: DiscourseEmulator) -> None:
    forum.key = "k"
    assert get(forum, "/about.json", **{"Api-Key": "x", "Api-Username": "a"}).json()["error_type"] == "invalid_access"
    forum.needs_login = True
    assert get(forum, "/about.json").json()["error_type"] == "not_logged_in"
    assert get(forum, "/about.json", **{"Api-Key": "k", "Api-Username": "a"}).status_code == 200


def test_the_two_limits_answer_in_their_own_ways(forum: DiscourseEmulator) -> None:
    forum.limit = RateLimit(rate=0.1, burst=1)
    get(forum, "/about.json")
    plain = get(forum, "/about.json")
    assert (plain.status_code, plain.headers["content-type"]) == (429, "text/plain")
    assert plain.headers["discourse-rate-limit-error-code"] == "ip_10_secs_limit"
    forum.limit, forum.app_limit = None, RateLimit(rate=0.1, burst=1)
    get(forum, "/about.json")
    told = get(forum, "/about.json")
    assert told.json()["extras"]["wait_seconds"] == int(told.headers["retry-after"])
