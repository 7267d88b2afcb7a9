"""What Trace adds to Vault."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from domains.extensions.extension import Freshness, HealthCheck, RowFilter, ScheduleSpec, VaultExtension
from domains.trace import health, reads, rules


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
        """An export each night."""
        return (ScheduleSpec(name="trace.export", cron="0 3 * * *", orchestrator="trace", method="export", args={}),)

    def freshness(self) -> Sequence[Freshness]:
        """Age of each application's features."""
        return reads.freshness()

    def load_demo(self) -> None:
        """Copy the demo workspace and export it."""
        from domains.trace.demo import load_demo

        load_demo()
