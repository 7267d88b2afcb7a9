"""The steps that read Notion into the mirror. Each goes on where it was when it is called again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from domains.base.database import atomic_write
from domains.orchestration.context import context_manager
from domains.orchestration.main import MainOrchestrator
from domains.orchestration.schedules import ensure_schedules
from domains.trace import clients, mirror, rules, schema_steps
from domains.trace.mirror import Keeper
from domains.trace.notion.api import NotionApi
from domains.trace.notion.errors import NotionRefused
from domains.trace.service import mirror_pages, notion_sources
from domains.trace.windows import CREATED, EDITED, MINUTE, Page, Windows, moment
from domains.trace.writes import give_way

SWEEP_EVERY = timedelta(hours=1)


class Teller:
    """Says on the run's page how far a step is, and what it waits for."""

    def __init__(self, orchestrator: MainOrchestrator, unit: str) -> None:
        self.orchestrator, self.unit = orchestrator, unit
        self.done = 0
        self.total: int | None = None

    def reached(self, done: int, total: int | None = None) -> None:
        """So many are done."""
        self.done, self.total = done, total
        self.orchestrator.progress(done, total, self.unit)

    def waits(self, words: str) -> None:
        """What is waited for; "" when that is over."""
        note = ", ".join(filter(None, (self.unit, words)))
        self.orchestrator.progress(self.done, self.total, note)


@contextmanager
def asking(orchestrator: MainOrchestrator, teller: Teller) -> Iterator[NotionApi]:
    """Notion for one step: its waits are on the run's page, and end when the run is cancelled or the worker stops."""

    def stop() -> bool:
        orchestrator.pause(0)
        return False

    with clients.notion_api(say=teller.waits, stop=stop) as api:
        yield api
        orchestrator.log(f"{api.requests:,} requests to Notion.")


@context_manager(get_contexts={"common": []}, set_contexts={"common": ["source", "source_sha256"]})
def read_schemas(orchestrator: MainOrchestrator) -> None:
    """Read the properties of the four data sources, and refuse those that lack what is published.

    The first time there is a schedule for what is edited from now on.
    """
    give_way(orchestrator)
    with asking(orchestrator, Teller(orchestrator, "schemas")) as api:
        schema_steps.read_all(orchestrator, api, clients.notion_databases())
    ensure_schedules()
    orchestrator.set_context_value("source", clients.configured_source().name)
    orchestrator.set_context_value("source_sha256", "")


@context_manager(get_contexts={"common": []}, set_contexts={"common": []})
def fetch_pages(orchestrator: MainOrchestrator, kind: str, full: bool) -> None:
    """Read the pages of one kind: all of them, or what was edited since the last time."""
    run, source = str(orchestrator.run_uuid), notion_sources.get(kind=kind)
    mirror.begin_pass(source, run, timezone.now())
    teller = Teller(orchestrator, kind)
    with asking(orchestrator, teller) as api:
        Pass(api, Keeper(source, run, full or source.high_water is None, teller.reached)).read()


class Pass:
    """One reading of a data source by a run."""

    def __init__(self, api: NotionApi, keeper: Keeper) -> None:
        self.api, self.keeper = api, keeper
        self.source, self.run, self.full = keeper.source, keeper.run, keeper.full

    def read(self) -> None:
        """Read what is to be read, forget what is gone, and note how far the mirror is right."""
        start = self.source.reached or self._since()
        windows = Windows(self._query, self.keeper.accept, self.source.kind)
        is_resumed = self.source.reached is not None
        windows.read(EDITED, start)
        several = is_resumed or windows.answers > 1
        if several or (self.keeper.news and not self.full):
            self._forget_trashed()
        swept = self._forget_vanished(several)
        self._finish(swept)

    def _since(self) -> datetime | None:
        """Times are rounded down to the minute, and a minute may not be over: so one more than what is known."""
        return None if self.full or self.source.high_water is None else self.source.high_water - MINUTE

    def _query(self, wanted: dict[str, Any] | None, sorts: list[dict[str, Any]], **more: Any) -> Iterator[list[Page]]:
        return self.api.query(self.source.data_source_id, filter=wanted, sorts=sorts, **more)

    def _forget_trashed(self) -> None:
        """Rows that were put into the trash while the pages were read, or since: the newest in the trash.

        Notion does not document the question; where it is not answered, rows in the trash are missed by the next sweep.
        """
        newest_first = [{"timestamp": EDITED, "direction": "descending"}]
        with suppress(NotionRefused):
            for batch in self._query(None, newest_first, in_trash=True, filter_properties=["title"]):
                gone = mirror.in_mirror(self.source.kind, (page for page in batch if page.get("in_trash")))
                mirror.drop(gone)
                if not gone:
                    return

    def _forget_vanished(self, several: bool) -> bool:
        """Forget rows that were moved, hidden or deleted; whether all rows were looked at.

        A full pass has met every row that is there, if it was one answer. A longer one may have missed some that were
        edited meanwhile, so what it has not met is looked for once more.
        """
        if self.full:
            missing = list(mirror_pages.unseen(self.source.kind, self.run).values_list("page_id", flat=True))
            if missing and several:
                self._sweep()
            else:
                mirror.drop(missing)
            return True
        last = self.source.last_sweep
        if last is None or timezone.now() - last > SWEEP_EVERY:
            self._sweep()
            return True
        return False

    def _sweep(self) -> None:
        """Compare the ids and times of all rows with the mirror's: what is gone is forgotten, what is newer is read."""
        there: dict[str, datetime] = {}

        def accept(batch: list[Page]) -> None:
            there.update((rules.public_id(page["id"]), moment(page[EDITED])) for page in batch)

        def light(wanted: dict[str, Any] | None, sorts: list[dict[str, Any]]) -> Iterator[list[Page]]:
            return self._query(wanted, sorts, filter_properties=["title"])

        Windows(light, accept, self.source.kind).read(CREATED)
        known = mirror_pages.edits(self.source.kind)
        mirror.drop(known.keys() - there.keys())
        stale = [edited for page, edited in there.items() if page not in known or known[page] < edited]
        if stale:
            Windows(self._query, self.keeper.accept, self.source.kind).read(EDITED, min(stale))

    def _finish(self, swept: bool) -> None:
        now = timezone.now()
        edits = mirror_pages.edits(self.source.kind).values()
        with atomic_write():
            notion_sources.update(
                self.source,
                high_water=max(edits, default=self.source.high_water or self.source.reached),
                last_full=now if self.full else self.source.last_full,
                last_sweep=now if swept else self.source.last_sweep,
            )
