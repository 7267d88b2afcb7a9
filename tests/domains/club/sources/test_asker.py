"""Asking a source: paced, conditional, tried again within the time of its part."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from domains.base.errors import RateLimited, UpstreamFailed
from domains.base.outbound.errors import AddressRefused, NoAnswer, Unusable
from domains.club.clients import HttpAsker, MemoryKeep, Outside, kind_of
from domains.club.sources.errors import Refused
from domains.club.sources.limits import silence_s, used_up_for_s
from domains.club.sources.pace import HostPace
from tests.domains.club.sources.asking import asking
from tests.emulators.json_api import JsonApi

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture
def api() -> Iterator[JsonApi]:
    with JsonApi() as emulator:
        yield emulator


def get(api: JsonApi, path: str = "/stats", headers: dict[str, str] | None = None, **options: Any) -> Any:
    answer, asker = asking(lambda ask: ask.get(api.url + path, headers=headers), **options)
    return answer, asker.counts


def test_an_answer_is_counted(api: JsonApi) -> None:
    answer, counts = get(api)
    assert answer.json()["stats"]["people"] == 250
    assert (counts.requests, counts.unchanged, counts.bytes) == (1, 0, len(answer.body))
    assert 0 < counts.seconds < 5


def test_parameters_join_those_of_the_address(api: JsonApi) -> None:
    asking(lambda ask: ask.get(f"{api.url}/by-page?per_page=10", params={"page": "2"}))
    assert api.requests[0].query == {"per_page": "10", "page": "2"}


def test_what_has_not_changed_comes_from_what_is_kept(api: JsonApi) -> None:
    keep = MemoryKeep()
    first, _ = get(api, keep=keep)
    again, counts = get(api, keep=keep)
    assert (again.body, again.unchanged, first.unchanged) == (first.body, True, False)
    assert (counts.unchanged, counts.bytes) == (1, 0)
    assert [each.status for each in api.requests] == [200, 304]
    api.people.pop()
    changed, _ = get(api, keep=keep)
    assert changed.json()["stats"]["people"] == 249


def test_two_secrets_never_share_what_is_kept(api: JsonApi) -> None:
    keep = MemoryKeep()
    get(api, keep=keep, headers={"Authorization": "Bearer one"})
    answer, _ = get(api, keep=keep, headers={"Authorization": "Bearer two"})
    assert not answer.unchanged
    assert "if-none-match" not in api.requests[1].headers


def test_what_must_not_be_stored_is_not_kept(api: JsonApi) -> None:
    keep = MemoryKeep()
    api.faults.add("200", headers={"ETag": '"1"', "Cache-Control": "no-store"}, body=b"{}")
    get(api, keep=keep)
    assert keep.fresh == {}


def test_304_to_an_unconditional_question_is_an_error(api: JsonApi) -> None:
    api.faults.add("304")
    with pytest.raises(Unusable, match="nobody asked"):
        get(api)


@pytest.mark.parametrize("kind", ["500", "502", "503", "504", "reset", "cut"])
def test_a_fault_that_passes_is_waited_out(kind: str, api: JsonApi) -> None:
    api.faults.add(kind, times=2)
    answer, counts = get(api)
    assert (answer.status, counts.requests) == (200, 3)
    assert counts.waited >= 1.0


@pytest.mark.parametrize(
    ("kind", "words"), [("500", "fault of its own"), ("503", "fault of its own"), ("reset", "broke")]
)
def test_a_fault_that_stays_is_told_after_three_tries(kind: str, words: str, api: JsonApi) -> None:
    api.faults.add(kind, times=None)
    with pytest.raises(UpstreamFailed, match=words):
        get(api)
    assert len(api.requests) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 422, 451])
def test_a_refusal_is_told_at_once(status: int, api: JsonApi) -> None:
    api.faults.add(str(status), times=None)
    with pytest.raises(Refused, match=rf"status {status}") as caught:
        get(api)
    assert (len(api.requests), caught.value.retryable, caught.value.answer.status) == (1, False, status)


def test_words_about_a_refusal_leave_out_the_query(api: JsonApi) -> None:
    api.faults.add("404")
    with pytest.raises(Refused) as caught:
        get(api, "/stats?key=s3cret")
    assert "s3cret" not in caught.value.message


def test_silence_that_is_asked_for_is_kept(api: JsonApi) -> None:
    api.faults.add("429", headers={"Retry-After": "1"})
    answer, counts = get(api)
    assert answer.status == 200
    assert api.requests[1].at - api.requests[0].at >= 1.0
    assert counts.waited >= 0.9


def test_silence_holds_for_everybody_who_asks_that_host(api: JsonApi) -> None:
    api.faults.add("429", headers={"Retry-After": "1"})

    async def both() -> None:
        async with Outside() as outside:
            kind = kind_of("http")
            first, second = (outside.asker(kind, keep=MemoryKeep()) for _ in range(2))
            one = asyncio.create_task(first.get(f"{api.url}/stats"))
            async with asyncio.timeout(10):  # until the answer has been read, and everybody is held
                while all(pace.silent_until < 0 for pace in outside.paces.values()):
                    await asyncio.sleep(0.01)
            await asyncio.gather(one, second.get(f"{api.url}/all"))

    asyncio.run(both())
    assert all(each.at - api.requests[0].at >= 1.0 for each in api.requests[1:])


def test_silence_longer_than_the_time_of_the_part_is_an_error_at_once(api: JsonApi) -> None:
    api.faults.add("429", headers={"Retry-After": "600"}, times=None)
    began = time.monotonic()
    with pytest.raises(RateLimited, match="in 10 min"):
        get(api)
    assert time.monotonic() - began < 2
    assert len(api.requests) == 1


def test_a_limit_that_is_used_up_keeps_the_next_request_from_being_sent(api: JsonApi) -> None:
    reset = str(int(time.time()) + 900)
    api.faults.add("200", headers={"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}, body=b"{}")

    async def twice(ask: HttpAsker) -> None:
        await ask.get(f"{api.url}/stats")
        await ask.get(f"{api.url}/stats")

    with pytest.raises(RateLimited, match=r"left alone for another 1[56] min"):
        asking(twice)
    assert len(api.requests) == 1


def test_a_source_that_hangs_costs_the_time_of_its_part_and_no_more(api: JsonApi) -> None:
    api.faults.add("hang", times=None)
    began = time.monotonic()
    with pytest.raises(NoAnswer):
        get(api, time_s=0.6)
    assert 0.5 < time.monotonic() - began < 3


def test_long_waits_are_told(api: JsonApi) -> None:
    said: list[str] = []
    api.faults.add("429", headers={"Retry-After": "2"})
    get(api, say=said.append)
    assert said == [f"waiting 2 s for 127.0.0.1:{api.port}"]


def test_an_address_that_is_refused_is_not_tried_again() -> None:
    with pytest.raises(AddressRefused):
        asking(lambda ask: ask.get("http://169.254.169.254/"))


@pytest.mark.parametrize("kind", ["html", "broken", "deep", "nan", "empty"])
def test_what_is_no_json_is_told_in_words(kind: str, api: JsonApi) -> None:
    api.faults.add(kind)
    answer, _ = get(api)
    with pytest.raises(UpstreamFailed, match="Check the address"):
        answer.json()


def test_connections_are_used_again(api: JsonApi) -> None:
    opened: list[object] = []
    accept = api.server.get_request
    api.server.get_request = lambda: opened.append(1) or accept()  # type: ignore[func-returns-value,method-assign]

    async def thrice(ask: HttpAsker) -> None:
        for _ in range(3):
            await ask.get(f"{api.url}/stats")

    asking(thrice)
    assert len(opened) == 1


def test_a_pace_lets_a_burst_pass_and_then_one_at_a_time() -> None:
    async def turns() -> list[float]:
        pace = HostPace("host", rate=20, burst=5)
        began = time.monotonic()
        found = []
        for _ in range(9):
            await pace.turn(10, lambda words: None)
            found.append(time.monotonic() - began)
        return found

    found = asyncio.run(turns())
    assert found[4] < 0.04
    assert found[8] >= 4 / 20 - 0.01


@pytest.mark.parametrize(
    ("status", "headers", "body", "seconds"),
    [
        (200, {"retry-after": "5"}, b"", None),
        (404, {"retry-after": "5"}, b"", None),
        (429, {"retry-after": "5"}, b"", 5),
        (429, {"retry-after": "0"}, b"", 1),
        (429, {"retry-after": format_datetime(NOW + timedelta(seconds=30), usegmt=True)}, b"", 30),
        (429, {"retry-after": "soon"}, b"", 60),
        (429, {}, b"", 60),
        (503, {}, b"", None),
        (503, {"retry-after": "7"}, b"", 7),
        (403, {}, b'{"message": "Forbidden"}', None),
        (403, {}, b'{"message": "You have exceeded a secondary rate limit."}', 60),
        (403, {"retry-after": "60"}, b"", 60),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW.timestamp()) + 90)}, b"", 91),
        (403, {"x-ratelimit-remaining": "12", "x-ratelimit-reset": str(int(NOW.timestamp()) + 90)}, b"", None),
        (429, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "inf"}, b"", 60),
    ],
)
def test_what_a_refusal_asks_for(status: int, headers: dict[str, str], body: bytes, seconds: float | None) -> None:
    assert silence_s(status, headers, body, NOW) == seconds


def test_a_limit_that_begins_anew_in_so_many_seconds_is_understood() -> None:
    assert used_up_for_s({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "45"}, NOW) == 45
