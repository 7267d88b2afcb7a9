"""What each step made of the context: old and new value, without secrets, bounded."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from django.test import Client

from dashboards.runs.changes import MOST_ITEMS, bounded, context_changes
from domains.orchestration import codec, reads
from domains.orchestration.secrets import Secret
from tests.dashboards.runs.rows import make, step

pytestmark = pytest.mark.django_db


def test_each_step_shows_the_old_and_the_new_value() -> None:
    run = make("success")
    step(run, 0, delta={"count": 1})
    step(run, 1, delta={"count": 2, "name": "x"})
    first, second = context_changes(reads.run_detail(run.uuid))
    assert [(d.label, d.before, d.after) for d in first.changes] == [("count", None, "1")]
    assert [(d.label, d.before, d.after) for d in second.changes] == [("count", "1", "2"), ("name", None, "x")]


def test_no_secret_reaches_the_page(staff_client: Client) -> None:
    run = make("success", args={"api_token": "hunter2", "card": codec.encode(Secret("hunter3"), "card")})
    delta = {
        "card": codec.encode(Secret("hunter4"), "card"),
        "login": {"password": "hunter5", "user": "maria", "keys": [codec.encode(Secret("hunter6"), "keys")]},
    }
    step(run, 0, delta=delta)
    run.result = {"token": "hunter7", "message": "ok"}
    run.save()
    for path in (f"/runs/{run.uuid}/", f"/api/runs/{run.uuid}/?include=context"):
        page = staff_client.get(path).content.decode()
        assert "hunter" not in page
        assert str(delta["card"]["v"]) not in page, "not even the encrypted text"
        assert "[hidden]" in page
        assert "maria" in page


def test_values_that_json_does_not_have_are_shown_as_text() -> None:
    values = {"at": datetime.date(2026, 11, 21), "price": Decimal("9.90"), "many": [Decimal("1.5")]}
    run = make("success")
    step(run, 0, delta={key: codec.encode(value, key) for key, value in values.items()})
    shown = {change.key: change.new for change in reads.run_detail(run.uuid).steps[0].changes}
    assert shown == {"at": "2026-11-21", "price": "9.90", "many": ["1.5"]}


def test_large_values_are_cut_with_a_word_of_how_much_is_left_out(staff_client: Client) -> None:
    assert bounded(list(range(MOST_ITEMS + 5)))[-1] == "… and 5 more"
    assert bounded("x" * 1200).endswith("… and 200 more characters")
    run = make("success")
    step(run, 0, delta={"rows": [{"n": number} for number in range(20_000)]})
    page = staff_client.get(f"/runs/{run.uuid}/").content
    assert len(page) < 100_000
    assert b"19,970 more" in page


def test_a_run_without_values_says_so(staff_client: Client) -> None:
    assert "No step has set a value." in staff_client.get(f"/runs/{make('success').uuid}/").content.decode()
