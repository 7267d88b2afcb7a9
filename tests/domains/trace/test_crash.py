"""A worker that is killed in the middle of an export publishes all of it or nothing, and the run can go on."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from domains.applications import reads as applications
from domains.orchestration.carry_out import carry_out
from domains.orchestration.models import Run
from domains.orchestration.start import start
from domains.orchestration.tasks import tick
from domains.trace import follow
from domains.trace.models import Publication, Snapshot
from domains.trace.published import store
from tests.domains.trace.place import Place, make_place
from tests.domains.trace.workspaces import feature, workspace

pytestmark = pytest.mark.django_db(transaction=True)


def in_child(work: Callable[[], object]) -> int:
    """Do the work in a process of its own; how it ended: 0, or the number of the signal that killed it."""
    connection.close()
    pid = os.fork()
    if pid == 0:
        code = 70
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    status = os.waitpid(pid, 0)[1]
    assert os.waitstatus_to_exitcode(status) != 70, "the child failed by itself"
    return -os.waitstatus_to_exitcode(status)


def is_write_below(folder: str, event: str, args: tuple[Any, ...]) -> bool:
    """Whether a file below a folder of that name is opened for writing."""
    return event == "open" and "w" in str(args[1] or "") and f"/{folder}/" in str(args[0])


# When the worker dies: at the nth event that fits. The last three come after readers have got the new publication.
MOMENTS: dict[str, tuple[int, Callable[[str, tuple[Any, ...]], bool]]] = {
    "before the copy": (1, lambda event, args: is_write_below("trace", event, args)),
    "while what was built is kept": (4, lambda event, args: is_write_below("trace", event, args)),
    "before the first published file": (1, lambda event, args: is_write_below("versions", event, args)),
    "between two published files": (9, lambda event, args: is_write_below("versions", event, args)),
    "before the folder gets its name": (1, lambda event, args: event == "os.rename" and "/versions/" in str(args[1])),
    "before the new link is made": (1, lambda event, args: event == "os.symlink" and "/.current." in str(args[1])),
    "before the switch": (1, lambda event, args: event == "os.rename" and str(args[1]).endswith("/current")),
    "just after the switch": (
        1,
        lambda event, args: event in ("os.listdir", "os.scandir") and str(args[0]).endswith("/versions"),
    ),
    "before the working folder goes": (
        2,
        lambda event, args: event == "shutil.rmtree" and "/trace/" in str(args[0]) and "/versions/" not in str(args[0]),
    ),
    "while the working folder goes": (2, lambda event, args: event == "os.remove" and "-" not in str(args[0])),
}


def run_and_die(pk: int, moment: str) -> Callable[[], None]:
    """Carry the run out and send this very process SIGKILL at that moment."""
    left, fits = MOMENTS[moment]

    def work() -> None:
        nonlocal left

        def hook(event: str, args: tuple[Any, ...]) -> None:
            nonlocal left
            if args and fits(event, args):
                left -= 1
                if not left:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hook)
        carry_out(pk)

    return work


def expire(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def snapshots_seen(place: Place) -> set[str]:
    """The snapshots that the files name which readers get now."""
    files = [place.root / name for name in ("features.json", "tags.json", "skyflow/tiers.json", "nexus/gateways.json")]
    return {json.loads(file.read_text())["meta"]["snapshot"] for file in files}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_export_is_never_half_published_and_ends_when_it_is_resumed(
    tmp_path: Path, settings: Any, moment: str
) -> None:
    place = make_place(tmp_path, settings)
    place.export()
    old = snapshots_seen(place)
    place.save(workspace(feature("Live boards", ("Skyflow", "Nexus"), summary="Now different.")))
    run = Run.objects.get(uuid=start("trace", "export", key="trace.export").uuid)

    died = in_child(run_and_die(run.pk, moment))
    assert died == signal.SIGKILL
    seen = snapshots_seen(place)
    assert len(seen) == 1
    assert (seen == old) is (moment not in list(MOMENTS)[-3:])
    run.refresh_from_db()
    assert run.state == "running"

    expire(run)
    tick()
    assert in_child(lambda: carry_out(run.pk)) == 0
    run.refresh_from_db()
    assert (run.state, run.error) == ("success", None)
    new = snapshots_seen(place)
    assert new != old
    assert seen in (old, new)
    assert {Publication.objects.get(current=True).snapshot.name} == new
    assert Publication.objects.get(current=True).folder == store.current_folder()
    assert (Publication.objects.count(), Snapshot.objects.count()) == (2, 2)
    assert not list((tmp_path / "trace").iterdir())


def test_a_killed_export_that_is_never_resumed_is_made_good_by_the_next(tmp_path: Path, settings: Any) -> None:
    place = make_place(tmp_path, settings)
    place.export()
    place.save(workspace(feature("Other")))
    run = Run.objects.get(uuid=start("trace", "export").uuid)
    in_child(run_and_die(run.pk, "just after the switch"))
    Run.objects.filter(pk=run.pk).update(state="dead", lease_until=None)
    applications.forget_applications()
    place.export()
    assert {Publication.objects.get(current=True).snapshot.name} == snapshots_seen(place)
    assert Publication.objects.get(current=True).folder == store.current_folder()


def test_what_a_killed_worker_has_recorded_is_shown_by_whoever_serves_readers(tmp_path: Path, settings: Any) -> None:
    place = make_place(tmp_path, settings)
    place.export()
    old = snapshots_seen(place)
    place.save(workspace(feature("Other")))
    run = Run.objects.get(uuid=start("trace", "export").uuid)
    assert in_child(run_and_die(run.pk, "before the new link is made")) == signal.SIGKILL
    assert snapshots_seen(place) == old
    assert follow.follow() is True
    assert snapshots_seen(place) == {Publication.objects.get(current=True).snapshot.name} != old
