"""Rates, shares, roll-ups and time lines."""

from __future__ import annotations

import json
import math
import statistics

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domains.core.rules import (
    METRICS,
    command_title,
    merge,
    rate,
    roll_up,
    sample_of,
    slot,
    timeline,
)
from domains.core.snapshot import Container, Usage, snapshot_json
from tests.domains.core.factories import GB, counters, snapshot

values = st.one_of(st.none(), st.floats(0, 1e12, allow_nan=False))
samples = st.lists(st.fixed_dictionaries(dict.fromkeys(METRICS, values)), max_size=40)


def test_rates_are_growth_by_time() -> None:
    found = snapshot(
        before=counters(),
        counters=counters(
            monotonic=102.0,
            cpu=((11.0, 102.0), (22.0, 102.0)),
            disks={"sda": (3_000, 2_000)},
            nics={"eth0": (5_500, 6_000), "lo": (7, 7)},
            container_cpu=4.0,
        ),
    )

    assert (found.cpu, found.cores) == (75.0, (50.0, 100.0))
    assert [(f.name, f.inward, f.outward) for f in found.disk_flow] == [("sda", 1000.0, 0.0)]
    assert found.nic_flow[0].inward == 250.0


def test_the_first_sample_has_no_rates_instead_of_zeros() -> None:
    found = snapshot()

    assert (found.cpu, found.cores) == (None, (None, None))
    assert found.disk_flow[0].inward is None
    assert sample_of(found)["cpu"] is None


def test_a_counter_that_runs_backwards_gives_no_rate() -> None:
    found = snapshot(
        before=counters(),
        counters=counters(monotonic=102.0, disks={"sda": (10, 2_400)}, cpu=((1.0, 200.0), (20.0, 102.0))),
    )

    assert (found.disk_flow[0].inward, found.disk_flow[0].outward) == (None, 200.0)
    assert found.cores[0] is None


def test_samples_before_and_after_a_restart_of_the_host_are_not_compared() -> None:
    grown = counters(monotonic=102.0, cpu=((11.0, 102.0), (22.0, 102.0)))
    assert snapshot(before=counters(), counters=grown).cpu == 75.0

    found = snapshot(before=counters(boot=1.0), counters=grown)

    assert found.cpu is None


@pytest.mark.parametrize("monotonic", [100.0, 50.0, 100.0 + 3600])
def test_samples_with_an_impossible_gap_are_not_compared(monotonic: float) -> None:
    found = snapshot(before=counters(), counters=counters(monotonic=monotonic, cpu=((60.0, 500.0), (60.0, 500.0))))

    assert found.cpu is None


def test_a_new_disk_has_no_rate_at_first() -> None:
    found = snapshot(before=counters(), counters=counters(monotonic=102.0, disks={"sda": (1, 1), "sdb": (5, 5)}))

    assert found.disk_flow[1].inward is None


def test_the_limit_is_the_least_of_affinity_and_quota() -> None:
    assert snapshot(affinity=4, container=Container("v2", cpu_limit=1.5)).usable_cores == 1.5
    assert snapshot(affinity=1, container=Container("v2", cpu_limit=1.5)).usable_cores == 1.0
    assert snapshot(affinity=4).usable_cores == 4.0


def test_memory_counts_against_the_smaller_of_host_and_container() -> None:
    assert snapshot(container=Container("v2", memory_limit=GB, memory_used=GB // 2)).room == Usage(GB, GB // 2, 50.0)
    assert snapshot(container=Container("v2", memory_limit=900 * GB, memory_used=1)).room.total == 16 * GB


def test_loopback_traffic_is_not_network_traffic() -> None:
    found = snapshot(
        before=counters(), counters=counters(monotonic=101.0, nics={"eth0": (5_100, 6_000), "lo": (9_999, 9_999)})
    )

    assert sample_of(found)["net_recv"] == 100.0


def test_absent_values_are_null_and_named() -> None:
    body = json.loads(snapshot_json(snapshot()))

    assert (body["swap"], body["temperature"]) == (None, None)
    assert body["absent"] == ["temperature", "swap"]
    assert "counters" not in body


@settings(deadline=None, max_examples=50)
@given(samples)
def test_a_roll_up_is_least_mean_greatest_and_count(rows: list[dict[str, float | None]]) -> None:
    found = roll_up(rows)

    for name in METRICS:
        known = [value for row in rows if (value := row[name]) is not None]
        spread = found[name]
        if not known:
            assert spread is None
            continue
        assert spread is not None
        assert (spread[0], spread[2], spread[3]) == (min(known), max(known), len(known))
        assert math.isclose(spread[1], statistics.fmean(known), rel_tol=1e-9, abs_tol=1e-9)


@settings(deadline=None, max_examples=50)
@given(samples, samples)
def test_merged_roll_ups_equal_the_roll_up_of_everything(
    first: list[dict[str, float | None]], second: list[dict[str, float | None]]
) -> None:
    parts, whole = merge([roll_up(first), roll_up(second)]), roll_up(first + second)

    for name in METRICS:
        part, all_of_it = parts[name], whole[name]
        assert (part is None) == (all_of_it is None)
        if part is not None and all_of_it is not None:
            assert part == pytest.approx(all_of_it)


def test_slots_go_round() -> None:
    assert slot(7.9, seconds=2, size=3) == (0, 6)
    assert slot(8.0, seconds=2, size=3) == (1, 8)


def test_a_rate_needs_two_values_and_time() -> None:
    assert rate(10, 4, 2) == 3
    assert [rate(None, 4, 2), rate(10, None, 2), rate(10, 4, 0), rate(4, 10, 2)] == [None] * 4


def test_a_time_line_marks_gaps_and_keeps_short_ones_out() -> None:
    assert timeline([100, 110, 130], first=100, last=130, step=10, gap=60) == [100, 110, 130]
    assert timeline([100, 110, 200, 210], first=100, last=210, step=10, gap=60) == [100, 110, 120, 190, 200, 210]
    assert timeline([], first=0, last=90, step=10, gap=60) == [0, 90]


def test_a_lonely_point_gets_a_length() -> None:
    assert timeline([500], first=0, last=900, step=10, gap=60) == [0, 500, 509, 900]


@pytest.mark.parametrize(
    ("command", "title"),
    [
        (["/usr/bin/python3", "manage.py", "sampler", "--x"], "python3 manage.py sampler"),
        (["/usr/bin/mysql", "-psecret", "db"], "mysql"),
        (["psql", "postgres://u:secret@h/db"], "psql"),
        (["env", "TOKEN=secret", "run"], "env"),
        (["python3", "flow.py", "tydmll3ktxsq977pvkw1b655"], "python3 flow.py"),
        (["redis-cli", "auth", "hunter"], "redis-cli auth"),
        (["sshpass", "s3cret"], "sshpass"),
        (["postgres: writer process  "], "postgres:"),
        ([], "kworker"),
        (["", ""], "kworker"),
    ],
)
def test_a_process_is_named_without_what_may_be_secret(command: list[str], title: str) -> None:
    assert command_title(command, "kworker") == title
