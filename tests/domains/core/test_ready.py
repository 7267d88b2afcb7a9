"""Bytes that are ready before anybody asks, what happens when nobody measures, and what is said of old figures."""

from __future__ import annotations

import threading
import time

import psutil
import pytest
from django.db import connection

from domains.base.ready import made, shared
from domains.core import reads, ready
from domains.core.host import host_name
from domains.core.models import HostSample, SamplerLock
from domains.core.sampler import sample_in_request
from tests.domains.core.factories import snapshot

pytestmark = pytest.mark.django_db


@pytest.fixture
def no_psutil(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any look at the host fails the test."""

    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("psutil was asked in a request")

    for name in ("cpu_times", "virtual_memory", "process_iter", "disk_usage", "net_io_counters"):
        monkeypatch.setattr(psutil, name, forbidden)


def test_a_fresh_snapshot_is_answered_from_the_cache(no_psutil: None) -> None:
    ready.publish(snapshot())

    found = reads.latest_snapshot()
    assert found is not None
    assert found.by == "sampler"
    assert reads.latest_json() == ready.find("json", host_name())
    assert reads.latest_panel("host") == ready.find("panel:host", host_name())


def test_a_sample_of_two_intervals_ago_is_good_enough(no_psutil: None) -> None:
    ready.publish(snapshot(at=time.time() - 4))

    found = reads.latest_snapshot()

    assert found is not None
    assert found.by == "sampler"


def test_the_first_to_ask_measures_when_no_sampler_has_run() -> None:
    found = reads.latest_snapshot()

    assert found is not None
    assert found.by == "request"
    assert HostSample.objects.count() == 1, "the charts get the sample too"


def test_a_sample_older_than_three_intervals_is_replaced_by_the_request() -> None:
    ready.publish(snapshot(at=time.time() - 7, processes_at=time.time() - 7))

    found = reads.latest_snapshot()

    assert found is not None
    assert found.by == "request"


def test_one_request_in_three_intervals_measures_and_the_others_get_what_is_there() -> None:
    old = snapshot(at=time.time() - 7)
    ready.publish(old)
    assert ready.may_sample(host_name(), 6)

    found = reads.latest_snapshot()

    assert found is not None
    assert found.at == old.at
    assert reads.is_stale(found.at)


@pytest.mark.django_db(transaction=True)
def test_many_viewers_at_once_cause_one_measurement(monkeypatch: pytest.MonkeyPatch) -> None:
    real, taken = psutil.virtual_memory, []

    def counted() -> object:
        taken.append(1)
        return real()

    monkeypatch.setattr(psutil, "virtual_memory", counted)
    threads = [threading.Thread(target=ask_and_hang_up) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(taken) == 1


def ask_and_hang_up() -> None:
    reads.latest_json()
    connection.close()


def test_age_decides_what_is_stale() -> None:
    assert not reads.is_stale(time.time() - 5.5)
    assert reads.is_stale(time.time() - 6.5)


def test_the_host_measured_last_is_shown_where_this_one_is_not_measured() -> None:
    from django.utils import timezone

    SamplerLock.objects.create(host="sampler-box", owner="x", beat=timezone.now())
    ready.publish(snapshot(host="sampler-box"))

    found = reads.latest_snapshot()

    assert found is not None
    assert (found.host, reads.shown_host()) == ("sampler-box", "sampler-box")
    panel = reads.latest_panel("host")
    assert panel is not None


def test_the_same_figures_have_the_same_etag() -> None:
    assert made(b"x", 1.0).etag == made(b"x", 2.0).etag != made(b"y", 1.0).etag


def test_shared_bytes_are_built_once_for_all_viewers() -> None:
    built: list[int] = []

    def build() -> bytes:
        built.append(1)
        return b"tile"

    assert [shared("t", 60, build).body for _ in range(5)] == [b"tile"] * 5
    assert len(built) == 1


def test_shared_bytes_are_built_anew_when_their_time_is_over() -> None:
    first = shared("t", 0.0, lambda: b"one")

    second = shared("t", 0.0, lambda: b"two")

    assert (first.body, second.body) == (b"one", b"two")


def test_a_panel_that_breaks_leaves_the_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> str:
        raise ValueError("no such tag")

    monkeypatch.setitem(ready._renderers, "host", ready.Renderer("host", broken))

    ready.publish(snapshot())

    assert ready.find("json", host_name()) is not None
    assert ready.find("panel:processes-cpu", host_name()) is not None


def test_who_comes_second_to_measure_gets_the_sample_of_the_first() -> None:
    first = sample_in_request(None)

    second = sample_in_request(None)

    assert first is not None
    assert second is not None
    assert second.at == first.at
