"""What emulators of JSON services have in common: answers, faults, and what they remember."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx
import pytest

from tests.emulators.json_api import JsonApi


@pytest.fixture
def api() -> Iterator[JsonApi]:
    with JsonApi() as emulator:
        yield emulator


def get(api: JsonApi, path: str = "/stats", **headers: str) -> httpx.Response:
    return httpx.get(api.url + path, headers=headers, timeout=2, trust_env=False)


def test_requests_are_remembered(api: JsonApi) -> None:
    get(api, "/by-page?page=2", **{"X-Own": "1"})
    (request,) = api.came("by-page")
    assert (request.method, request.path, request.query, request.status) == ("GET", "/by-page", {"page": "2"}, 200)
    assert request.headers["x-own"] == "1"


def test_304_goes_to_whoever_has_the_answer(api: JsonApi) -> None:
    etag = get(api).headers["etag"]
    again = get(api, **{"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    api.people.pop()
    assert get(api, **{"If-None-Match": etag}).status_code == 200


@pytest.mark.parametrize("status", ["400", "401", "403", "404", "429", "500", "502", "503", "504"])
def test_a_status_comes_once_and_then_all_is_well(status: str, api: JsonApi) -> None:
    api.faults.add(status, headers={"Retry-After": "7"})
    first = get(api)
    assert (first.status_code, first.headers["retry-after"]) == (int(status), "7")
    assert get(api).status_code == 200


def test_faults_spare_some_and_take_some(api: JsonApi) -> None:
    api.faults.add("500", match="stats", after=1, times=2)
    assert [get(api).status_code for _ in range(4)] == [200, 500, 500, 200]
    assert get(api, "/all").status_code == 200


@pytest.mark.parametrize("kind", ["hang", "reset", "cut"])
def test_connections_break(kind: str, api: JsonApi) -> None:
    api.faults.add(kind, seconds=5)
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{api.url}/stats", timeout=0.5, trust_env=False)
    assert get(api).status_code == 200


def test_a_bomb_is_small_on_its_way_and_large_at_its_end(api: JsonApi) -> None:
    api.faults.add("bomb")
    with httpx.stream("GET", f"{api.url}/stats", trust_env=False) as response:
        raw = sum(len(chunk) for chunk in response.iter_raw())
    assert (response.headers["content-encoding"], raw < 300_000) == ("gzip", True)


def test_an_endless_answer_goes_on(api: JsonApi) -> None:
    api.faults.add("endless")
    came = 0
    with httpx.stream("GET", f"{api.url}/stats", trust_env=False) as response:
        for chunk in response.iter_raw():
            came += len(chunk)
            if came > 3_000_000:
                break
    assert came > 3_000_000


def test_answers_take_their_time(api: JsonApi) -> None:
    api.latency = 0.2
    began = time.monotonic()
    get(api)
    assert time.monotonic() - began >= 0.2


@pytest.mark.parametrize(
    ("path", "names"),
    [("/by-page", "people"), ("/by-cursor", "people"), ("/by-address", "people"), ("/by-link", "")],
)
def test_every_paging_gives_everybody_once(path: str, names: str, api: JsonApi) -> None:
    def rows(response: httpx.Response) -> list[int]:
        data = response.json()
        return [each["id"] for each in (data[names] if names else data)]

    assert rows(get(api, path)) == list(range(1, 101))


def test_a_link_header_holds_what_makes_careless_readers_stumble(api: JsonApi) -> None:
    header = get(api, "/by-link").headers["link"]
    assert "sort=a,b;c" in header
    assert "rel=next" in header.split(">")[1]
