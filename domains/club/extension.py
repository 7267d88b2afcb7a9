"""What Club adds to Vault."""

from __future__ import annotations

from collections.abc import Sequence

from domains.club import freshness, health
from domains.extensions.extension import Freshness, HealthCheck, ScheduleSpec, VaultExtension
from domains.extensions.front import Front


class ClubExtension(VaultExtension):
    """Figures of communities."""

    name = "club"

    def health_checks(self) -> Sequence[HealthCheck]:
        """Whether readers get what was published, and whether the sources answer."""
        return (
            HealthCheck(name="community files", run=health.community_files, component="club"),
            HealthCheck(name="community sources", run=health.community_sources, component="club"),
        )

    def schedules(self) -> Sequence[ScheduleSpec]:
        """A collection of everything each night."""
        return (ScheduleSpec(name="club.collect", cron="0 4 * * *", orchestrator="club", method="collect", args={}),)

    def freshness(self) -> Sequence[Freshness]:
        """Age of each application's figures."""
        return freshness.freshness()

    def fronts(self) -> Sequence[Front]:
        """The public documents."""
        from domains.club.public.front import ClubFront

        return (ClubFront(),)

    def load_demo(self) -> None:
        """Make up communities with a past, and collect them."""
        from domains.club.demo import load_demo

        load_demo()
