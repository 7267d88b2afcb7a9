"""ModelService and the one door to transactions."""

from __future__ import annotations

import pytest

from domains.audit.models import Event
from domains.audit.service import events
from domains.audit.writes import record_event
from domains.base import database
from domains.base.errors import NotFound


def event(name: str) -> Event:
    return events.create(actor_name="maria", action="a.b.c", object_type="thing", object_id="1", object_name=name)


@pytest.mark.django_db
def test_a_missing_row_is_not_found_in_the_words_of_its_model() -> None:
    with pytest.raises(NotFound, match="no such event"):
        events.get(object_name="nothing")


@pytest.mark.django_db
def test_update_saves_the_named_fields_and_no_others() -> None:
    row = event("first")
    row.action = "never saved"
    events.update(row, object_name="second")
    stored = events.get(pk=row.pk)
    assert (stored.object_name, stored.action) == ("second", "a.b.c")


@pytest.mark.django_db
def test_bulk_operations_count_what_they_did() -> None:
    rows = [Event(actor_name="m", action="x", object_type="t", object_id=str(n), object_name="n") for n in range(7)]
    assert len(events.bulk_create(rows)) == 7
    assert events.bulk_delete(action="x") == 7
    assert events.find(action="x") is None


@pytest.mark.django_db(transaction=True)
def test_a_failed_write_leaves_nothing_and_runs_nothing_after_commit() -> None:
    called: list[str] = []
    with pytest.raises(RuntimeError), database.atomic_write():
        event("lost")
        database.after_commit(lambda: called.append("no"))
        raise RuntimeError
    assert events.all().count() == 0
    assert called == []


@pytest.mark.django_db(transaction=True)
def test_an_event_outside_the_transaction_of_its_change_is_refused() -> None:
    with pytest.raises(RuntimeError, match="in the transaction"):
        record_event("a.b.c", object_type="thing", object_id=1, object_name="x")
