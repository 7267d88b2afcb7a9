"""What Trace adds to Vault."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from domains.extensions.extension import Freshness, HealthCheck, RowFilter, ScheduleSpec, VaultExtension
from domains.extensions.front import Front
from domains.trace import clients, health, reads, rules


def _export(name: str, cron: str, **args: bool) -> ScheduleSpec:
    return ScheduleSpec(name=name, cron=cron, orchestrator="trace", method="export", args=args)


class TraceExtension(VaultExtension):
    """Feature specifications."""

    name = "trace"

    def health_checks(self) -> Sequence[HealthCheck]:
        """Whether what readers get is what was published."""
        return (HealthCheck(name="data files", run=health.data_files, component="trace"),)

    def row_filters(self) -> Mapping[str, RowFilter]:
        """`trace.launched`: features that customers can use."""
        return {"launched": rules.is_launched}

    def schedules(self) -> Sequence[ScheduleSpec]:
        """An export of everything each night and, once Notion is read, of what was edited every quarter of an hour."""
        nightly = _export("trace.export", "0 3 * * *", full=True)
        return (nightly, _export("trace.refresh", "*/15 * * * *")) if clients.reads_notion() else (nightly,)

    def freshness(self) -> Sequence[Freshness]:
        """Age of each application's features."""
        return reads.freshness()

    def fronts(self) -> Sequence[Front]:
        """The public documents."""
        from domains.trace.public.front import TraceFront

        return (TraceFront(),)

    def load_demo(self) -> None:
        """Copy the demo workspace and export it."""
        from domains.trace.demo import load_demo

        load_demo()
