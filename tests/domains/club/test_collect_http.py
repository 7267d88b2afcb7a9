"""Collections from sources over HTTP: at once within a bound, the same whatever the timing, and faults cost little."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from domains.club.models import Collection, FeaturePoint, HeroPoint, KeptAnswer, LastReading, Member, Part, Source
from domains.club.published import store
from domains.orchestration import stopping
from domains.orchestration.carry_out import carry_out
from domains.orchestration.models import Run
from domains.orchestration.orchestrator import cancel_run
from domains.orchestration.start import start
from domains.orchestration.tasks import run_queued
from tests.domains.club.place import collect, configure, make_http, make_place
from tests.domains.orchestration.workers import wait_for
from tests.emulators.json_api import JsonApi

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Iterator[Path]:
    configure(settings, CLUB_TIMEOUT_S=10.0)
    yield make_place(tmp_path, settings)
    stopping.withdraw()


@pytest.fixture
def api() -> Iterator[JsonApi]:
    with JsonApi(people=30) as found:
        yield found


def servers(stack: ExitStack, count: int) -> list[JsonApi]:
    return [stack.enter_context(JsonApi(people=5 + number)) for number in range(count)]


def part_of(feature: str = "help") -> Part:
    return Part.objects.filter(feature=feature).latest("pk")


def test_figures_come_with_what_asking_has_cost(api: JsonApi) -> None:
    make_http(api.url)
    assert collect().state == "success"
    part = part_of()
    assert (part.state, part.requests, part.rows, part.added) == ("done", 1, 30, 30)
    assert part.bytes > 1000
    assert 0 < part.seconds < 10
    assert HeroPoint.objects.get(every="day").figures == {"members": 30}


def test_what_has_not_changed_is_not_sent_again(api: JsonApi) -> None:
    make_http(api.url)
    collect()
    kept = dict(KeptAnswer.objects.values_list("address", "at"))
    assert len(kept) == 2
    collect()
    assert [request.status for request in api.came("/all")] == [200, 304]
    assert (part_of().unchanged, part_of().rows, part_of().changed) == (1, 30, 0)
    later = dict(KeptAnswer.objects.values_list("address", "at"))
    assert later.keys() == kept.keys()
    assert all(later[address] > kept[address] for address in kept)
    api.people[0]["score"] += 1
    collect()
    assert part_of().changed == 1


def test_no_more_parts_than_allowed_are_read_at_once(settings: Any) -> None:
    configure(settings, CLUB_CONCURRENCY=3)
    with JsonApi(people=3, latency=0.15) as api:
        for number in range(8):
            make_http(api.url, f"source {number}", hero=False)
        collect()
        assert api.most_busy == 3
        assert len(api.requests) == 8


def test_one_source_does_not_take_every_place(settings: Any) -> None:
    configure(settings, CLUB_CONCURRENCY=10)
    with JsonApi(people=3, latency=0.15) as api:
        make_http(api.url, slugs=[f"f{number}" for number in range(12)], hero=False)
        collect()
        assert api.most_busy == 4


def test_a_hung_source_costs_its_time_once_and_no_other_source_anything(api: JsonApi, settings: Any) -> None:
    configure(settings, CLUB_TIMEOUT_S=1.5, CLUB_CONCURRENCY=4)
    with JsonApi() as hung:
        hung.faults.add("hang", times=None)
        make_http(hung.url, "a hung one", slugs=[f"f{number}" for number in range(10)])
        make_http(api.url, "z")
        began = time.monotonic()
        run = collect()
        took = time.monotonic() - began
    assert run.state == "success"
    assert took < 2 * 1.5 + 2
    assert {part.state for part in Part.objects.filter(source_name="z")} == {"done"}
    given_up = Part.objects.filter(source_name="a hung one")
    assert {part.state for part in given_up} == {"stale"}
    assert sum(part.error.startswith("Not asked, since it said nothing") for part in given_up) == 7


def document(name: str) -> dict[str, Any]:
    return json.loads((store.versions() / store.current_folder() / name).read_text())  # type: ignore[no-any-return]


def published() -> dict[str, Any]:
    """What readers get, without the times at which things were done."""
    root = store.versions() / store.current_folder()
    found = {str(path.relative_to(root)): path.read_text() for path in sorted(root.rglob("*.json"))}
    return {name: _timeless(json.loads(text)) for name, text in found.items() if name != "club_index.json"}


def _timeless(value: Any) -> Any:
    if isinstance(value, dict):
        times = {"published", "as_of", "snapshot", "sha256"}
        return {name: _timeless(each) for name, each in value.items() if name not in times}
    return [_timeless(each) for each in value] if isinstance(value, list) else value


def test_the_same_is_published_whoever_answers_first() -> None:
    results = []
    with ExitStack() as stack:
        found = servers(stack, 4)
        for number, server in enumerate(found):
            make_http(server.url, f"source {number}", slugs=["help", "ideas"])
        for latencies in ([0.0, 0.3, 0.1, 0.2], [0.3, 0.0, 0.2, 0.1], [0.1, 0.2, 0.3, 0.0]):
            for server, latency in zip(found, latencies, strict=True):
                server.latency = latency
            assert collect().state == "success"
            results.append(_anonymous(published()))
            for model in (FeaturePoint, HeroPoint, Member, LastReading, KeptAnswer):
                model.objects.all().delete()
    assert results[0].count("Person") > 20
    assert results[1:] == [results[0]] * 2


def _anonymous(result: dict[str, Any]) -> str:
    """Without pseudonyms, which are made up."""
    text = json.dumps(result, sort_keys=True)
    for number, (pseudonym, name) in enumerate(Member.objects.values_list("pseudonym", "name")):
        assert number < 10_000
        text = text.replace(pseudonym, name)
    return text


FAULTS: dict[str, dict[str, Any]] = {
    "hang": {},
    "reset": {},
    "cut": {},
    "500": {},
    "502": {},
    "404": {},
    "403": {},
    "429": {"headers": {"Retry-After": "3600"}},
    "empty": {},
    "broken": {},
    "html": {},
    "deep": {},
    "nan": {},
    "object": {},
    "bomb": {},
    "endless": {},
    "redirect": {"location": "http://169.254.169.254/latest/meta-data/"},
}


@pytest.mark.parametrize("kind", FAULTS)
def test_whatever_goes_wrong_the_last_good_figures_stay_published_and_are_marked(
    api: JsonApi, settings: Any, kind: str
) -> None:
    configure(settings, CLUB_TIMEOUT_S=2.0)
    make_http(api.url)
    collect()
    before = document("skyflow/help-most-present.json")
    good = LastReading.objects.get(feature="help").at
    api.faults.add(kind, match="/all", times=None, **FAULTS[kind])
    run = collect()
    assert (run.state, run.error) == ("success", None)
    part = part_of()
    assert (part.state, part.stale_since) == ("stale", good)
    assert part.error.endswith(".")
    assert "Traceback" not in part.error
    assert Collection.objects.latest("pk").state == "partial"
    after = document("skyflow/help-most-present.json")
    assert after["data"]["members"] == before["data"]["members"]
    point = FeaturePoint.objects.get(every="day", feature__slug="help")
    assert point.stale == {"people": good.isoformat()}
    assert good.isoformat()[:19] in json.dumps(after)
    api.faults.clear()
    collect()
    assert FeaturePoint.objects.get(every="day", feature__slug="help").stale == {}


def test_a_cancelled_collection_stops_asking_and_is_marked_as_cancelled() -> None:
    with JsonApi(people=3) as slow:
        slow.faults.add("hang", times=None, seconds=60)
        for number in range(20):
            make_http(slow.url, f"source {number}", hero=False)
        run = Run.objects.get(uuid=start("club", "collect").uuid)
        began = time.monotonic()
        with once(lambda: bool(slow.requests), lambda: cancel_run(run.uuid)):
            run_queued()
        took = time.monotonic() - began
    run.refresh_from_db()
    assert run.state == "cancelled"
    assert took < 9
    assert Collection.objects.get().state == "cancelled"
    assert {part.state for part in Part.objects.all()} == {"waiting"}


def test_a_worker_that_stops_leaves_the_collection_to_another_one(api: JsonApi) -> None:
    make_http(api.url, "a quick one")
    with JsonApi(people=3) as slow:
        slow.faults.add("hang", seconds=60)
        make_http(slow.url, "slow", hero=False)
        run = Run.objects.get(uuid=start("club", "collect").uuid)
        with once(lambda: Part.objects.filter(state="read").count() == 2, stopping.request):
            carry_out(run.pk)
        run.refresh_from_db()
        assert (run.state, run.attempt, run.lease_owner) == ("queued", 0, "")
        stopping.withdraw()
        run_queued()
    run.refresh_from_db()
    assert (run.state, run.error) == ("success", None)
    assert len(api.requests) == 2
    assert {part.state for part in Part.objects.all()} == {"done"}


@contextmanager
def once(it_is_so: Callable[[], bool], action: Callable[[], Any]) -> Iterator[None]:
    """Do that in another thread as soon as it is so."""

    def act() -> None:
        try:
            wait_for(it_is_so, "the moment")
            action()
        finally:
            connection.close()

    thread = threading.Thread(target=act)
    thread.start()
    yield
    thread.join()


def test_no_thread_of_a_collection_is_left_behind(api: JsonApi) -> None:
    make_http(api.url)
    collect()
    assert not [thread for thread in threading.enumerate() if thread.name == "club-collector"]


def test_a_source_that_is_deleted_meanwhile_costs_its_own_parts_only(api: JsonApi) -> None:
    with JsonApi() as going:
        source = make_http(going.url, "gone")
        make_http(api.url, "stays", slugs=["ideas"])
        going.faults.add("call", match="/all", action=lambda: _delete(source.pk))
        assert collect().state == "success"
    states = dict(Part.objects.filter(feature__in=["help", "ideas"]).values_list("feature", "state"))
    assert states == {"help": "stale", "ideas": "done"}


def _delete(pk: int) -> None:
    with transaction.atomic():  # held as deleting it in Vault holds it, or what is just noted of it refuses
        Source.objects.select_for_update().get(pk=pk).delete()
    connection.close()
