"""Recording changes, and asking for them."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.core.cache import cache
from pytest_django import DjangoAssertNumQueries

from domains.audit import reads
from domains.audit.writes import record_event
from domains.base.ambient import ambient
from domains.base.database import atomic_write
from domains.base.errors import NotFound


def record(action: str = "shop.order.placed", **values: object) -> None:
    kept = {"object_type": "order", "object_id": 7, "object_name": "Order 7"} | values
    record_event(action, **kept)  # type: ignore[arg-type]


@pytest.mark.django_db
def test_an_event_says_who_did_it_in_which_run_and_request() -> None:
    run = str(uuid4())
    with ambient(actor_name="maria", request_id="r-1", run_uuid=run, application="skyflow"), atomic_write():
        record(before={"a": 1}, after={"a": 2})
    event = reads.event_list()[0]
    assert (event.actor_name, event.request_id, event.run_uuid, event.application) == ("maria", "r-1", run, "skyflow")
    assert (event.object_id, event.before, event.after) == ("7", {"a": 1}, {"a": 2})
    assert str(event) == "maria: shop.order.placed Order 7"
    assert reads.event_get(event.uuid) == event
    assert list(reads.events_of_run(run)) == [event]
    assert list(reads.object_events("order", "7")) == [event]
    assert not reads.object_events("order", "70")


@pytest.mark.django_db
def test_an_application_that_is_named_wins_over_the_ambient_one() -> None:
    with ambient(application="skyflow"), atomic_write():
        record(application="nexus")
    assert reads.event_list()[0].application == "nexus"


@pytest.mark.django_db(transaction=True)
def test_a_change_outside_a_transaction_is_not_recorded() -> None:
    with pytest.raises(RuntimeError, match=r"shop\.order\.placed must be recorded in the transaction of its change"):
        record()
    assert not reads.event_list().exists()


@pytest.mark.django_db(transaction=True)
def test_an_event_goes_with_the_change_that_is_undone() -> None:
    with pytest.raises(KeyError), atomic_write():
        record()
        raise KeyError
    assert not reads.event_list().exists()


@pytest.mark.django_db
def test_a_long_name_is_cut_to_what_can_be_stored() -> None:
    with atomic_write():
        record(object_name="n" * 500)
    assert len(reads.event_list()[0].object_name) == 200


@pytest.mark.django_db
def test_an_unknown_event_is_not_found() -> None:
    with pytest.raises(NotFound):
        reads.event_get(uuid4())


@pytest.mark.django_db
def test_the_values_of_a_column_are_found_one_step_each_and_kept_for_a_while(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with atomic_write():
        for number in range(30):
            record(f"shop.order.{number % 3}", application="skyflow" if number % 2 else "")
    with django_assert_num_queries(4):
        assert reads.known_values("action") == ["shop.order.0", "shop.order.1", "shop.order.2"]
    assert reads.known_values("application") == ["skyflow"]
    with django_assert_num_queries(0):
        reads.known_values("action")
    cache.clear()
    with atomic_write():
        record("shop.order.9")
    assert "shop.order.9" in reads.known_values("action")
