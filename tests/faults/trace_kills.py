"""Exports from Notion whose workers, and the web processes that readers ask, are killed at random moments, until they
have ended all the same.

In a database of its own, with as many kills as one likes:

    python -m tests.faults.trace_kills --kills 50 --seed 7
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.domains.trace.machines import Machine
from tests.emulators.notion import KINDS, TOKEN, NotionEmulator, data_source_id, make_workspace
from tests.faults.nursery import Nursery
from tests.faults.trace_web import Victim
from tests.faults.world import World

FEATURES = 240
LATENCY_S = 0.03
PACE = 100.0
MOST_KILLS = 3
AGAIN = 10
"""So many requests a kill may cost: the one under way, the schemas if it was among them, the minute it was in, and the
trash and the ids of what may have moved, since the pages were read in two goes."""


def notion_environment(notion: NotionEmulator, home: Path) -> dict[str, str]:
    """What a worker must know to read this Notion."""
    places = {f"NOTION_{kind.upper()}": data_source_id(kind) for kind in KINDS}
    return places | {
        "NOTION_API_URL": notion.url,
        "NOTION_TOKEN": TOKEN,
        "NOTION_REQUESTS_PER_SECOND": str(PACE),
        "VAULT_HOME": str(home),
        "VAULT_DATA_ROOT": str(home / "data"),
        "PYTEST_XDIST_WORKER": "",
        "LOG_LEVEL": "ERROR",
    }


def carry(pk: int) -> None:
    """What a worker does with the run; called in a process of its own."""
    from domains.orchestration.carry_out import carry_out

    carry_out(pk)


@dataclass
class Drill:
    """Exports one after another; each begins without a mirror and is whole in the end. `said` tells what happened."""

    notion: NotionEmulator
    nursery: Nursery
    home: Path
    random: random.Random
    web: Victim | None = None
    kills: int = 0
    exports: int = 0
    plain: int = 0
    seconds: float = 0.0
    killed_at: Counter[str] = field(default_factory=Counter)

    def run(self, kills: int) -> None:
        """One export that nobody kills, to count its requests, then exports until so many workers were killed."""
        began = time.monotonic()
        self.plain = self._export(mostly=0)
        self.seconds = time.monotonic() - began
        while self.kills < kills:
            before = self.kills
            requests = self._export(mostly=min(MOST_KILLS, kills - self.kills))
            most = self.plain + AGAIN * (self.kills - before)
            assert requests <= most, f"{requests} requests after {self.kills - before} kills; alone {self.plain}"

    def _export(self, mostly: int) -> int:
        """One export, whose worker is killed up to so often; how many requests it sent."""
        from domains.orchestration.models import Run
        from domains.orchestration.start import start
        from domains.trace.models import MirrorFile, MirrorPage, NotionSource, Publication

        for model in (MirrorPage, MirrorFile, NotionSource):
            model.objects.all().delete()
        self._change()
        self.notion.forget()
        before = max(Publication.objects.values_list("pk", flat=True), default=0)
        run = Run.objects.get(uuid=start("trace", "export", full=True).uuid)
        for _ in range(mostly):
            if not self._kill(run.pk):
                break
            self._check(before, {0, 1})
            self._note(run.pk)
            self._let_go(run.pk)
        self.finish(run.pk)
        run.refresh_from_db()
        assert (run.state, run.error) == ("success", None), run.error
        self._check(before, {1})
        self.check_whole()
        self.exports += 1
        return len([request for request in self.notion.requests if request.path.startswith("/v1/")])

    def finish(self, pk: int) -> None:
        """Let workers carry the run out until it has ended; the lease of a dead one runs out."""
        from domains.orchestration.models import Run

        self._let_go(pk)
        while Run.objects.get(pk=pk).is_active:
            assert self.nursery.run("tests.faults.trace_kills.carry", self.world(), pk=pk) == 0

    def _change(self) -> None:
        self.notion.workspace.pass_minutes(3)
        row = self.random.choice(self.notion.workspace.live("features"))
        self.notion.workspace.edit(row.id, Name=f"Edited before export {self.exports}")

    def _kill(self, pk: int) -> bool:
        """Let a worker carry the run out and kill it after a while, unless it has ended by then."""
        pid = self.nursery.start("tests.faults.trace_kills.carry", self.world(), pk=pk)
        status = self.nursery.wait(pid, timeout=self.random.uniform(0.05, self.seconds))
        if status is not None:
            assert status == 0
            return False
        os.kill(pid, signal.SIGKILL)
        assert self.nursery.wait(pid) in (-signal.SIGKILL, 0)
        self.kills += 1
        if self.web:
            self.web.kill()
        return True

    def _note(self, pk: int) -> None:
        from domains.orchestration.models import Run

        run = Run.objects.get(pk=pk)
        steps = run.plan["steps"]
        self.killed_at[steps[run.cursor]["title"] if run.cursor < len(steps) else "after its end"] += 1

    def _let_go(self, pk: int) -> None:
        """The lease of the dead worker runs out."""
        from django.utils import timezone

        from domains.orchestration.models import Run
        from domains.orchestration.tasks import tick

        Run.objects.filter(pk=pk, state="running").update(lease_until=timezone.now() - timedelta(seconds=1), attempt=1)
        tick()

    def _check(self, before: int, new: set[int]) -> None:
        """Readers get one whole publication, the database has every document of each one, and so many are new."""
        from domains.trace import follow
        from domains.trace.models import Document, Publication
        from domains.trace.published import store

        assert Publication.objects.filter(pk__gt=before).count() in new
        assert Publication.objects.filter(current=True).count() == (1 if Publication.objects.exists() else 0)
        for row in Publication.objects.all():
            assert Document.objects.filter(snapshot=row.snapshot).count() == len(KINDS) * 3
        folder = store.current_folder()
        if folder:
            self._check_files(store.versions() / folder)
        follow.follow()

    def _check_files(self, folder: Path) -> None:
        from domains.trace.published import store

        assert store.damaged(folder.name) == []
        documents = [json.loads((folder / f"{kind}.json").read_text()) for kind in KINDS]
        assert len({document["meta"]["snapshot"] for document in documents}) == 1

    def check_whole(self) -> None:
        """What is published is what Notion holds."""
        from domains.trace.published import store
        from tests.domains.trace.notion_place import assert_equal

        folder = store.versions() / store.current_folder()
        found = {kind: json.loads((folder / f"{kind}.json").read_text())["data"] for kind in KINDS}
        assert_equal({kind: {row["id"]: row for row in rows} for kind, rows in found.items()}, self.notion.truth)

    def world(self) -> World:
        """Where the workers are."""
        return World(str(self.home), 0)

    def said(self) -> dict[str, Any]:
        """What happened, for a report."""
        return {
            "kills": self.kills,
            "exports": self.exports,
            "requests of an export alone": self.plain,
            "killed at": dict(self.killed_at.most_common()),
        } | ({"kills of web processes": self.web.kills, "answers": dict(self.web.answers)} if self.web else {})


def main() -> None:
    """The drill in a folder and a database of its own, unless DATABASE_URL names another."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vault-kills-") as folder, emulated() as notion:
        home = Path(folder)
        os.environ |= {"DJANGO_SETTINGS_MODULE": "vault_site.settings.test", **notion_environment(notion, home)}
        import django

        django.setup()
        from django.core.management import call_command

        from domains.applications.demo import load_demo

        call_command("migrate", interactive=False, verbosity=0)
        load_demo()
        chance = random.Random(chosen.seed)  # noqa: S311 - chooses moments
        machine = Machine(home / "web", data=home / "data")
        with Nursery(os.environ, home / "log") as nursery, Victim(machine, chance) as web:
            drill = Drill(notion, nursery, home, chance, web)
            drill.run(chosen.kills)
            assert web.faults == []
        sys.stdout.write(json.dumps(drill.said(), indent=2) + "\n")


def emulated() -> NotionEmulator:
    """The Notion of the drill."""
    return NotionEmulator(make_workspace(FEATURES), latency=LATENCY_S)


if __name__ == "__main__":
    main()
