"""How Club collects and publishes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from domains.club import collect_steps, digest_steps, plan
from domains.orchestration.base import BaseOrchestrator
from domains.orchestration.context import context_manager
from domains.orchestration.main import MainOrchestrator


class ClubOrchestrator(metaclass=BaseOrchestrator):
    """Description: Collects the figures of communities and publishes them as public JSON."""

    startable: ClassVar[Mapping[str, str]] = {"collect": "club.collect_club"}

    def __init__(self, orchestrator: MainOrchestrator) -> None:
        self.orchestrator = orchestrator

    @context_manager()
    def collect(self, app: str = "", feature: str = "") -> None:
        """Description: Ask the sources for their figures, store them and publish them.

        Input: app and feature, to ask about one application and one feature only; "" for all.
        Output: result, with a message, the collection's uuid and how many parts are stale.
        """
        plan.check(app, feature)
        add = self.orchestrator.add_step
        kwargs = {"app": app, "feature": feature}
        add(collect_steps.plan_parts, rollback=collect_steps.end_collection, kwargs=kwargs, title="Plan the parts")
        add(collect_steps.fetch_parts, title="Ask the sources", kind="external")
        add(digest_steps.digest_each, title="Store the figures", kind="children", collect=True)
        add(collect_steps.finish_collection, title="End the collection")

    @context_manager()
    def digest(self, collection: UUID, application: str, feature: str) -> None:
        """Description: Store what the sources have said about one feature, or about an application's hero metrics.

        Input: collection, its uuid; application; feature, "" for the hero metrics.
        Output: result, with how much was stored and which sources are stale.
        """
        kwargs = {"collection": collection, "application": application, "feature": feature}
        self.orchestrator.add_step(digest_steps.store_digest, kwargs=kwargs, title="Store the figures")
