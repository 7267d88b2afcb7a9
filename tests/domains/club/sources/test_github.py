"""The kind GitHub, against an API on this machine."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domains.base.errors import RateLimited, UpstreamFailed, VaultError
from domains.club.clients import MemoryKeep, kind_of
from domains.club.readings import Reading
from domains.club.sources.errors import Refused, Unreadable
from tests.domains.club.sources.asking import asking, read, report, spec_of
from tests.emulators.github import TOKEN, GitHubEmulator, make_hub
from tests.emulators.github.hub import Comment

ACME = {"repositories": ["acme"]}
CONTRIBUTORS = {"from": "contributors", "name": ""}
BUGS = {"from": "issues", "name": "bug"}
QUESTIONS = {"from": "discussions", "name": "Q&A"}


@pytest.fixture
def github() -> Iterator[GitHubEmulator]:
    with GitHubEmulator(make_hub()) as emulator:
        yield emulator


def ask(
    github: GitHubEmulator,
    select: dict[str, str] | None = None,
    *,
    secret: str = TOKEN,
    keep: Any = None,
    **config: Any,
) -> Reading:
    return read("github", {**ACME, "url": github.url, **config}, select, secret=secret, keep=keep)


def own(github: GitHubEmulator) -> list[Any]:
    return [each for each in github.hub.repositories.values() if not each.fork]


def scores(rows: Any) -> dict[str, float]:
    return {each.name: each.score for each in rows}


def test_hero_metrics_are_added_up_over_an_owners_own_repositories(github: GitHubEmulator) -> None:
    reading = ask(github)
    issues = [each for repository in own(github) for each in repository.issues]
    people = {user.id for repository in own(github) for user, _ in repository.contributors if user.kind == "User"}
    assert reading.hero == {
        "stars": 5070,
        "forks": 1014,
        "watchers": 507,
        "open_issues": sum(each.is_open and not each.is_pull for each in issues),
        "contributors": len(people),
        "topics": sum(not each.is_pull for each in issues) + 60,
    }
    assert reading.notes == []


def test_without_a_token_topics_are_left_out_and_that_is_said(github: GitHubEmulator) -> None:
    reading = ask(github, secret="")
    assert "topics" not in reading.hero
    assert reading.notes == ["Topics are left out: GitHub counts issues and discussions for whoever has a token only."]


def test_only_the_repositories_with_most_stars_are_read(github: GitHubEmulator) -> None:
    for number in range(30):
        name = f"acme/small{number}"
        github.hub.repositories[name] = replace(github.hub.repositories["acme/empty"], id=200 + number, name=name)
    reading = ask(github, CONTRIBUTORS)
    assert reading.notes == ["25 of 33 repositories were read, those with most stars."]
    assert {"acme/engine", "acme/site"} < {each.key for each in reading.items}


def test_one_repository_is_read_alone(github: GitHubEmulator) -> None:
    assert ask(github, repositories=["acme/site"]).hero["stars"] == 70
    assert not github.came("acme/engine")


def test_a_repository_that_was_renamed_is_found(github: GitHubEmulator) -> None:
    github.hub.repositories["acme/engine"].renamed_to = "acme/motor"
    assert ask(github, repositories=["acme/engine"]).hero["stars"] == 5000
    assert "authorization" in github.came("/repositories/101")[0].headers


def test_contributors_of_a_repository_that_has_too_many_are_left_out(github: GitHubEmulator) -> None:
    github.hub.repositories["acme/site"].too_large = True
    reading = ask(github)
    assert "contributors" not in reading.hero
    assert reading.hero["stars"] == 5070
    assert any("Contributors are left out" in note for note in reading.notes)
    with pytest.raises(Refused):
        ask(github, CONTRIBUTORS)


def test_contributors_are_ranked_by_their_commits(github: GitHubEmulator) -> None:
    reading = ask(github, CONTRIBUTORS)
    wanted: dict[str, int] = {}
    for repository in own(github):
        for user, commits in repository.contributors:
            if user.kind == "User":
                wanted[user.login] = wanted.get(user.login, 0) + commits
    assert scores(reading.members) == wanted
    assert {each.key for each in reading.items} == {"acme/engine", "acme/site", "acme/empty"}
    assert reading.members[0].key.startswith(f"github:127.0.0.1:{github.port}:10")


@pytest.mark.parametrize("label", ["bug", "good first issue", ""])
@pytest.mark.parametrize("days", [7, 90])
def test_issues_count_what_was_begun_and_said_in_the_window(label: str, days: int, github: GitHubEmulator) -> None:
    reading = ask(github, {"from": "issues", "name": label}, days=days)
    members, items = github.truth_of_issues(label, days)
    assert scores(reading.members) == members
    assert {each.key: each.score for each in reading.items} == items
    assert members


def test_pull_requests_programs_and_deleted_accounts_are_nobody(github: GitHubEmulator) -> None:
    names = {each.name for each in ask(github, {"from": "issues", "name": ""}, days=90).members}
    assert not {"ghost", "dependabot[bot]"} & names
    pulls = {f"acme/engine#{each.number}" for each in own(github)[0].issues if each.is_pull}
    assert not pulls & {each.key for each in ask(github, {"from": "issues", "name": ""}, days=90).items}


@pytest.mark.parametrize(
    ("select", "wanted"),
    [
        (QUESTIONS, {"category": "Q&A"}),
        ({"from": "discussions", "name": ""}, {}),
        ({"from": "labelled_discussions", "name": "bug"}, {"label": "bug"}),
    ],
)
@pytest.mark.parametrize("days", [10, 90])
def test_discussions_count_what_was_begun_and_said_in_the_window(
    select: dict[str, str], wanted: dict[str, str], days: int, github: GitHubEmulator
) -> None:
    reading = ask(github, select, days=days)
    members, items = github.truth_of_discussions(days, **wanted)
    assert scores(reading.members) == members
    assert {each.key: each.score for each in reading.items} == items
    assert members


def test_discussions_behind_the_window_are_not_asked_for() -> None:
    with GitHubEmulator(make_hub(discussions=300)) as github:
        ask(github, {"from": "discussions", "name": ""}, repositories=["acme/engine"], days=3)
        few = len(github.came("/graphql"))
        ask(github, {"from": "discussions", "name": ""}, repositories=["acme/engine"], days=90)
        assert few < 6 < len(github.came("/graphql")) - few


def test_a_discussion_with_more_comments_than_are_read_is_noted(github: GitHubEmulator) -> None:
    talk = github.hub.repositories["acme/engine"].discussions[1]
    now = datetime.now(UTC)
    talk.comments = [Comment(None, now - timedelta(minutes=number)) for number in range(60)]
    notes = ask(github, {"from": "discussions", "name": ""}).notes
    assert notes == [f"acme/engine#{talk.number} has 60 comments, of which the newest 50 were read."]


def test_discussions_need_a_token(github: GitHubEmulator) -> None:
    with pytest.raises(Unreadable, match="Enter one"):
        ask(github, QUESTIONS, secret="")


def test_a_category_that_no_repository_has_is_said(github: GitHubEmulator) -> None:
    with pytest.raises(Unreadable, match="No repository has discussions of the category Gossip"):
        ask(github, {"from": "discussions", "name": "Gossip"})


def test_errors_that_come_with_status_200_are_errors(github: GitHubEmulator) -> None:
    with pytest.raises(Unreadable, match="Could not resolve to a Repository"):
        ask(github, {"from": "discussions", "name": ""}, repositories=["acme/gone"])
    github.graph.rate_limited = True
    with pytest.raises(RateLimited):
        ask(github, QUESTIONS)


def test_what_has_not_changed_costs_no_request_of_the_limit(github: GitHubEmulator) -> None:
    keep = MemoryKeep()
    first = ask(github, BUGS, keep=keep)
    used = github.used
    assert ask(github, BUGS, keep=keep) == first
    assert github.used == used
    assert {each.status for each in github.requests[-4:]} == {304}


def test_a_limit_that_is_used_up_is_said_with_what_helps(github: GitHubEmulator) -> None:
    github.allowed = 2
    with pytest.raises(RateLimited, match=r"(60|61) min.* A token raises GitHub's limit"):
        ask(github, secret="")
    assert len(github.requests) <= 3


def test_a_limit_that_begins_anew_soon_is_waited_for(github: GitHubEmulator) -> None:
    github.allowed, github.reset_in = 3, 0
    began = time.monotonic()

    def renew() -> None:
        github.used = 0

    github.faults.add("call", after=4, action=renew)
    reading = read("github", {"repositories": ["acme/site"], "url": github.url}, secret=TOKEN, time_s=20)
    assert reading.hero["stars"] == 70
    assert time.monotonic() - began >= 1


@pytest.mark.parametrize("says", [True, False])
def test_a_secondary_limit_is_obeyed(says: bool, github: GitHubEmulator) -> None:
    github.secondary, github.says_retry_after = 1, says
    if says:
        assert ask(github, CONTRIBUTORS).members
    else:
        with pytest.raises(RateLimited, match="60 s"):
            ask(github, CONTRIBUTORS)


def test_a_wrong_token_is_said(github: GitHubEmulator) -> None:
    with pytest.raises(Refused, match="does not accept the token") as caught:
        ask(github, secret="ghp_wrong")
    assert "ghp_wrong" not in f"{caught.value.message} {caught.value.detail}"


@pytest.mark.parametrize("name", ["acme/gone", "nobody"])
def test_what_is_not_there_is_said_by_its_name(name: str, github: GitHubEmulator) -> None:
    with pytest.raises(Refused, match=f"GitHub has no .*{name}"):
        ask(github, repositories=[name])


@pytest.mark.parametrize("kind", ["html", "broken", "empty", "deep", "nan", "bomb", "502", "cut", "reset", "451"])
@pytest.mark.parametrize("select", [None, CONTRIBUTORS, BUGS, QUESTIONS])
def test_every_broken_answer_is_an_error_in_words(
    kind: str, select: dict[str, str] | None, github: GitHubEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domains.club.sources.asker.FIRST_PAUSE_S", 0.01)
    github.faults.add(kind, times=None, after=1)
    with pytest.raises(UpstreamFailed) as caught:
        ask(github, select)
    assert caught.value.message


@pytest.mark.parametrize("body", [b"{}", b"[]", b"[1]", b'{"data": null}', b'{"data": {"repository": []}}', b"null"])
@pytest.mark.parametrize("select", [CONTRIBUTORS, BUGS, QUESTIONS])
def test_answers_of_another_form_are_errors_in_words_or_nothing(
    body: bytes, select: dict[str, str], github: GitHubEmulator
) -> None:
    github.faults.add("body", body=body, times=None)
    try:
        assert ask(github, select).members == []
    except VaultError as error:
        assert error.message


def test_a_redirect_to_another_host_does_not_get_the_token(github: GitHubEmulator) -> None:
    with GitHubEmulator(make_hub()) as other:
        github.faults.add("redirect", location=f"{other.url}/users/acme/repos")
        ask(github, CONTRIBUTORS)
        assert "authorization" not in other.requests[0].headers


def test_a_test_finds_labels_and_categories(github: GitHubEmulator) -> None:
    found = report("github", {**ACME, "url": github.url}, secret=TOKEN)
    assert (found.ok, found.message) == (True, "GitHub answers: 3 repositories.")
    assert [(each.slug, each.name, each.select["from"]) for each in found.found] == [
        ("contributors", "Contributors", "contributors"),
        ("issues", "Issues", "issues"),
        ("ideas", "Ideas", "discussions"),
        ("q-a", "Q&A", "discussions"),
        ("bug", "bug", "issues"),
        ("docs", "docs", "issues"),
        ("good-first-issue", "good first issue", "issues"),
    ]
    for each in found.found:
        assert ask(github, dict(each.select)).rows > 0


def test_a_test_without_a_token_says_what_is_left_out(github: GitHubEmulator) -> None:
    assert "Without a token" in report("github", {**ACME, "url": github.url}).message


@pytest.mark.parametrize(
    ("config", "field"),
    [
        ({"repositories": []}, "config.repositories"),
        ({"repositories": ["a/b/c"]}, "config.repositories"),
        ({"repositories": ["../etc"]}, "config.repositories"),
        ({"repositories": ["a/b?x"]}, "config.repositories"),
        ({"days": 1000}, "config.days"),
        ({"url": "no address"}, "config.url"),
    ],
)
def test_faults_of_a_configuration_are_found_by_field(config: dict[str, Any], field: str) -> None:
    source, _ = spec_of({**ACME, **config})
    assert list(kind_of("github").check(source.config, source.features)) == [field]


def test_requests_say_who_asks(github: GitHubEmulator) -> None:
    _, asker = asking(lambda ask: ask.get(f"{github.url}/repos/acme/site"), kind="github")
    assert github.requests[0].headers["user-agent"] == "Vault"
    assert asker.counts.requests == 1
