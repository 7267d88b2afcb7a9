"""A secret leaves Vault by no page, export, JSON, command, event or log line, whatever a step does with it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from django_q.models import Task

from domains.audit.models import Event
from domains.base import revealed
from domains.base.errors import ValidationFailed
from domains.identity import reads as identity
from domains.orchestration import orchestrator
from domains.orchestration.base import BaseOrchestrator
from domains.orchestration.context import context_manager
from domains.orchestration.main import MainOrchestrator
from domains.orchestration.models import Run
from domains.orchestration.registry import OrchestratorRegistry
from domains.orchestration.secrets import Secret
from domains.orchestration.start import start
from domains.orchestration.tasks import run_queued
from vault_site.settings.logs import logging_config

pytestmark = pytest.mark.django_db
PLAIN = "correct-horse-battery"
LISTS = ("/runs/", "/schedules/", "/failed-tasks/", "/events/")


@context_manager(set_contexts={"common": ["ticket"]})
def tell_everybody(orchestrator: MainOrchestrator, ticket: Secret, how: str) -> None:
    """Put the secret wherever a step can put it."""
    text = ticket.reveal()
    orchestrator.set_context_value("ticket", ticket)
    orchestrator.set_context_value("result", {"given": ticket, "message": f"Signed in with {ticket}."})
    orchestrator.log(f"signing in with {text}")
    orchestrator.progress(1, 2, f"tickets like {text}")
    logging.getLogger("vault.step").warning("signing in with %s", text)
    if how == "refused":
        raise ValidationFailed(f"Not {text}.", fields={"ticket": [f"{text} is not known."]})
    if how == "crashed":
        raise ZeroDivisionError(f"cannot divide by {text}")


def tell_again(orchestrator: MainOrchestrator, ticket: Secret, how: str) -> None:
    """A rollback that gives the secret away."""
    raise ZeroDivisionError(f"cannot undo {ticket.reveal()}")


def fail(orchestrator: MainOrchestrator) -> None:
    """Have the steps before undone."""
    raise ZeroDivisionError("on purpose")


class TalkativeOrchestrator(metaclass=BaseOrchestrator):
    """Description: stages a step that keeps no secret."""

    def __init__(self, orchestrator: MainOrchestrator) -> None:
        self.orchestrator = orchestrator

    @context_manager(set_contexts={"common": ["ticket"]})
    def work(self, *, ticket: Secret, how: str, kind: str) -> None:
        """Description: gives the secret away.

        Input: the secret, what becomes of the step, its kind.
        Output: the context key ticket.
        """
        self.orchestrator.set_context_schema({"ticket": Secret})
        given = {"ticket": ticket, "how": how}
        title = f"Sign in with {ticket}"
        self.orchestrator.add_step(tell_everybody, rollback=tell_again, kind=kind, title=title, kwargs=given)
        if how == "undone":
            self.orchestrator.add_step(fail)


@pytest.fixture(autouse=True)
def lines() -> Iterator[StringIO]:
    """Register the orchestrator; what is logged meanwhile."""
    revealed.forget_all()
    OrchestratorRegistry.register("talkative", f"{__name__}.TalkativeOrchestrator")
    formatter = dict(logging_config(settings.VAULT)["formatters"]["vault"])
    handler = logging.StreamHandler(StringIO())
    handler.setFormatter(formatter.pop("()")(**formatter))
    logging.getLogger().addHandler(handler)
    yield handler.stream
    logging.getLogger().removeHandler(handler)
    OrchestratorRegistry.unregister("talkative")


def body(client: Client, address: str) -> str:
    """What stands there, or is downloaded from there."""
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.getvalue().decode()


def every_column(client: Client) -> None:
    """Show all columns of each list."""
    for path in LISTS:
        page = client.get(path).context
        client.post(path, {"_columns": "1", "column": page["view"].table_class.column_names()})


def shell(*args: str) -> str:
    """What the command prints."""
    out = StringIO()
    call_command("runs", *args, stdout=out, stderr=out)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["db", "external"])
@pytest.mark.parametrize("how", ["done", "refused", "crashed", "undone"])
def test_nothing_tells_the_secret_of_a_run(
    admin: User, admin_client: Client, lines: StringIO, how: str, kind: str
) -> None:
    start("talkative", "work", ticket=Secret(PLAIN), how=how, kind=kind)
    run_queued()
    run = Run.objects.get()
    states = {"done": "success", "undone": "rollback_failed"}
    assert run.state == states.get(how, "rolled_back")
    every_column(admin_client)
    assert "error" in (identity.columns(admin, "runs.runs") or [])
    lists = [f"{path}{query}" for path in LISTS for query in ("", "?export=csv", "?export=json")]
    pages = [f"/runs/{run.uuid}/", f"/runs/{run.uuid}/?card", "/workers/", "/workers/panel/", "/api/runs/"]
    told = [body(admin_client, path) for path in [*lists, *pages, f"/api/runs/{run.uuid}/?include=context"]]
    told += [
        shell("list"),
        shell("list", "--json"),
        shell("show", str(run.uuid)),
        shell("show", str(run.uuid), "--json"),
    ]
    told += [lines.getvalue(), str(list(Event.objects.values())), str(list(Run.objects.values()))]
    token = json.dumps(run.args["ticket"]["v"])[1:-1]
    for text in told:
        assert PLAIN not in text
    assert all(token not in text for text in told[:-1])
    assert "signing in with [hidden]" in lines.getvalue()
    assert "tickets like [hidden]" in told[len(lists)]


def test_nothing_tells_what_the_arguments_of_a_schedule_call_a_secret(admin_client: Client, lines: StringIO) -> None:
    OrchestratorRegistry.resolve("talkative").startable = {"work": "orchestration.add_run"}
    args: dict[str, Any] = {"ticket": {"password": PLAIN}, "how": "done", "kind": "db"}
    made = orchestrator.create_schedule(name="n", orchestrator="talkative", method="work", args=args, cron="0 3 * * *")
    orchestrator.update_schedule(made.uuid, args=args | {"ticket": {"password": PLAIN[::-1]}})
    every_column(admin_client)
    lists = [f"{path}{query}" for path in LISTS for query in ("", "?export=csv", "?export=json")]
    pages = [f"/schedules/{made.uuid}/", f"/schedules/{made.uuid}/edit/", f"/schedules/{made.uuid}/delete/"]
    told = [body(admin_client, path) for path in [*lists, *pages, "/api/schedules/", f"/api/schedules/{made.uuid}/"]]
    told += [lines.getvalue(), str(list(Event.objects.values()))]
    for text in told:
        assert PLAIN not in text and PLAIN[::-1] not in text
    assert "[hidden]" in told[len(lists)]


def test_a_failed_task_tells_no_secret(admin_client: Client) -> None:
    at = timezone.now()
    result = f"Traceback\nOperationalError: postgres://vault:{PLAIN}@db/vault password={PLAIN}"
    Task.objects.create(id="c" * 32, name="c", func="x.y", success=False, started=at, stopped=at, result=result)
    every_column(admin_client)
    for path in ("", "?export=csv", "?export=json", f"{'c' * 32}/"):
        text = body(admin_client, f"/failed-tasks/{path}")
        assert PLAIN not in text and "[hidden]" in text, path
    assert PLAIN not in body(admin_client, "/api/workers/failed_tasks/")
