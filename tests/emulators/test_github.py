"""The emulated API behaves as GitHub was recorded to, so that tests which lean on it mean something."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.emulators.github import TOKEN, GitHubEmulator, make_hub


@pytest.fixture
def github() -> Iterator[GitHubEmulator]:
    with GitHubEmulator(make_hub()) as emulator:
        yield emulator


def get(github: GitHubEmulator, path: str, *, token: str = TOKEN, **headers: str) -> httpx.Response:
    known = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.get(github.url + path, headers={**known, **headers}, trust_env=False)


def graphql(github: GitHubEmulator, query: str, **variables: Any) -> Any:
    body = {"query": query, "variables": {"owner": "acme", "name": "engine", **variables}}
    return httpx.post(f"{github.url}/graphql", json=body, headers={"Authorization": f"Bearer {TOKEN}"}, trust_env=False)


def test_people_watching_are_told_in_the_single_answer_only(github: GitHubEmulator) -> None:
    assert get(github, "/repos/acme/engine").json()["subscribers_count"] == 500
    listed = get(github, "/users/acme/repos").json()[0]
    assert "subscribers_count" not in listed and listed["watchers_count"] == 5000


def test_pull_requests_are_among_the_issues(github: GitHubEmulator) -> None:
    rows = get(github, "/repos/acme/engine/issues?state=all&per_page=100").json()
    assert {"pull_request" in row for row in rows} == {True, False}


def test_later_pages_are_named_by_number_and_the_last_names_no_last(github: GitHubEmulator) -> None:
    first = get(github, "/repos/acme/engine/issues?state=all&per_page=100")
    assert f"<{github.url}/repositories/101/issues?state=all&per_page=100&page=2>" in first.headers["link"]
    last = get(github, "/repositories/101/issues?state=all&per_page=100&page=3")
    assert 'rel="last"' not in last.headers["link"] and 'rel="next"' not in last.headers["link"]


def test_labels_are_all_wanted_and_since_is_about_the_last_change(github: GitHubEmulator) -> None:
    both = get(github, "/repos/acme/engine/issues?state=all&labels=bug,docs&per_page=100").json()
    assert both and all({"bug", "docs"} <= {label["name"] for label in row["labels"]} for row in both)
    since = both[0]["updated_at"]
    newer = get(github, f"/repos/acme/engine/issues?state=all&since={since}&per_page=100").json()
    assert newer and all(row["updated_at"] >= since for row in newer)


def test_an_empty_repository_has_no_body_of_contributors(github: GitHubEmulator) -> None:
    empty = get(github, "/repos/acme/empty/contributors")
    assert (empty.status_code, empty.content) == (204, b"")


def test_304_is_not_counted_for_whoever_has_a_token(github: GitHubEmulator) -> None:
    etag = get(github, "/repos/acme/engine").headers["etag"]
    used = github.used
    assert get(github, "/repos/acme/engine", **{"If-None-Match": etag}).status_code == 304
    assert github.used == used
    assert get(github, "/repos/acme/engine", token="", **{"If-None-Match": etag}).status_code == 304
    assert github.used == used + 1


def test_a_limit_that_is_used_up_says_when_it_begins_anew(github: GitHubEmulator) -> None:
    github.allowed = 1
    assert get(github, "/repos/acme/engine").headers["x-ratelimit-remaining"] == "0"
    refused = get(github, "/repos/acme/engine")
    assert (refused.status_code, "retry-after" in refused.headers) == (403, False)
    assert int(refused.headers["x-ratelimit-reset"]) > time.time()


def test_a_secondary_limit_says_how_long(github: GitHubEmulator) -> None:
    github.secondary = 1
    refused = get(github, "/repos/acme/engine")
    assert (refused.status_code, refused.headers["retry-after"]) == (403, "1")
    assert get(github, "/repos/acme/engine").status_code == 200


def test_a_renamed_repository_moves_by_its_number(github: GitHubEmulator) -> None:
    github.hub.repositories["acme/engine"].renamed_to = "acme/motor"
    moved = get(github, "/repos/acme/engine/issues?state=all")
    assert moved.status_code == 301
    assert moved.headers["location"] == f"{github.url}/repositories/101/issues?state=all"


def test_tokens_and_user_agents_are_looked_at(github: GitHubEmulator) -> None:
    assert get(github, "/repos/acme/engine", token="wrong").status_code == 401
    request = httpx.Request("GET", f"{github.url}/repos/acme/engine")
    with httpx.Client(trust_env=False) as client:
        assert client.send(request).status_code == 403


def test_graphql_says_its_errors_with_status_200(github: GitHubEmulator) -> None:
    gone = graphql(github, "discussions(", name="gone")
    assert gone.status_code == 200
    assert gone.json()["data"] == {"repository": None}
    assert gone.json()["errors"][0]["type"] == "NOT_FOUND"
    github.graph.rate_limited = True
    assert graphql(github, "discussions(").json()["errors"][0]["type"] == "RATE_LIMITED"


def test_discussions_come_in_pages_the_last_touched_first(github: GitHubEmulator) -> None:
    first = graphql(github, "discussions(").json()["data"]["repository"]["discussions"]
    after = first["pageInfo"]["endCursor"]
    second = graphql(github, "discussions(", after=after).json()["data"]["repository"]["discussions"]
    touched = [each["updatedAt"] for each in first["nodes"] + second["nodes"]]
    assert touched == sorted(touched, reverse=True)
    assert len(touched) == 50 and first["pageInfo"]["hasNextPage"]
