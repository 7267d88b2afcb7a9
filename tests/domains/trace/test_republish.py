"""Publishing an older snapshot again, and approving or dismissing one that was held."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from domains.audit.models import Event
from domains.base.errors import Conflict, NotFound, Unavailable
from domains.orchestration.start import run_now
from domains.trace import staging
from domains.trace.models import Blob, Entry, Publication, Snapshot
from tests.domains.trace.place import Place
from tests.domains.trace.workspaces import feature, workspace

pytestmark = pytest.mark.django_db


def names() -> list[str]:
    rows = Client().get("/trace/public/features/").json()["data"]
    return [row["name"] for row in rows]


MANY = ("Connector kit", "Flow builder", "Live boards", *(f"More {number}" for number in range(8)))


def held_export(place: Place) -> Any:
    """Publish many features, then export one that remains, which the guard holds."""
    place.save(workspace(*map(feature, MANY)))
    place.export()
    place.save(workspace(feature("Alone")))
    return place.export()


@pytest.fixture
def twice(place: Place) -> Place:
    """A place with two publications."""
    place.export()
    place.save(workspace(feature("Other")))
    place.export()
    return place


def test_an_older_snapshot_is_published_again_with_the_same_bytes(twice: Place) -> None:
    second, first = Publication.objects.order_by("-id")
    result = run_now("trace", "publish", snapshot=first.snapshot.name).result
    assert isinstance(result, dict)
    assert (result["snapshot"], result["changed"]) == (first.snapshot.name, True)
    assert names() == ["Connector kit", "Flow builder", "Live boards"]
    current = Publication.objects.get(current=True)
    assert current.snapshot == first.snapshot
    assert (current.added, current.removed) == (second.removed, second.added)
    assert Entry.objects.filter(snapshot=first.snapshot, kind="features").count() == 3


def test_entries_that_were_let_go_come_back_with_their_times(twice: Place) -> None:
    first = Publication.objects.order_by("id")[0]
    before = dict(Entry.objects.filter(snapshot=first.snapshot).values_list("page_id", "updated"))
    Entry.objects.filter(snapshot=first.snapshot).delete()
    run_now("trace", "publish", snapshot=first.snapshot.name)
    assert dict(Entry.objects.filter(snapshot=first.snapshot).values_list("page_id", "updated")) == before


def test_what_readers_get_already_is_not_published_again(twice: Place) -> None:
    current = Publication.objects.get(current=True)
    with pytest.raises(Conflict, match="already"):
        run_now("trace", "publish", snapshot=current.snapshot.name)
    with pytest.raises(NotFound):
        run_now("trace", "publish", snapshot="nowhere")
    assert Publication.objects.count() == 2


def test_a_snapshot_with_a_reason_is_stored_and_waits(place: Place) -> None:
    result = held_export(place)
    assert result["held"] is True
    assert "11 of 11 features" in result["message"]
    assert "It is stored as snapshot" in result["message"]
    assert names() == list(MANY)
    held = Snapshot.objects.exclude(held="").get()
    assert (held.name, held.publications.count(), place.leftovers()) == (result["snapshot"], 0, [])
    place.save(workspace(*map(feature, (*MANY, "Third"))))
    place.export()
    assert Snapshot.objects.filter(pk=held.pk).exists()


def test_an_approved_snapshot_is_published(place: Place) -> None:
    name = held_export(place)["snapshot"]
    with pytest.raises(Conflict, match="waits for approval"):
        run_now("trace", "publish", snapshot=name)
    run_now("trace", "approve", snapshot=name)
    assert names() == ["Alone"]
    assert Snapshot.objects.get(name=name).held == ""
    assert [e.action for e in Event.objects.filter(object_name=name).order_by("id")] == [
        "trace.snapshot.held", "trace.snapshot.approved", "trace.snapshot.published",
    ]  # fmt: skip
    with pytest.raises(Conflict, match="does not wait"):
        run_now("trace", "approve", snapshot=name)


def test_an_approval_that_cannot_be_carried_out_leaves_it_held(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    name = held_export(place)["snapshot"]

    def refuse(*_: object) -> int:
        raise Unavailable("There is no room left.")

    monkeypatch.setattr(staging, "write", refuse)
    with pytest.raises(Unavailable):
        run_now("trace", "approve", snapshot=name)
    assert "11 of 11 features" in Snapshot.objects.get(name=name).held
    assert names() == list(MANY)


def test_a_dismissed_snapshot_is_gone_with_what_only_it_held(place: Place) -> None:
    name = held_export(place)["snapshot"]
    kept = Blob.objects.exclude(documents__snapshot__name=name).count()
    assert Blob.objects.count() > kept
    run_now("trace", "dismiss", snapshot=name)
    assert Snapshot.objects.count() == 1
    assert Blob.objects.filter(documents=None).count() == 0
    assert names() == list(MANY)
    assert Event.objects.filter(action="trace.snapshot.dismissed", object_name=name).exists()
    with pytest.raises(Conflict, match="does not wait"):
        run_now("trace", "dismiss", snapshot=Snapshot.objects.get().name)
