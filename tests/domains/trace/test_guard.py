"""An export that has lost much is held until a person approves it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from domains.orchestration.start import run_now
from domains.trace import guard, rules
from domains.trace.models import Snapshot
from tests.domains.trace.place import Place
from tests.domains.trace.workspaces import feature, workspace


def ids(count: int, start: int = 0) -> set[str]:
    return {str(number) for number in range(start, start + count)}


@pytest.mark.parametrize(
    ("before", "after", "held"),
    [
        (ids(100), ids(80), False),
        (ids(100), ids(79), True),
        (ids(100), ids(100, 90), True),
        (ids(100), ids(300), False),
        (ids(5), set(), False),
        (ids(6), set(), True),
        (set(), ids(5), False),
    ],
)
def test_more_than_a_fifth_is_much_and_five_rows_never_are(before: set[str], after: set[str], held: bool) -> None:
    reason = guard.reason_to_hold({("", "features"): before}, {("", "features"): after}, 0.2)
    assert bool(reason) is held


def test_the_reason_names_what_was_lost() -> None:
    before = {("", "tags"): ids(40), ("skyflow", "tags"): ids(10), ("orbit", "tags"): ids(90)}
    after = {("", "tags"): ids(4), ("skyflow", "tags"): set[str]()}
    assert guard.reason_to_hold(before, after, 0.2) == (
        "This export has lost 36 of 40 tags and 10 of 10 tags of skyflow."
    )


def test_ids_are_those_of_the_rows_and_of_nothing_in_them() -> None:
    rows = [{"id": f"{n:032x}", "slug": f"s{n}", "note": '{"id":"' + "f" * 32 + '","slug":'} for n in range(3)]
    document = rules.build_document("", "tags", rows)
    assert guard.ids_of(document) == {row["id"] for row in json.loads(document.data)}


@pytest.mark.django_db
def test_a_held_export_is_published_once_somebody_approves_it(place: Place) -> None:
    place.save(workspace(*[feature(f"Feature {number}") for number in range(30)]))
    place.export()
    files = place.published()
    place.save(workspace(*[feature(f"Feature {number}") for number in range(12)]))
    result = place.export()
    assert result["held"] is True
    assert "This export has lost 18 of 30 features and 18 of 30 features of skyflow." in result["message"]
    assert place.published() == files
    run_now("trace", "approve", snapshot=Snapshot.objects.exclude(held="").get().name)
    assert len(json.loads(place.published()["features.json"])["data"]) == 12
    assert place.export()["changed"] is False


@pytest.mark.django_db
def test_rows_of_another_source_take_the_place_of_the_former_ones(place: Place, settings: Any) -> None:
    place.save(workspace(*[feature(f"Feature {number}") for number in range(30)]))
    place.export()
    other = replace(place, workspace=place.workspace.with_name("other.json"))
    settings.VAULT = settings.VAULT.model_copy(update={"TRACE_WORKSPACE": other.workspace})
    other.save(workspace(feature("Something else")))
    result = other.export()
    assert (result["changed"], result["counts"]["features"]) == (True, 1)
    other.save(workspace(*[feature(f"Feature {number}") for number in range(30)]))
    assert other.export()["changed"] is True
    other.save(workspace(feature("Something else")))
    assert other.export()["held"] is True
