"""A worker that is killed while it publishes: readers get the old figures or the new ones, and the run ends well."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from domains.club.models import ClubDocument, ClubPublication, HeroPoint
from domains.club.published import store
from domains.orchestration.carry_out import carry_out
from domains.orchestration.models import Run
from domains.orchestration.start import start
from domains.orchestration.tasks import tick
from tests.domains.club.public.place import LAST, Place, fill, make_place
from tests.domains.trace.test_crash import expire, in_child, is_write_below

pytestmark = pytest.mark.django_db(transaction=True)


# When the worker dies: at the nth event that fits. The last one comes after readers have got the new publication.
MOMENTS: dict[str, tuple[int, Callable[[str, tuple[Any, ...]], bool]]] = {
    "before the first file": (1, lambda event, args: is_write_below("versions", event, args)),
    "between two files": (9, lambda event, args: is_write_below("versions", event, args)),
    "before the folder gets its name": (1, lambda event, args: event == "os.rename" and "/versions/" in str(args[1])),
    "before the new link is made": (1, lambda event, args: event == "os.symlink" and "/.current." in str(args[1])),
    "before the link is moved": (1, lambda event, args: event == "os.rename" and str(args[1]).endswith("/current")),
    "just after the link is moved": (
        1,
        lambda event, args: event in ("os.listdir", "os.scandir") and str(args[0]).endswith("/versions"),
    ),
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


def snapshots_seen(place: Place) -> set[str]:
    """The snapshots that the files name which readers get now."""
    files = [place.root / name for name in ("hero-metrics.json", "help-most-present.json", "skyflow/hero-metrics.json")]
    return {json.loads(file.read_bytes())["meta"]["snapshot"] for file in files}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_publication_is_never_half_seen_and_ends_when_it_is_resumed(
    tmp_path: Path, settings: Any, moment: str
) -> None:
    place = make_place(tmp_path, settings)
    fill()
    place.publish()
    old = snapshots_seen(place)
    HeroPoint.objects.filter(every="day", at=LAST).update(figures={"members": 1})
    run = Run.objects.get(uuid=start("club_publisher", "publish").uuid)
    assert in_child(run_and_die(run.pk, moment)) == signal.SIGKILL
    seen = snapshots_seen(place)
    assert len(seen) == 1
    assert (seen == old) is (moment != "just after the link is moved")
    expire(run)
    tick()
    carry_out(run.pk)
    run.refresh_from_db()
    current = ClubPublication.objects.get(current=True)
    assert (run.state, snapshots_seen(place)) == ("success", {current.snapshot})
    assert not snapshots_seen(place) & old
    assert store.damaged(store.current_folder()) == []
    assert ClubPublication.objects.filter(staged_upon="").count() == ClubPublication.objects.count() == 2
    assert ClubDocument.objects.filter(publication=current).count() == 14
    folders = set(ClubPublication.objects.values_list("folder", flat=True))
    assert {path.name for path in store.versions().iterdir()} == folders
