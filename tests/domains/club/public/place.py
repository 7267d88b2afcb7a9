"""Where the tests of Club's publication read and write, and figures to publish."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, ClassVar

from domains.applications import reads as applications
from domains.applications.demo import load_demo
from domains.club import publish_writes, published
from domains.club.history import HistoryDay, write_history
from domains.club.models import Source
from domains.orchestration.base import BaseOrchestrator
from domains.orchestration.context import context_manager
from domains.orchestration.main import MainOrchestrator
from domains.orchestration.registry import OrchestratorRegistry
from domains.orchestration.start import run_now
from tests.domains.club.figures import DAY, item, said

PREFIX = "/club/public/"
LAST = DAY + timedelta(days=8)
HERO = {"members": 100.0, "posts": 10.5}


class PublisherOrchestrator(metaclass=BaseOrchestrator):
    """Description: Publishes what is in the tables, and nothing else."""

    startable: ClassVar[Mapping[str, str]] = {}

    def __init__(self, orchestrator: MainOrchestrator) -> None:
        self.orchestrator = orchestrator

    @context_manager()
    def publish(self, fail: bool = False) -> None:
        """Description: Publish.

        Input: fail, to fail behind the steps that publish.
        Output: nothing.
        """
        publish_writes.add_publishing(self.orchestrator)
        if fail:
            self.orchestrator.add_step(break_off, title="Fail")

    @context_manager()
    def publish_and_forget(self) -> None:
        """Description: Publish, and let go of what was published before.

        Input: none.
        Output: nothing.
        """
        publish_writes.add_publishing(self.orchestrator)
        self.orchestrator.add_step(publish_writes.forget_older, title="Forget", kind="external")


@context_manager()
def break_off(orchestrator: MainOrchestrator) -> None:
    """Fail."""
    raise RuntimeError("told to fail")


@dataclass(frozen=True)
class Place:
    """The folder of what is published."""

    root: Path

    def publish(self, method: str = "publish", **args: Any) -> Any:
        """Publish in this process; what has come of it."""
        run = run_now("club_publisher", method, **args)
        return publish_writes.outcome(run.uuid)

    def document(self, path: str) -> Any:
        """A published file, parsed."""
        return json.loads((self.root / path).read_bytes())

    def files(self) -> dict[str, bytes]:
        """Every file that readers get, by path."""
        folder = published.store.versions() / published.store.current_folder()
        return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.*"))}


def make_place(tmp_path: Path, settings: Any) -> Place:
    """Point the settings at folders of this test and register the demo applications."""
    settings.VAULT_HOME = tmp_path
    settings.VAULT_DATA_ROOT = tmp_path / "data"
    applications.forget_applications()
    load_demo()
    if "club_publisher" not in OrchestratorRegistry.names():
        OrchestratorRegistry.register("club_publisher", f"{__name__}.PublisherOrchestrator")
    return Place(tmp_path / "data")


def fill(application: str = "skyflow", change: Callable[[date], Mapping[str, float]] | None = None) -> None:
    """Nine days of a feature `help` with two topics, and of hero metrics that grow by one a day."""
    scores = change or (lambda day: {"ada": 6.0, "bob": 3.0, "eve": 3.0})
    topics = [item("t1", 5, title="Hello", url="https://forum.example.org/t/1"), item("t2", 2, url="javascript:x")]
    days = []
    for number in range(9):
        day = DAY + timedelta(days=number)
        hero = {name: value + number for name, value in HERO.items()}
        days.append(HistoryDay(day, {"": [said(hero=hero)], "help": [said(scores(day), items=topics)]}))
    write_history(application, {"help": "Help"}, days)
    Source.objects.get_or_create(application=application, name="forum", kind="file")
