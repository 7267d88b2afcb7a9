"""How Club collects and publishes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from domains.club import (
    cache_steps,
    collect_steps,
    digest_steps,
    erase_writes,
    plan,
    publish_writes,
    source_test,
    source_writes,
)
from domains.orchestration.base import BaseOrchestrator
from domains.orchestration.context import context_manager
from domains.orchestration.main import MainOrchestrator
from domains.orchestration.retries import Retry
from domains.orchestration.secrets import Secret

SOURCE = source_writes.SOURCE_KEYS
ITS_TURN = Retry(attempts=1000, first_s=5, factor=1)
"""A collection waits for those of other applications and features, for more than an hour if it must."""


class ClubOrchestrator(metaclass=BaseOrchestrator):
    """Description: Collects the figures of communities and publishes them as public JSON."""

    startable: ClassVar[Mapping[str, str]] = {
        "collect": "club.collect_club",
        "publish": "club.collect_club",
        "clear_cache": "club.collect_club",
        "save_source": "club.manage_sources",
        "delete_source": "club.manage_sources",
        "test_source": "club.manage_sources",
        "set_community": "club.manage_sources",
        "erase_member": "club.erase_members",
    }

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
        add(
            collect_steps.plan_parts,
            rollback=collect_steps.end_collection,
            kwargs=kwargs,
            title="Plan the parts",
            retry=ITS_TURN,
        )
        add(collect_steps.fetch_parts, title="Ask the sources", kind="external", retry=Retry(attempts=5))
        add(digest_steps.digest_each, title="Store the figures", kind="children", collect=True)
        publish_writes.add_publishing(self.orchestrator)
        add(collect_steps.finish_collection, title="End the collection")

    @context_manager()
    def publish(self) -> None:
        """Description: Publish the figures as they are stored.

        Input: none.
        Output: result, with a message and whether readers get something new.
        """
        publish_writes.add_publishing(self.orchestrator)
        self.orchestrator.add_step(collect_steps.tell_published, title="Tell what was published")

    @context_manager()
    def digest(self, collection: UUID, application: str, feature: str) -> None:
        """Description: Store what the sources have said about one feature, or about an application's hero metrics.

        Input: collection, its uuid; application; feature, "" for the hero metrics.
        Output: result, with how much was stored and which sources are stale.
        """
        kwargs = {"collection": collection, "application": application, "feature": feature}
        self.orchestrator.add_step(digest_steps.store_digest, kwargs=kwargs, title="Store the figures")

    @context_manager(get_contexts={"common": SOURCE}, set_contexts={"common": SOURCE})
    def save_source(
        self,
        *,
        source: str = "",
        values: dict[str, Any],
        secret: Secret | None = None,
        version: int | None = None,
    ) -> None:
        """Description: Save a source, a new one or changes of one.

        Input: source, its uuid, "" for a new one; values by field, those that are given; secret, None to leave it and
        an empty one to forget it; version, which the changes were made for, None for any.
        Output: result, with a message, the uuid and the version.
        """
        self.orchestrator.set_context_schema(source_writes.SOURCE_SCHEMA)
        source_writes.add_saving(self.orchestrator, source, values, secret, version)

    @context_manager(get_contexts={"common": SOURCE}, set_contexts={"common": SOURCE})
    def delete_source(self, *, source: str) -> None:
        """Description: Delete a source; figures that were collected from it stay.

        Input: source, its uuid.
        Output: result, with a message.
        """
        self.orchestrator.set_context_schema(source_writes.SOURCE_SCHEMA)
        source_writes.add_deleting(self.orchestrator, source)

    @context_manager()
    def test_source(self, *, source: str) -> None:
        """Description: Ask a source whether it works, and keep the report.

        Input: source, its uuid.
        Output: result, with a message and whether it works.
        """
        source_test.add_testing(self.orchestrator, source)

    @context_manager(get_contexts={"common": SOURCE}, set_contexts={"common": SOURCE})
    def set_community(self, *, app: str, publish_names: bool) -> None:
        """Description: Decide whether the names of an application's members are published, and publish accordingly.

        Input: app, its slug; publish_names.
        Output: result, with a message.
        """
        self.orchestrator.set_context_schema(source_writes.SOURCE_SCHEMA)
        source_writes.add_deciding(self.orchestrator, app, publish_names)
        self.orchestrator.add_step(publish_writes.start_publication, title="Publish soon", kind="external")

    @context_manager()
    def erase_member(self, *, member: str) -> None:
        """Description: Erase a member from all figures, those of the past too, and publish them anew.

        Input: member, the uuid.
        Output: result, with a message.
        """
        erase_writes.add_erasing(self.orchestrator, member)

    @context_manager()
    def clear_cache(self, *, keys: list[str] | None = None) -> None:
        """Description: Forget published documents that are in the cache; the next question reads them again.

        Input: keys, None for all.
        Output: result, with a message and how many keys were set.
        """
        self.orchestrator.add_step(
            cache_steps.clear_cache, title="Clear the cache", kind="external", kwargs={"keys": keys}
        )
