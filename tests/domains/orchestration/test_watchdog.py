"""When a cluster counts as wedged, on a clock of the test's own; and the signs of life that it is judged by."""

from __future__ import annotations

import os

import pytest

from domains.orchestration import pulse
from domains.orchestration.watchdog import PATIENCE_S, Verdict, Watchdog

LONG_AGO = float("-inf")


def verdicts(watchdog: Watchdog, seconds: int, *, since: int = 0, **seen: object) -> list[Verdict]:
    """What it says each second."""
    values = {"has_work": True, "is_free": True, "heard": LONG_AGO} | seen
    return [watchdog.judge(float(since + second), **values) for second in range(seconds)]  # type: ignore[arg-type]


def test_a_cluster_that_answers_no_kick_is_wedged_within_half_a_minute_and_judged_anew_after() -> None:
    watchdog = Watchdog()
    said = verdicts(watchdog, 31)
    assert said == [Verdict.KICK] * 30 + [Verdict.WEDGED]
    assert PATIENCE_S == 30
    assert verdicts(watchdog, 30, since=31) == [Verdict.KICK] * 30


@pytest.mark.parametrize("seen", [{"has_work": False}, {"is_free": False}], ids=["nothing to do", "all at work"])
def test_a_cluster_without_work_or_without_a_free_process_is_fine(seen: dict[str, bool]) -> None:
    assert set(verdicts(Watchdog(), 300, **seen)) == {Verdict.FINE}


def test_one_moment_of_calm_ends_the_suspicion() -> None:
    watchdog = Watchdog()
    verdicts(watchdog, 29)
    verdicts(watchdog, 1, since=29, is_free=False)
    assert verdicts(watchdog, 30, since=30) == [Verdict.KICK] * 30


def test_a_cluster_that_stirs_is_not_wedged_however_much_waits() -> None:
    watchdog = Watchdog()
    said = [watchdog.judge(float(now), has_work=True, is_free=True, heard=now - now % 20) for now in range(600)]
    assert set(said) == {Verdict.KICK}


def test_signs_of_life_go_through_the_pipe_and_a_full_one_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    pulse.beat()
    listener = pulse.Listener()
    monkeypatch.setattr(pulse, "_pipe", listener.pipe)
    pulse.beat()
    pulse.send(pulse.INNOCENT, 7)
    assert listener.heard() == [(pulse.ALIVE, os.getpid()), (pulse.INNOCENT, 7)]
    assert listener.heard() == []
    for _ in range(20_000):
        pulse.beat()
    assert {sign for sign, _ in listener.heard()} == {pulse.ALIVE}
    listener.close()
    pulse.beat()
