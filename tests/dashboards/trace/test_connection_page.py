"""The connection to Notion: entering it, checking it against a Notion of the tests, and its webhook."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from pydantic import SecretStr

from domains.orchestration import reads as runs
from domains.orchestration.start import run_now
from domains.trace import reads
from domains.trace.service import connections, notion_sources
from tests.domains.trace.place import Place
from tests.emulators.notion import KINDS, NotionEmulator, data_source_id, database_id, make_workspace

pytestmark = pytest.mark.django_db
URL = "/trace/connection/"
WEBHOOK = "/trace/webhooks/notion/"


@pytest.fixture
def connector(staff: User, staff_client: Client) -> Client:
    """A client of somebody who may connect."""
    staff.user_permissions.add(Permission.objects.get(codename="connect_trace"))
    return staff_client


@pytest.fixture
def notion(place: Place, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[NotionEmulator]:
    """Notion with a small workspace; the settings give nothing but its address."""
    monkeypatch.setattr("domains.trace.notion.retry.FIRST_S", 0.01)
    with NotionEmulator(make_workspace(features=5)) as emulator:
        changes = {"NOTION_API_URL": emulator.url, "NOTION_REQUESTS_PER_SECOND": 1000.0}
        settings.VAULT = settings.VAULT.model_copy(update=changes)
        yield emulator


def entry(notion: NotionEmulator, **values: Any) -> dict[str, Any]:
    """What a form sends that connects to this Notion."""
    return {kind: database_id(kind) for kind in KINDS} | {"token": notion.token} | values


def page(client: Client) -> str:
    answer = client.get(URL)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_before_anything_is_entered_it_says_what_exports_read(place: Place, connector: Client) -> None:
    shown = page(connector)
    assert "No token is entered yet." in shown
    assert "Exports read the workspace file" in shown


def test_what_is_entered_is_kept_checked_and_reported(
    notion: NotionEmulator, connector: Client, run_worker: Callable[[], int]
) -> None:
    answer = connector.post(URL, entry(notion))
    assert (answer.status_code, answer["Location"]) == (303, URL)
    assert "Vault is asking Notion." in page(connector)
    run_worker()
    shown = page(connector)
    assert "Exports can run" in shown
    assert shown.count("</svg>Found</span>") == 4
    assert "<code>applications</code>" in shown
    assert notion.token not in shown
    assert notion.token not in json.dumps(runs.run_list().get(method="connect").args)
    assert reads.entered().is_complete


def test_an_empty_token_keeps_the_one_that_is_stored_and_a_tick_forgets_it(
    notion: NotionEmulator, connector: Client
) -> None:
    connector.post(URL, entry(notion))
    connector.post(URL, entry(notion, token="", content=["features"]))
    assert (reads.entered().has_token, reads.entered().content) == (True, ("features",))
    assert "One is stored; leave this empty to keep it." in page(connector)
    connector.post(URL, entry(notion, token="", forget="on"))
    assert not reads.entered().has_token


def test_what_cannot_be_an_address_is_refused_and_what_was_typed_stays(
    notion: NotionEmulator, connector: Client
) -> None:
    answer = connector.post(URL, entry(notion, features="<b>not an address</b>"))
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "This is neither an address nor an id of a database in Notion." in shown
    assert "&lt;b&gt;not an address&lt;/b&gt;" in shown
    assert notion.token not in shown
    assert connections.find() is None or not connections.get().token


def test_what_the_environment_gives_cannot_be_changed(notion: NotionEmulator, connector: Client, settings: Any) -> None:
    given = {"NOTION_TOKEN": SecretStr(notion.token), "NOTION_FEATURES": data_source_id("features")}
    settings.VAULT = settings.VAULT.model_copy(update=given)
    assert page(connector).count("Given by the environment") == 2
    connector.post(URL, entry(notion, token="another", features="another"))
    assert reads.entered().databases["features"] == data_source_id("features")
    assert not connections.get().token


def test_a_database_that_is_not_shared_comes_with_the_clicks_that_mend_it(
    notion: NotionEmulator, connector: Client, run_worker: Callable[[], int]
) -> None:
    notion.workspace.unshared.add("gateways")
    notion.workspace.more_sources["tags"] = ["Other <i>tags</i>"]
    connector.post(URL, entry(notion))
    run_worker()
    shown = page(connector)
    assert "Something is missing" in shown
    assert "Not shared" in shown
    assert "then “Connections”." in shown
    assert "Several data sources" in shown
    assert "Other &lt;i&gt;tags&lt;/i&gt;" in shown


def test_a_wrong_token_and_a_silent_notion_are_told_apart(
    notion: NotionEmulator, connector: Client, run_worker: Callable[[], int]
) -> None:
    connector.post(URL, entry(notion, token="ntn_wrong"))
    run_worker()
    assert "Token refused" in page(connector)
    connector.post(URL, entry(notion))
    notion.faults.add("500", times=50, match="GET /v1/users")
    run_worker()
    assert "No answer" in page(connector)


def test_a_property_that_is_gone_is_named_and_can_be_accepted(
    notion: NotionEmulator, connector: Client, run_worker: Callable[[], int]
) -> None:
    connector.post(URL, entry(notion))
    run_now("trace", "export")
    gone = next(name for name, spec in notion_sources.get(kind="features").properties.items() if spec["type"] == "url")
    notion.workspace.remove_property("features", gone)
    connector.post(f"{URL}check/")
    run_worker()
    shown = page(connector)
    assert f"The property {gone} was published by the last export and is gone." in shown
    assert 'id="accept-features"' in shown
    assert connector.post(f"{URL}accept/", {"kind": "tags"}).status_code == 409
    assert connector.post(f"{URL}accept/", {"kind": "features"}).status_code == 303
    run_worker()
    assert "Exports can run" in page(connector)
    result: Any = run_now("trace", "export").result
    assert result["changed"]


def test_the_webhooks_token_is_shown_once(place: Place, connector: Client) -> None:
    assert "Not set up" in page(connector)
    token = "secret_" + "a1" * 12
    offer = Client().post(WEBHOOK, json.dumps({"verification_token": token}), content_type="application/json")
    assert offer.status_code == 200
    assert token not in page(connector)
    shown = connector.post(f"{URL}show-webhook/")
    assert token in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    assert connector.post(f"{URL}show-webhook/").status_code == 409
    assert token not in page(connector)
    connector.post(f"{URL}forget-webhook/")
    assert "Not set up" in page(connector)


def test_only_those_with_the_permission_change_or_ask_anything(notion: NotionEmulator, staff_client: Client) -> None:
    shown = page(staff_client)
    assert "<code>trace.connect_trace</code>" in shown
    assert 'id="check"' not in shown
    assert staff_client.post(URL, entry(notion)).status_code == 403
    for deed in ("check", "accept", "show-webhook", "forget-webhook", "other"):
        assert staff_client.post(f"{URL}{deed}/").status_code == 403
    assert not notion.requests
    answer = Client().get(URL)
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/accounts/login/")


def test_no_other_word_does_anything(place: Place, connector: Client) -> None:
    assert connector.post(f"{URL}other/").status_code == 404
    assert connector.get(f"{URL}check/").status_code == 405
