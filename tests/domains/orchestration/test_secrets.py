"""Secrets: usable in steps, encrypted wherever they are stored, readable nowhere else."""

from __future__ import annotations

import json
import logging
import pickle
from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client, override_settings
from django.urls import reverse

from domains.audit.writes import record_event
from domains.base import revealed
from domains.base.errors import UpstreamFailed
from domains.orchestration import codec
from domains.orchestration.base import BaseOrchestrator
from domains.orchestration.context import context_manager
from domains.orchestration.exceptions import ContextError, ContextLost
from domains.orchestration.failures import masked, redact
from domains.orchestration.main import MainOrchestrator
from domains.orchestration.models import Run
from domains.orchestration.registry import OrchestratorRegistry
from domains.orchestration.secrets import Secret
from domains.orchestration.start import run_now, start
from domains.orchestration.tasks import run_queued
from vault_site.settings.logs import logging_config

PLAIN = "correct-horse-battery"


@context_manager(set_contexts={"common": ["ticket"]})
def keep(orchestrator: MainOrchestrator, ticket: Secret) -> None:
    """Put the secret into the context, and leave a trace that tells that it could be read."""
    orchestrator.set_context_value("ticket", Secret(ticket.reveal()[::-1]))
    orchestrator.set_context_value("result", {"given": ticket})
    record_event("drill.effect", object_type="drill", object_id=str(len(ticket.reveal())), object_name="length")


@context_manager(get_contexts={"common": ["ticket"]})
def give_away(orchestrator: MainOrchestrator, how: str) -> None:
    """Do what no step should: put a secret into a log line and into the text of an error."""
    text = orchestrator.get_context_value("ticket").reveal()
    orchestrator.log(f"signing in with {text}")
    if how == "expected":
        raise UpstreamFailed(f"The other side does not know {text}.")
    if how:
        raise ZeroDivisionError(f"cannot divide by {text}")


class VaultedOrchestrator(metaclass=BaseOrchestrator):
    """Description: stages steps that handle a secret."""

    def __init__(self, orchestrator: MainOrchestrator) -> None:
        self.orchestrator = orchestrator

    @context_manager(set_contexts={"common": ["ticket"]})
    def work(self, *, ticket: Secret, how: str = "") -> None:
        """Description: keeps the secret, then gives it away.

        Input: the secret, and how it is given away.
        Output: the context key ticket.
        """
        self.orchestrator.set_context_schema({"ticket": Secret})
        self.orchestrator.add_step(keep, kwargs={"ticket": ticket})
        self.orchestrator.add_step(give_away, kwargs={"how": how})


@pytest.fixture(autouse=True)
def vaulted() -> Any:
    """Register the orchestrator; nothing is remembered from other tests."""
    revealed.forget_all()
    OrchestratorRegistry.register("vaulted", f"{__name__}.VaultedOrchestrator")
    yield
    OrchestratorRegistry.unregister("vaulted")


def whole_database() -> str:
    """Every value of every table of Vault, as text."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - the names come from the database
            found.append(repr(cursor.fetchall()))
    return "".join(found)


def test_a_secret_shows_nothing_of_itself() -> None:
    secret = Secret(PLAIN)
    assert (repr(secret), str(secret), f"{secret}") == ("[hidden]",) * 3
    assert secret.reveal() == PLAIN
    assert PLAIN not in json.dumps(codec.encode(secret, "key"))
    with pytest.raises(TypeError, match="pickled"):
        pickle.dumps(secret)
    with pytest.raises(TypeError):
        json.dumps(secret)


def test_a_stored_secret_comes_back() -> None:
    stored = json.loads(json.dumps(codec.encode({"all": [Secret(PLAIN)]}, "key")))
    back = codec.decode(stored)["all"][0]
    assert back == Secret(PLAIN)
    assert back != Secret("another one")
    assert codec.encode(back, "key") == stored["all"][0]


def test_a_secret_is_a_type_of_the_schema() -> None:
    main = MainOrchestrator("vaulted")
    main.set_context_schema({"ticket": Secret, "name": str})

    @context_manager(get_contexts={"common": ["ticket"]}, set_contexts={"common": ["ticket", "name"]})
    def step(orchestrator: MainOrchestrator) -> None:
        orchestrator.set_context_value("ticket", Secret(PLAIN))
        assert orchestrator.get_context_value("ticket").reveal() == PLAIN
        with pytest.raises(ContextError, match="'ticket' is secret, not str"):
            orchestrator.set_context_value("ticket", PLAIN)
        with pytest.raises(ContextError, match="'name' is str, not Secret"):
            orchestrator.set_context_value("name", Secret(PLAIN))

    step(main)


def test_a_key_used_before_still_decrypts() -> None:
    with override_settings(SECRET_KEY="the old key of forty characters, or so..", SECRET_KEY_FALLBACKS=[]):
        stored = codec.encode(Secret(PLAIN), "key")
    with override_settings(SECRET_KEY_FALLBACKS=["the old key of forty characters, or so.."]):
        assert codec.decode(stored).reveal() == PLAIN
    lost = codec.decode(stored)
    assert repr(lost) == "[hidden]"
    with pytest.raises(ContextLost, match="SECRET_KEY_FALLBACKS"):
        lost.reveal()


def test_encoded_and_live_secrets_are_masked() -> None:
    values = {"plain": 1, "x": codec.encode(Secret(PLAIN), "x"), "y": [{"z": Secret(PLAIN)}]}
    assert masked(values) == {"plain": 1, "x": "[hidden]", "y": [{"z": "[hidden]"}]}


def test_texts_are_searched_for_what_was_revealed() -> None:
    Secret(PLAIN).reveal()
    Secret("abc").reveal()
    assert redact(f"<{PLAIN}> and abc") == "<[hidden]> and abc"


def test_a_process_remembers_a_bounded_number_of_secrets() -> None:
    for number in range(1000):
        Secret(f"secret-{number:03}").reveal()
    assert redact("secret-743 secret-744 secret-999") == "secret-743 [hidden] [hidden]"


def test_the_longer_of_two_secrets_is_hidden_whole() -> None:
    Secret("horse").reveal()
    Secret("horse-battery").reveal()
    assert redact("<horse-battery>") == "<[hidden]>"


@pytest.mark.parametrize("secret", ["plain text", 'with "quotes" and \\', "with 'quotes'", "zwölf\nBoxkämpfer"])
@pytest.mark.parametrize("form", ["json", "text"])
def test_lines_of_the_log_are_without_secrets(secret: str, form: str) -> None:
    formatter = dict(logging_config(settings.VAULT.model_copy(update={"LOG_FORMAT": form}))["formatters"]["vault"])
    handler, logger = logging.StreamHandler(StringIO()), logging.getLogger("vault.secrets")
    handler.setFormatter(formatter.pop("()")(**formatter))
    logger.addHandler(handler)
    text = Secret(secret).reveal()
    try:
        raise ZeroDivisionError(text)
    except ZeroDivisionError:
        logger.exception("failed for %s", text, extra={"token": text})
    logger.removeHandler(handler)
    written = handler.stream.getvalue()
    assert "ZeroDivisionError" in written and "failed for [hidden]" in written
    for spelling in (secret, repr(secret)[1:-1], json.dumps(secret)[1:-1]):
        assert spelling not in written


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("how", "state"), [("", "success"), ("expected", "rolled_back"), ("unexpected", "rolled_back")]
)
def test_a_secret_is_readable_nowhere_in_the_database(how: str, state: str) -> None:
    start("vaulted", "work", ticket=Secret(PLAIN), how=how)
    run_queued()
    run = Run.objects.get()
    assert run.state == state
    assert f"'{len(PLAIN)}'" in whole_database()
    for text in (PLAIN, PLAIN[::-1]):
        assert text not in whole_database()
    assert "[hidden]" in run.log_lines.get().line
    if how == "expected":
        assert run.error and run.error["message"] == "The other side does not know [hidden]."
    if how == "unexpected":
        assert "cannot divide by [hidden]" in run.traceback


@pytest.mark.django_db
def test_a_secret_is_readable_on_no_page_and_in_no_json(admin_client: Client) -> None:
    info = run_now("vaulted", "work", ticket=Secret(PLAIN))
    run = Run.objects.get()
    assert isinstance(info.result, dict) and info.result["given"].reveal() == PLAIN
    for address in (
        run.get_absolute_url(),
        f"/api/runs/{run.uuid}/?include=context",
        "/runs/",
        "/api/runs/",
        reverse("events"),
    ):
        response = admin_client.get(address)
        assert response.status_code == 200, address
        body = response.content.decode()
        assert PLAIN not in body and PLAIN[::-1] not in body, address
        assert str(run.context["ticket"]["v"]) not in body, address


@pytest.mark.django_db
def test_a_run_with_secrets_can_be_run_again() -> None:
    from domains.orchestration.start import start_again

    start("vaulted", "work", ticket=Secret(PLAIN))
    run_queued()
    start_again(Run.objects.get())
    run_queued()
    assert [run.state for run in Run.objects.all()] == ["success"] * 2
