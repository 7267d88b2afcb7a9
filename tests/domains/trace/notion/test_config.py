"""Where the connection comes from, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from domains.audit.reads import event_list
from domains.base.errors import ValidationFailed
from domains.orchestration.models import Run
from domains.orchestration.secrets import Secret
from domains.orchestration.start import run_now
from domains.trace.clients import configured_source, notion_api
from domains.trace.notion.config import configuration
from domains.trace.notion.ids import notion_id
from domains.trace.rules import KINDS
from domains.trace.service import connections, notion_sources
from vault_site.settings.vault_settings import VaultSettings

ID = "70d73378-649d-5f2b-8c62-eed3f58320b2"
PLAIN = ID.replace("-", "")
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_set(settings: Any) -> Iterator[None]:
    """No setting about Notion."""
    names = ("TOKEN", "FEATURES", "GATEWAYS", "TIERS", "TAGS")
    blank: dict[str, Any] = {f"NOTION_{name}": "" for name in names} | {"NOTION_TOKEN": None, "NOTION_CONTENT": None}
    settings.VAULT = settings.VAULT.model_copy(update=blank)
    yield


@pytest.mark.parametrize(
    "text",
    [
        ID,
        PLAIN.upper(),
        f" {PLAIN}\n",
        f"https://www.notion.so/acme/Features-{PLAIN}?v=4418ecf412cd523790388769c6ba6617",
        f"https://app.notion.com/p/{PLAIN}",
        f"https://www.notion.so/4418ecf412cd523790388769c6ba6617/Features-{PLAIN}#top",
    ],
)
def test_an_id_is_found_in_what_people_paste(text: str) -> None:
    assert notion_id(text) == ID


@pytest.mark.parametrize("text", ["", "Features", "https://notion.so/", f"https://notion.so/?v={PLAIN}", "http://[x"])
def test_what_holds_no_id_has_none(text: str) -> None:
    assert notion_id(text) == ""


def test_nothing_is_configured_at_first() -> None:
    found = configuration()
    assert not found.is_complete
    assert found.api_url == "https://api.notion.com"
    assert found.rate == 3


def test_what_staff_enter_is_used_and_the_token_is_stored_encrypted(admin: Any) -> None:
    run_now("trace", "connect", actor=admin, token=Secret("ntn_very_secret"), databases={"features": ID}, content=[])
    found = configuration()
    assert (found.token, found.databases["features"]) == ("ntn_very_secret", ID)
    assert found.origins == {"token": "page", "features": "page", "content": "page"}
    assert not found.is_complete
    stored = str([*connections.all().values(), *Run.objects.values()])
    assert "ntn_very_secret" not in stored
    event = event_list().get(action="trace.connection.changed")
    assert event.after == {"databases": {"features": ID}, "content": [], "token": True}
    assert event.actor_name == "admin"


def test_the_environment_wins_name_by_name(settings: Any) -> None:
    run_now("trace", "connect", token=Secret("ntn_entered"), databases={"features": ID, "tags": ID}, content=["tags"])
    given = {"NOTION_TOKEN": SecretStr("ntn_given"), "NOTION_TAGS": PLAIN, "NOTION_CONTENT": ["features"]}
    settings.VAULT = settings.VAULT.model_copy(update=given)
    found = configuration()
    assert (found.token, found.databases["tags"], found.databases["features"]) == ("ntn_given", PLAIN, ID)
    assert found.content == ("features",)
    assert found.origins == {
        "token": "environment",
        "features": "page",
        "tags": "environment",
        "content": "environment",
    }


def test_none_leaves_a_thing_as_it_is_and_empty_forgets_it() -> None:
    run_now("trace", "connect", token=Secret("ntn_entered"), databases={"features": ID, "tags": ID})
    run_now("trace", "connect", databases={"tags": ""}, content=["tags", "features"])
    found = configuration()
    assert (found.token, found.databases["features"], found.databases["tags"]) == ("ntn_entered", ID, "")
    assert found.content == ("features", "tags")
    run_now("trace", "connect", token=Secret(""))
    assert configuration().token == ""


@pytest.mark.parametrize(
    ("entered", "field"),
    [
        ({"databases": {"features": "Features"}}, "features"),
        ({"databases": {"people": ID}}, "people"),
        ({"content": ["people"]}, "content"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(entered: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationFailed) as caught:
        run_now("trace", "connect", **entered)
    assert list(caught.value.fields) == [field]
    assert not connections.all().exists()


def test_a_token_that_no_key_decrypts_can_be_entered_anew_and_is_no_reason_to_export_a_file(settings: Any) -> None:
    run_now("trace", "connect", token=Secret("ntn_entered"), databases=dict.fromkeys(KINDS, ID))
    settings.SECRET_KEY = "another key " * 5
    found = configuration()
    assert (found.token, found.is_locked, found.origins["token"]) == ("", True, "page")
    assert configured_source().name == "Notion"
    with pytest.raises(ValidationFailed, match="SECRET_KEY_FALLBACKS"):
        notion_api()
    run_now("trace", "connect", token=Secret("ntn_again"))
    assert configuration().token == "ntn_again"


def test_an_address_that_was_taken_away_is_no_reason_to_export_a_file() -> None:
    assert configured_source().name != "Notion"
    run_now("trace", "connect", token=Secret("ntn_entered"), databases=dict.fromkeys(KINDS, ID))
    notion_sources.create(kind="features", configured=ID, data_source_id=ID)
    run_now("trace", "connect", databases={"tags": ""})
    assert configured_source().name == "Notion"
    with pytest.raises(ValidationFailed, match="TRACE_SOURCE"):
        notion_api()


@pytest.mark.parametrize("url", ["http://api.notion.com", "ftp://127.0.0.1", "notion"])
def test_the_token_is_sent_over_https_or_not_off_this_machine(url: str) -> None:
    with pytest.raises(ValueError, match="https://"):
        VaultSettings(NOTION_API_URL=url, SECRET_KEY="x" * 40)  # type: ignore[arg-type]


def test_a_url_of_this_machine_and_a_slash_at_the_end_are_fine() -> None:
    found = VaultSettings(NOTION_API_URL="http://127.0.0.1:8700/", SECRET_KEY="x" * 40)  # type: ignore[arg-type]
    assert found.NOTION_API_URL == "http://127.0.0.1:8700"
