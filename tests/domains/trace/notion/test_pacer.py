"""One pace for all processes that use a token, and silence for as long as Notion asks for it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from domains.trace.notion import pacer
from domains.trace.notion.api import NotionApi
from domains.trace.notion.errors import Interrupted
from domains.trace.notion.pacer import fingerprint
from domains.trace.service import pace
from tests.domains.orchestration.processes import PROJECT, environment
from tests.domains.trace.notion.conftest import MakeApi
from tests.emulators.notion import NotionEmulator, RateLimit, make_workspace

RATE, EACH = 12.0, 18
ASKER = """
import sys, django
django.setup()
from domains.trace.notion.api import NotionApi
with NotionApi(sys.argv[1], api_url=sys.argv[2], rate=float(sys.argv[3])) as api:
    print("ready", flush=True)
    sys.stdin.readline()
    for _ in range(int(sys.argv[4])):
        api.me()
    print(api.requests, flush=True)
"""


class Clock:
    """Time that passes by sleeping only."""

    def __init__(self) -> None:
        self.now, self.slept = 1000.0, 0.0

    def monotonic(self) -> float:
        """The time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let it pass."""
        self.now += seconds
        self.slept += seconds


@contextmanager
def askers(notion: NotionEmulator, count: int) -> Iterator[list[subprocess.Popen[str]]]:
    """Processes that wait for a line before they ask Notion who they are, again and again."""
    command = [sys.executable, "-c", ASKER, notion.token, notion.url, str(RATE), str(EACH)]
    pipe = subprocess.PIPE
    processes = [
        subprocess.Popen(command, cwd=PROJECT, env=environment(), text=True, stdin=pipe, stdout=pipe)
        for _ in range(count)
    ]
    try:
        for process in processes:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.communicate()


@pytest.mark.django_db(transaction=True)
def test_two_processes_together_are_never_faster_than_one_pace() -> None:
    with NotionEmulator(make_workspace(1)) as notion, askers(notion, 2) as processes:
        started = time.monotonic()
        for process in processes:
            assert process.stdin
            process.stdin.write("go\n")
            process.stdin.flush()
        for process in processes:
            assert process.stdout
            assert process.stdout.readline() == f"{EACH}\n"
        came = sorted(request.at for request in notion.requests)
    assert len(came) == 2 * EACH
    too_early = [n for n, at in enumerate(came) if at - started < 0.99 * n / RATE - 0.01]
    assert not too_early, f"request {too_early[0]} came {came[too_early[0]] - started:.3f} s after the start"


@pytest.mark.django_db
def test_slots_follow_each_other_at_the_pace() -> None:
    waits = [pace.reserve("token", 10.0) for _ in range(5)]
    assert [round(wait / 10) for wait in waits] == [0, 1, 2, 3, 4]
    assert pace.reserve("another token", 10.0) < 1


@pytest.mark.django_db
def test_an_idle_time_is_not_made_up_for() -> None:
    pace.reserve("token", 0.001)
    time.sleep(0.01)
    assert pace.reserve("token", 50.0) < 1
    assert pace.reserve("token", 50.0) > 45


def test_a_steady_export_is_refused_never_by_notions_own_limit(make_api: MakeApi, notion: NotionEmulator) -> None:
    notion.rate_limit = RateLimit(rate=20, burst=9)
    api = make_api(rate=20)
    for _ in range(40):
        api.me()
    assert [request.status for request in notion.requests] == [200] * 40


@pytest.mark.parametrize("seconds", ["3600", "90", "1.5"])
def test_a_wait_of_any_length_is_kept_to_the_end(
    seconds: str, notion: NotionEmulator, make_api: MakeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    said: list[str] = []
    monkeypatch.setattr(pacer, "time", clock)
    notion.faults.add("429", match="users/me", retry_after=seconds)
    api = make_api(say=said.append)
    api.me()
    assert api.requests == 2
    # On a machine that is busy real time passes too, between the answer and the next reservation.
    assert float(seconds) - 20 < clock.slept < float(seconds) + 1
    if seconds == "3600":
        assert said[0].startswith("waiting 3,") and said[0].endswith("s for Notion")
        assert said[-1] == ""


def test_the_wait_holds_for_every_client_of_the_token_and_for_no_other(
    notion: NotionEmulator, make_api: MakeApi
) -> None:
    said: list[str] = []
    notion.faults.add("429", match="users/me", retry_after="3600")
    with pytest.raises(Interrupted):
        make_api(say=said.append, stop=lambda: bool(said)).me()
    assert said[0].startswith("waiting 3,")
    assert pace.reserve(fingerprint(notion.token), 0.0) > 3000
    assert pace.reserve(fingerprint("ntn_another"), 0.0) == 0.0


def test_a_cancelled_run_waits_no_longer_and_sends_nothing_more(notion: NotionEmulator, make_api: MakeApi) -> None:
    said: list[str] = []
    notion.faults.add("429", match="users/me", retry_after="600")
    started = time.monotonic()
    with pytest.raises(Interrupted):
        make_api(say=said.append, stop=lambda: len(said) > 1).me()
    assert time.monotonic() - started < 60
    assert len(notion.requests) == 1


def test_a_run_that_is_cancelled_before_sends_nothing(notion: NotionEmulator, make_api: MakeApi) -> None:
    with pytest.raises(Interrupted):
        make_api(stop=lambda: True).me()
    assert not notion.requests


def test_failures_are_followed_by_longer_and_longer_pauses(
    notion: NotionEmulator, make_api: MakeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    waits: list[str] = []
    monkeypatch.setattr(pacer, "time", clock)
    monkeypatch.setattr("domains.trace.notion.retry.FIRST_S", 1.0)
    notion.faults.add("503", match="users/me", times=7)
    api: NotionApi = make_api(say=waits.append)
    api.me()
    assert 95 < clock.slept < 160
    assert any("Notion answered 503" in words for words in waits)
