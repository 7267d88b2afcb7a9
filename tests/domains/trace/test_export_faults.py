"""What goes wrong during an export is said in words, undone, and never seen by readers."""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from domains.applications.models import Application
from domains.audit.models import Event
from domains.base.errors import Unavailable, VaultError
from domains.orchestration.models import Run
from domains.orchestration.start import run_now, start
from domains.orchestration.tasks import run_queued
from domains.trace import clients
from domains.trace.models import Publication, Snapshot
from domains.trace.published import store
from tests.domains.trace.place import Place
from tests.domains.trace.workspaces import feature, workspace

pytestmark = pytest.mark.django_db
Break = Callable[[Path], object]

BROKEN: list[tuple[str, str, Break]] = [
    ("missing", "is not there. Put it back, or set TRACE_WORKSPACE", Path.unlink),
    ("empty", "is no JSON: line 1, column 1", lambda path: path.write_bytes(b"")),
    ("cut", "is no JSON: line 1", lambda path: path.write_bytes(path.read_bytes()[:-20])),
    ("latin-1", "is not UTF-8: byte", lambda path: path.write_bytes('{"a": "é"}'.encode("latin-1"))),
    ("a folder", "is a folder", lambda path: replace_by_folder(path)),
    ("a pipe", "is no ordinary file", lambda path: instead(path, os.mkfifo)),
    ("a link to itself", "cannot be read: Too many levels", lambda path: instead(path, lambda to: to.symlink_to(to))),
    ("too large", "is too large: 67 MB", lambda path: truncate(path, clients.MAX_BYTES + 1)),
    ("another shape", "has 1 fault", lambda path: path.write_text("[]")),
    ("one bad value", "has 1 fault", lambda path: spoil(path)),
]


def instead(path: Path, make: Break) -> None:
    path.unlink()
    make(path)


def replace_by_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def truncate(path: Path, size: int) -> None:
    with path.open("r+b") as file:
        file.truncate(size)


def spoil(path: Path) -> None:
    document = json.loads(path.read_text())
    document["data_sources"][0]["pages"][2]["properties"]["Status"]["status"] = 4
    path.write_text(json.dumps(document))


@pytest.mark.parametrize(("words", "break_it"), [(w, b) for _, w, b in BROKEN], ids=[name for name, _, _ in BROKEN])
def test_a_bad_file_rolls_the_run_back_with_words_and_readers_see_nothing(
    place: Place, words: str, break_it: Break
) -> None:
    place.export()
    before = place.published()
    public = Client().get("/trace/public/skyflow/features/").content
    break_it(place.workspace)
    with pytest.raises(VaultError, match=words):
        run_now("trace", "export")
    run = Run.objects.latest("id")
    assert run.state == "rolled_back"
    assert run.error and words in run.error["message"]
    assert place.published() == before
    assert Client().get("/trace/public/skyflow/features/").content == public
    assert (Snapshot.objects.count(), Publication.objects.count()) == (1, 1)
    assert place.leftovers() == []


def test_the_run_names_the_fault_with_its_path(place: Place) -> None:
    spoil(place.workspace)
    start("trace", "export")
    run_queued()
    error = Run.objects.latest("id").error
    assert error and error["fields"] == {
        "data_sources[0].pages[2].properties.Status.status": ["expected an option with a name, or null, found a number"]
    }


def test_before_the_first_export_a_failed_one_leaves_nothing(place: Place) -> None:
    place.workspace.unlink()
    with pytest.raises(VaultError):
        run_now("trace", "export")
    assert place.published() == {}
    assert Client().get("/trace/public/features/").status_code == 503


def limit_files(size: int) -> None:
    """Let no file of this process grow beyond so many bytes; -1 for any size."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))


@contextmanager
def hooked(hook: Callable[[str, tuple[Any, ...]], None]) -> Iterator[None]:
    """Watch what this process does to files for a while; Python's audit hooks cannot be removed."""
    watching = True

    def guarded(event: str, args: tuple[Any, ...]) -> None:
        if watching:
            hook(event, args)

    sys.addaudithook(guarded)
    try:
        yield
    finally:
        watching = False


def test_a_full_disk_rolls_the_export_back(place: Place) -> None:
    place.export()
    before = place.published()
    place.save(workspace(*[feature(f"Feature {n}", summary="word " * 40) for n in range(40)]))
    info = start("trace", "export")

    def fill(event: str, args: tuple[Any, ...]) -> None:
        if event in ("os.mkdir", "shutil.rmtree") and Path(str(args[0])).parent == store.versions():
            limit_files(3000 if event == "os.mkdir" else -1)

    with hooked(fill):
        run_queued()
    run = Run.objects.get(uuid=info.uuid)
    assert run.state == "rolled_back"
    assert run.error and "There is no room left for the files in" in run.error["message"]
    assert place.published() == before
    assert place.leftovers() == []
    assert (Snapshot.objects.count(), Publication.objects.count()) == (1, 1)


def test_a_full_disk_while_the_workspace_is_copied_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "workspace.json").write_bytes(b" " * 10_000)
    limit_files(3000)
    try:
        with pytest.raises(Unavailable, match="There is no room left"):
            clients.WorkspaceFile(tmp_path / "workspace.json").copy_to(tmp_path / "copy", lambda *_: None)
    finally:
        limit_files(-1)


def test_a_data_folder_that_cannot_be_written_is_named(place: Place, settings: Any) -> None:
    place.export()
    (place.root.parent / "occupied").write_text("a file where the folder should be")
    settings.VAULT_DATA_ROOT = place.root.parent / "occupied"
    with pytest.raises(VaultError, match="occupied cannot be written"):
        run_now("trace", "export")
    assert Run.objects.latest("id").state == "rolled_back"
    assert (Snapshot.objects.count(), Publication.objects.count()) == (1, 1)
    settings.VAULT_DATA_ROOT = place.root
    assert place.export()["changed"] is False


def test_something_else_published_meanwhile_is_a_conflict_and_stays(place: Place) -> None:
    place.export()
    place.save(workspace(feature("Mine")))
    info = start("trace", "export")
    pending = ["theirs"]

    def overtake(event: str, args: tuple[Any, ...]) -> None:
        if pending and event == "os.rename" and Path(str(args[1])).parent == store.versions():
            publish_once_more(pending.pop())

    with hooked(overtake):
        run_queued()
    run = Run.objects.get(uuid=info.uuid)
    assert run.error and (run.state, run.error["code"]) == ("rolled_back", "conflict")
    assert Publication.objects.get(current=True).folder == "theirs"
    assert (Snapshot.objects.count(), Publication.objects.count()) == (1, 2)
    assert run.uuid.hex[:8] not in store.current_folder()


def publish_once_more(folder: str) -> None:
    """Record another publication of what is current, as another machine would."""
    row = Publication.objects.get(current=True)
    Publication.objects.update(current=False)
    row.pk, row.uuid, row.folder = None, uuid4(), folder
    row.save()


def test_when_recording_fails_readers_get_what_they_got_before(place: Place) -> None:
    place.export()
    before, folder = place.published(), store.current_folder()
    place.save(workspace(feature("Other")))
    refuse_publications()
    info = start("trace", "export")
    run_queued()
    run = Run.objects.get(uuid=info.uuid)
    assert run.state == "rolled_back"
    assert (store.current_folder(), place.published()) == (folder, before)
    assert Publication.objects.get().current is True
    assert Snapshot.objects.count() == 1
    assert Event.objects.filter(action="trace.snapshot.published").count() == 1
    assert place.leftovers() == []


def refuse_publications() -> None:
    """Have the database refuse every further publication, as it would when it is damaged or full."""
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "CREATE TRIGGER no_more BEFORE INSERT ON trace_publication BEGIN SELECT RAISE(ABORT, 'full'); END"
            )
        else:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE trace_publication ADD CONSTRAINT no_more CHECK (false) NOT VALID")


def test_a_filter_whose_function_is_gone_stops_the_export(place: Place) -> None:
    place.export()
    before = place.published()
    Application.objects.filter(slug="skyflow").update(filters={"feature": {"function": "gone.away"}})
    with pytest.raises(VaultError, match=r"gone\.away"):
        run_now("trace", "export")
    assert place.published() == before
