"""The kind Discourse, against a forum on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from domains.base.errors import RateLimited, UpstreamFailed, VaultError
from domains.club.clients import kind_of
from domains.club.readings import Reading
from domains.club.sources.errors import Refused, Unreadable
from tests.domains.club.sources.asking import read, report, spec_of
from tests.emulators.discourse import DiscourseEmulator, RateLimit, make_forum

SUPPORT = {"from": "category", "id": "support/5"}
DIRECTORY = {"from": "directory", "id": ""}


@pytest.fixture
def forum() -> Iterator[DiscourseEmulator]:
    with DiscourseEmulator(make_forum()) as emulator:
        yield emulator


def ask(forum: DiscourseEmulator, select: dict[str, str] | None = None, *, secret: str = "", **config: Any) -> Reading:
    return read("discourse", {"url": forum.url, **config}, select, secret=secret)


@pytest.mark.parametrize("old", [True, False])
def test_hero_metrics_are_found_by_their_old_and_new_names(old: bool, forum: DiscourseEmulator) -> None:
    forum.old_names = old
    hero = ask(forum).hero
    assert hero["members"] == 120
    assert (hero["active_1d"], hero["active_7d"], hero["active_30d"], hero["topics"]) == (11, 33, 66, 90)
    assert set(hero) == {"members", "active_1d", "active_7d", "active_30d", "topics", "posts", "likes"}


def test_statistics_that_about_does_not_show_come_from_their_own_address(forum: DiscourseEmulator) -> None:
    forum.hides_stats = forum.shares_statistics = True
    assert ask(forum).hero["members"] == 120


def test_a_forum_that_shows_no_statistics_says_what_to_do(forum: DiscourseEmulator) -> None:
    forum.hides_stats = True
    with pytest.raises(Unreadable, match="enter an API key"):
        ask(forum)


def test_a_key_opens_what_is_hidden(forum: DiscourseEmulator) -> None:
    forum.hides_stats, forum.key = True, "k3y"
    assert ask(forum, secret="k3y").hero["members"] == 120
    assert forum.requests[0].headers["api-username"] == "system"


def test_a_wrong_key_is_said(forum: DiscourseEmulator) -> None:
    forum.key = "k3y"
    with pytest.raises(Refused, match="Check the API key and its user") as caught:
        ask(forum, secret="wrong-key")
    assert "wrong-key" not in f"{caught.value.message} {caught.value.detail}"


def test_a_forum_for_members_only_says_what_to_do(forum: DiscourseEmulator) -> None:
    forum.needs_login = True
    with pytest.raises(Refused, match="It wants to know who asks: enter an API key"):
        ask(forum)


@pytest.mark.parametrize("old", [True, False])
def test_the_directory_ranks_by_topics_and_replies(old: bool, forum: DiscourseEmulator) -> None:
    forum.old_directory = old
    reading = ask(forum, DIRECTORY)
    people = [user for user in forum.forum.users.values() if user.id > 0 and user.topics + user.replies > 0]
    assert {each.name: each.score for each in reading.members} == {u.username: u.topics + u.replies for u in people}
    assert reading.members[0].url.startswith(f"{forum.url}/u/user")
    assert reading.notes == []
    assert {each.query["period"] for each in forum.came("directory")} == {"monthly"}


def test_accounts_are_told_apart_by_forum_and_number(forum: DiscourseEmulator) -> None:
    keys = {each.key for each in ask(forum, DIRECTORY).members}
    assert f"discourse:127.0.0.1:{forum.port}:1" in keys
    assert not any(key.endswith(":-1") for key in keys)


def test_a_directory_of_more_than_550_members_is_cut_and_says_so() -> None:
    with DiscourseEmulator(make_forum(users=700, topics=1)) as forum:
        reading = ask(forum, DIRECTORY)
        assert len(forum.came("directory")) == 11
        assert reading.notes == [
            "The forum lists 550 of 701 members, those with most replies. The others are left out."
        ]
        assert 500 < len(reading.members) <= 550


def test_the_user_of_the_key_who_is_put_on_top_is_counted_once(forum: DiscourseEmulator) -> None:
    forum.key = "k3y"
    first = forum.directory_item(7)
    real = forum.directory_items

    def with_own(request: Any) -> Any:
        reply = real(request)
        if request.query.get("page") == "0":
            import json

            data = json.loads(reply.body)
            data["directory_items"].insert(0, first)
            reply.body = json.dumps(data).encode()
        return reply

    forum.directory_items = with_own  # type: ignore[method-assign]
    names = [each.name for each in ask(forum, DIRECTORY, secret="k3y").members]
    assert len(names) == len(set(names))


def test_a_directory_that_is_switched_off_is_said(forum: DiscourseEmulator) -> None:
    forum.directory = False
    with pytest.raises(Refused, match="does not have this switched on"):
        ask(forum, DIRECTORY)


@pytest.mark.parametrize("days", [1, 30, 366])
def test_a_category_counts_topics_with_a_post_in_the_window(days: int, forum: DiscourseEmulator) -> None:
    reading = ask(forum, SUPPORT, days=days)
    members, topics = forum.truth_of_category(5, days)
    assert {each.name: each.score for each in reading.members} == members
    assert {each.title: each.score for each in reading.items} == topics
    assert members or days == 1


def test_pages_behind_the_window_are_not_asked_for() -> None:
    with DiscourseEmulator(make_forum(users=50, topics=900)) as forum:
        ask(forum, SUPPORT, days=3)
        few = len(forum.requests)
        ask(forum, SUPPORT, days=366)
        assert few <= 3 < len(forum.requests) - few


@pytest.mark.parametrize("new", [True, False])
def test_a_tag_counts_its_topics(new: bool, forum: DiscourseEmulator) -> None:
    forum.new_tags = new
    reading = ask(forum, {"from": "tag", "id": "bug"}, days=366)
    members, topics = forum.truth_of_tag("bug", 366)
    assert {each.name: each.score for each in reading.members} == members
    assert {each.title: each.score for each in reading.items} == topics
    assert members


def test_a_category_that_is_gone_is_said(forum: DiscourseEmulator) -> None:
    with pytest.raises(Refused, match="status 404"):
        ask(forum, {"from": "category", "id": "gone/99"})


def test_a_test_finds_what_can_be_asked_about(forum: DiscourseEmulator) -> None:
    found = report("discourse", {"url": forum.url})
    assert (found.ok, found.message) == (True, "Emulated forum answers: 120 members.")
    assert [(each.slug, each.name, dict(each.select)) for each in found.found] == [
        ("directory", "Directory", {"from": "directory", "id": ""}),
        ("general", "General", {"from": "category", "id": "general/4"}),
        ("support", "Support", {"from": "category", "id": "support/5"}),
        ("installing", "Support / Installing", {"from": "category", "id": "support/installing/6"}),
        ("category", "日本語", {"from": "category", "id": "-/7"}),
        ("bug", "bug", {"from": "tag", "id": "bug"}),
        ("idea", "idea", {"from": "tag", "id": "idea"}),
        ("howto", "howto", {"from": "tag", "id": "howto"}),
    ]
    source, _ = spec_of({"url": forum.url})
    assert kind_of("discourse").check(source.config, found.found) == {}


def test_everything_that_a_test_finds_can_be_read(forum: DiscourseEmulator) -> None:
    for each in report("discourse", {"url": forum.url}).found:
        assert ask(forum, dict(each.select)).rows > 0


def test_a_test_says_what_is_switched_off(forum: DiscourseEmulator) -> None:
    forum.hides_stats, forum.directory, forum.tagging = True, False, False
    found = report("discourse", {"url": forum.url})
    assert not found.ok
    assert found.clicks
    assert [each.name for each in found.found] == ["General", "Support", "Support / Installing", "日本語"]


@pytest.mark.parametrize("where", ["limit", "app_limit"])
def test_both_kinds_of_rate_limits_are_obeyed(where: str, forum: DiscourseEmulator) -> None:
    setattr(forum, where, RateLimit(rate=2.0, burst=1))
    reading = ask(forum, SUPPORT, days=366)
    assert {each.name: each.score for each in reading.members} == forum.truth_of_category(5, 366)[0]
    assert 429 in {each.status for each in forum.requests}


def test_a_limit_that_outlasts_the_time_is_said(forum: DiscourseEmulator) -> None:
    forum.faults.add("429", headers={"Retry-After": "86400"}, times=None)
    with pytest.raises(RateLimited, match="1440 min"):
        ask(forum)


@pytest.mark.parametrize("kind", ["html", "broken", "empty", "list", "object", "deep", "bomb", "502", "cut", "reset"])
@pytest.mark.parametrize("select", [None, DIRECTORY, SUPPORT])
def test_every_broken_answer_is_an_error_in_words(
    kind: str, select: dict[str, str] | None, forum: DiscourseEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domains.club.sources.asker.FIRST_PAUSE_S", 0.01)
    forum.faults.add(kind, times=None)
    with pytest.raises(UpstreamFailed) as caught:
        ask(forum, select)
    assert caught.value.message


def test_a_redirect_to_a_private_address_is_not_followed(forum: DiscourseEmulator) -> None:
    forum.faults.add("redirect", location="http://169.254.169.254/about.json")
    with pytest.raises(VaultError, match="metadata"):
        ask(forum)


@pytest.mark.parametrize(
    ("config", "select", "field"),
    [
        ({"url": "no address"}, DIRECTORY, "config.url"),
        ({"period": "hourly"}, DIRECTORY, "config.period"),
        ({"days": 0}, DIRECTORY, "config.days"),
        ({}, {"from": "elsewhere"}, "features.0.from"),
        ({}, {"from": "category", "id": ""}, "features.0.id"),
        ({}, {"from": "category", "id": "../admin/users"}, "features.0.id"),
        ({}, {"from": "tag", "id": "a?b"}, "features.0.id"),
    ],
)
def test_faults_of_a_configuration_are_found_by_field(
    config: dict[str, Any], select: dict[str, str], field: str
) -> None:
    source, _ = spec_of({"url": "https://forum.example", **config}, select)
    assert field in kind_of("discourse").check(source.config, source.features)
