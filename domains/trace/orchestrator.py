"""How Trace publishes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from domains.orchestration.base import BaseOrchestrator
from domains.orchestration.context import context_manager
from domains.orchestration.main import MainOrchestrator
from domains.orchestration.retries import Retry
from domains.orchestration.secrets import Secret
from domains.trace import connection_writes, republish, schema_accept, webhook_writes
from domains.trace import publish_writes as steps
from domains.trace.export_plan import add_building

KEYS = ["source", "source_sha256", "snapshot", "former", "folder", "published", "changes", "held", "problems"]
FORMER = ["former_connection"]


class TraceOrchestrator(metaclass=BaseOrchestrator):
    """Description: Publishes feature specifications as public JSON."""

    startable: ClassVar[Mapping[str, str]] = {
        "export": "trace.export_trace",
        "publish": "trace.publish_trace",
        "approve": "trace.publish_trace",
        "dismiss": "trace.publish_trace",
        "check_connection": "trace.connect_trace",
        "accept_schema": "trace.connect_trace",
        "forget_webhook": "trace.connect_trace",
    }

    def __init__(self, orchestrator: MainOrchestrator) -> None:
        self.orchestrator = orchestrator

    @context_manager(get_contexts={"common": KEYS}, set_contexts={"common": KEYS})
    def export(self, full: bool = False, app: str = "", dry_run: bool = False) -> None:
        """Description: Read the specifications and publish them for every application in one switch.

        Input: full, to read all of Notion and not only what was edited; app, to build this application's documents
        only; dry_run, to say what would change and change nothing. The settings say where the specifications are.
        Output: result, with the snapshot's name, whether anything changed, rows by kind, and problems of rows.
        """
        self._set_schema()
        add_building(self.orchestrator, full=full, app=app, dry_run=dry_run)
        add = self.orchestrator.add_step
        add(steps.store_snapshot, rollback=steps.drop_snapshot, title="Store the snapshot", kind="db")
        add(republish.end_when_held, title="See whether it may be published", kind="external")
        self._add_publishing()

    @context_manager(get_contexts={"common": KEYS}, set_contexts={"common": KEYS})
    def publish(self, snapshot: str) -> None:
        """Description: Put a snapshot that is kept before readers again.

        Input: snapshot, its name.
        Output: result, as of an export.
        """
        self._set_schema()
        self._add_choosing(snapshot)

    @context_manager(get_contexts={"common": KEYS}, set_contexts={"common": KEYS})
    def approve(self, snapshot: str) -> None:
        """Description: Publish a snapshot that the guard has held.

        Input: snapshot, its name.
        Output: result, as of an export.
        """
        self._set_schema()
        self.orchestrator.add_step(
            republish.release_snapshot,
            rollback=republish.hold_again,
            kwargs={"snapshot": snapshot},
            title="Approve the snapshot",
        )
        self._add_choosing(snapshot)

    @context_manager(get_contexts={"common": KEYS}, set_contexts={"common": KEYS})
    def dismiss(self, snapshot: str) -> None:
        """Description: Let go of a snapshot that the guard has held.

        Input: snapshot, its name.
        Output: result, with a message.
        """
        self.orchestrator.add_step(
            republish.dismiss_snapshot, kwargs={"snapshot": snapshot}, title="Dismiss the snapshot"
        )

    @context_manager(get_contexts={"common": FORMER}, set_contexts={"common": FORMER})
    def connect(
        self,
        *,
        token: Secret | None = None,
        databases: dict[str, str] | None = None,
        content: list[str] | None = None,
    ) -> None:
        """Description: Enter the connection to Notion; settings of the environment win over it.

        Input: token, databases by kind as addresses or ids, and the kinds whose content is read; None leaves one as it
        is, an empty token or address forgets it.
        Output: result, with a message.
        """
        connection_writes.check_entered(databases, content)
        self.orchestrator.set_context_schema({"former_connection": dict[str, object]})
        self.orchestrator.add_step(
            connection_writes.store_connection,
            rollback=connection_writes.restore_connection,
            kwargs={"token": token, "databases": databases, "content": content},
            title="Save the connection",
        )

    @context_manager()
    def check_connection(self) -> None:
        """Description: Ask Notion whether an export could read what is configured, and keep the report.

        Input: none.
        Output: result, with a message and whether an export is ready to run.
        """
        self.orchestrator.add_step(connection_writes.check_connection, title="Ask Notion", kind="external")

    @context_manager()
    def accept_schema(self, kind: str) -> None:
        """Description: Export a kind without the properties that are gone from Notion.

        Input: kind, such as features.
        Output: result, with a message.
        """
        self.orchestrator.add_step(schema_accept.accept_schema, kwargs={"kind": kind}, title="Accept the schema")

    @context_manager()
    def follow_notion(self, *, not_before: str) -> None:
        """Description: Export soon, since Notion says that something has changed.

        Input: not_before, the time at which the export begins at the earliest.
        Output: result, with the uuid of the export's run.
        """
        add = self.orchestrator.add_step
        add(webhook_writes.note_event, title="Note the event")
        retry = Retry(attempts=120, first_s=15, factor=1, jitter=0)
        kwargs = {"not_before": not_before}
        add(webhook_writes.start_export, title="Start an export", kind="external", kwargs=kwargs, retry=retry)

    @context_manager()
    def accept_webhook(self, *, token: Secret) -> None:
        """Description: Keep the verification token that Notion sends for a new webhook.

        Input: token.
        Output: nothing.
        """
        self.orchestrator.add_step(webhook_writes.accept_webhook, kwargs={"token": token}, title="Keep the token")

    @context_manager()
    def show_webhook(self) -> None:
        """Description: Note that the webhook's verification token is shown, which happens once.

        Input: none.
        Output: nothing.
        """
        self.orchestrator.add_step(webhook_writes.note_webhook_shown, title="Note that the token is shown")

    @context_manager()
    def forget_webhook(self) -> None:
        """Description: Forget the webhook, so that a new one can be made in Notion.

        Input: none.
        Output: result, with a message.
        """
        self.orchestrator.add_step(webhook_writes.forget_webhook, title="Forget the webhook")

    def _set_schema(self) -> None:
        types = dict.fromkeys(KEYS, str) | {
            "published": datetime,
            "changes": dict[str, int],
            "problems": dict[str, Any],
        }
        self.orchestrator.set_context_schema(types)

    def _add_choosing(self, snapshot: str) -> None:
        kwargs = {"snapshot": snapshot}
        self.orchestrator.add_step(
            republish.choose_snapshot, rollback=republish.unchoose_snapshot, kwargs=kwargs, title="Choose the snapshot"
        )
        self._add_publishing()

    def _add_publishing(self) -> None:
        add = self.orchestrator.add_step
        add(
            steps.stage_files,
            rollback=steps.remove_files,
            title="Stage the files",
            kind="external",
            rollback_self=True,
        )
        add(steps.wait_for_machines, title="Wait for the other machines", kind="external")
        add(steps.record_publication, rollback=steps.strike_publication, title="Publish", kind="db")
        add(steps.follow_publication, title="Show it on this machine", kind="external")
