"""Whether a source works: the step that asks it, and keeps what it has found."""

from __future__ import annotations

import asyncio
from dataclasses import asdict

from django.utils import timezone

from domains.base.database import atomic_write
from domains.base.errors import VaultError
from domains.club import clients
from domains.club.models import Source
from domains.club.service import sources
from domains.club.source_writes import uuid_of
from domains.club.sources.base import SourceReport
from domains.orchestration.context import context_manager
from domains.orchestration.exceptions import ContextLost
from domains.orchestration.main import MainOrchestrator


def add_testing(orchestrator: MainOrchestrator, source: str) -> None:
    """Stage that a source is asked whether it works."""
    orchestrator.add_step(test_source, title="Ask the source", kind="external", kwargs={"source": source})


@context_manager()
def test_source(orchestrator: MainOrchestrator, source: str) -> None:
    """Ask the source just enough, and keep the report, unless it was changed meanwhile. Raises NotFound."""
    row = sources.get(uuid=uuid_of(source))
    report = found_by(row, orchestrator)
    stored = asdict(report) | {"at": timezone.now().isoformat()}
    with atomic_write():
        kept = sources.filter(pk=row.pk, version=row.version).update(report=stored)
    orchestrator.log(report.message)
    message = report.message if kept else "The source was changed while it was asked. Test it again."
    orchestrator.set_context_value("result", {"message": message, "ok": report.ok and bool(kept)})


def found_by(row: Source, orchestrator: MainOrchestrator) -> SourceReport:
    """What a test finds; a fault of the source is a report too."""
    try:
        return asyncio.run(_asked(row, orchestrator))
    except VaultError as error:
        return SourceReport(False, error.message)
    except ContextLost as error:
        return SourceReport(False, str(error), ["Enter the secret again."])


async def _asked(row: Source, orchestrator: MainOrchestrator) -> SourceReport:
    kind, spec = clients.kind_of(row.kind), clients.spec_of(row)
    async with clients.Outside() as outside:
        ask = outside.asker(kind, keep=clients.MemoryKeep(), say=orchestrator.log)
        return await kind.test(ask, spec)
