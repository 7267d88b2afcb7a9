"""What differs between snapshots, and what became of one row."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from domains.base.errors import NotFound
from domains.orchestration.start import run_now
from domains.publishing.documents import canonical
from domains.trace import row_index, rules, snapshot_reads
from domains.trace.models import Blob, Publication
from domains.trace.rows import rows_of
from tests.domains.trace.place import Place
from tests.domains.trace.workspaces import feature, uid, workspace

pytestmark = pytest.mark.django_db


@pytest.fixture
def names(place: Place) -> list[str]:
    """Snapshots of three publications: one feature is changed, one added and one removed; then the first again."""
    place.save(workspace(feature("Live boards"), feature("Old", ("Nexus",)), feature("Same")))
    found = [place.export()["snapshot"]]
    place.save(workspace(feature("Live boards", summary="Changed."), feature("New", ("Nexus",)), feature("Same")))
    found.append(place.export()["snapshot"])
    return found


def test_a_difference_names_rows_and_the_fields_that_changed(names: list[str]) -> None:
    found = snapshot_reads.difference(*names)
    assert found.counts == rules.Changes(1, 1, 1)
    assert [row.name for row in found.added] == ["New"]
    assert [row.name for row in found.removed] == ["Old"]
    (changed,) = found.changed
    assert (changed.row.kind, changed.row.name) == ("features", "Live boards")
    assert [(f.name, f.before, f.after) for f in changed.fields] == [("summary", "What Live boards does.", "Changed.")]


def test_the_other_way_round_it_is_the_opposite(names: list[str]) -> None:
    found = snapshot_reads.difference(*reversed(names))
    assert ([row.name for row in found.added], [row.name for row in found.removed]) == (["Old"], ["New"])
    assert snapshot_reads.difference(names[0], names[0]).counts == rules.Changes(0, 0, 0)


def test_an_application_and_a_kind_have_a_difference_of_their_own(names: list[str]) -> None:
    assert snapshot_reads.difference(*names, application="skyflow").counts == rules.Changes(0, 1, 0)
    assert snapshot_reads.difference(*names, application="nexus").counts == rules.Changes(1, 0, 1)
    assert snapshot_reads.difference(*names, kind="tags").counts == rules.Changes(0, 0, 0)


def test_a_difference_names_no_more_rows_than_asked_for_and_counts_all(names: list[str]) -> None:
    found = snapshot_reads.difference(*names, most=0)
    assert (found.counts, found.added, found.changed, found.removed) == (rules.Changes(1, 1, 1), [], [], [])


def test_an_unknown_snapshot_is_not_found(names: list[str]) -> None:
    with pytest.raises(NotFound):
        snapshot_reads.difference(names[0], "0" * 16)


def test_the_history_of_a_row_tells_what_each_publication_did(place: Place, names: list[str]) -> None:
    run_now("trace", "publish", snapshot=names[0])
    row_id = rules.public_id(uid("Features", "Live boards"))
    history = snapshot_reads.row_history("features", row_id)
    assert [(v.publication.snapshot.name, v.what) for v in history] == [
        (names[0], "changed"), (names[1], "changed"), (names[0], "added"),
    ]  # fmt: skip
    assert [f.name for f in history[1].fields] == ["summary"]
    gone = snapshot_reads.row_history("features", rules.public_id(uid("Features", "New")))
    assert [(v.what, v.row is None) for v in gone] == [("removed", True), ("added", False)]
    assert snapshot_reads.row_history("features", "0" * 32) == []


def test_snapshots_are_listed_newest_first_without_what_is_large(names: list[str]) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert [row.name for row in snapshot_reads.snapshot_list()] == names[::-1]
    assert len(queries) == 1
    assert '"pages"' not in queries[0]["sql"]
    assert Publication.objects.count() == 2


def test_every_row_is_where_its_index_says(names: list[str]) -> None:
    for blob in Blob.objects.all():
        data, index = rows_of(blob)
        rows = list(row_index.each_row(data, index))
        assert canonical(rows) == data
        assert [row["id"] for row in rows] == list(index)
