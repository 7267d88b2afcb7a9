"""The report of the connection: what Notion lets in, what to click where it does not, and what has changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import SecretStr

from domains.orchestration.start import run_now
from domains.trace import connection
from domains.trace.connection import ConnectionReport, KindReport, connection_report
from domains.trace.notion.retry import Patience
from domains.trace.service import notion_sources
from tests.emulators.notion import KINDS, NotionEmulator, Workspace, data_source_id, database_id, spec

Configure = Callable[..., None]


@pytest.fixture
def configure(notion: NotionEmulator, db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Configure:
    """Sets the connection to the emulator; names of kinds and `token` as they are given, else what is right."""
    monkeypatch.setattr("domains.trace.notion.retry.FIRST_S", 0.01)

    def set_up(**given: str) -> None:
        values: dict[str, Any] = {f"NOTION_{kind.upper()}": given.get(kind, database_id(kind)) for kind in KINDS}
        values |= {"NOTION_TOKEN": SecretStr(given.get("token", notion.token)), "NOTION_API_URL": notion.url}
        settings.VAULT = settings.VAULT.model_copy(update=values | {"NOTION_REQUESTS_PER_SECOND": 1000})

    set_up()
    return set_up


def by_kind(report: ConnectionReport) -> dict[str, KindReport]:
    """The kinds of a report by name."""
    return {kind.kind: kind for kind in report.kinds}


def mirrored(notion: NotionEmulator, kind: str = "features") -> None:
    """As if an export had read the schema as it is now."""
    from domains.trace import schema

    now = notion.workspace.schemas[kind]
    keys = schema.map_keys(now, {}, {}).keys
    notion_sources.create(kind=kind, configured="", data_source_id=data_source_id(kind), properties=now, keys=keys)


def test_everything_is_found(notion: NotionEmulator, configure: Configure) -> None:
    report = connection_report()
    assert report.is_ready
    assert (report.state, report.bot, report.workspace) == ("ok", "Vault (emulated)", "Emulated workspace")
    assert report.token_origin == "environment"
    assert [(kind.kind, kind.state, kind.title) for kind in report.kinds] == [
        ("features", "found", "Features"),
        ("gateways", "found", "Gateways"),
        ("tiers", "found", "Tiers"),
        ("tags", "found", "Tags"),
    ]
    features = by_kind(report)["features"]
    assert features.data_source_id == data_source_id("features")
    assert [(item.key, item.name, item.type) for item in features.properties][:2] == [
        ("name", "Name", "title"),
        ("applications", "Applications", "multi_select"),
    ]
    assert len(features.properties) == 29
    assert {item.change for item in features.properties} == {""}
    assert report.requests == len(notion.requests) == 9


def test_a_token_that_is_refused_says_where_to_get_one(configure: Configure, notion: NotionEmulator) -> None:
    configure(token="ntn_wrong")
    report = connection_report()
    assert report.state == "token refused"
    assert report.clicks
    assert not report.is_ready
    assert len(notion.requests) == 1


def test_without_a_token_nothing_is_asked(settings: Any, configure: Configure, notion: NotionEmulator) -> None:
    settings.VAULT = settings.VAULT.model_copy(update={"NOTION_TOKEN": None, "NOTION_TAGS": ""})
    report = connection_report()
    assert (report.state, by_kind(report)["tags"].state) == ("no token", "not configured")
    assert by_kind(report)["tags"].clicks
    assert not notion.requests


def test_a_database_that_is_not_shared_is_told_with_three_clicks(configure: Configure, workspace: Workspace) -> None:
    workspace.unshared.add("gateways")
    report = connection_report()
    gateways = by_kind(report)["gateways"]
    assert gateways.state == "not shared"
    assert len(gateways.clicks) == 3
    assert by_kind(report)["tags"].state == "found"
    assert not report.is_ready


def test_a_database_with_several_data_sources_names_them(configure: Configure, workspace: Workspace) -> None:
    workspace.more_sources["tags"] = ["Old tags"]
    tags = by_kind(connection_report())["tags"]
    assert tags.state == "several data sources"
    assert [name for _, name in tags.choices] == ["Tags", "Old tags"]
    configure(tags=tags.choices[0][0])
    assert by_kind(connection_report())["tags"].state == "found"


@pytest.mark.parametrize(
    "address",
    [
        data_source_id("tiers"),
        f"https://www.notion.so/acme/Tiers-{database_id('tiers').replace('-', '')}?v={'0' * 32}",
    ],
)
def test_a_data_source_or_a_pasted_address_is_found(address: str, configure: Configure) -> None:
    configure(tiers=address)
    assert by_kind(connection_report())["tiers"].data_source_id == data_source_id("tiers")


def test_what_holds_no_id_is_told_without_asking(configure: Configure, notion: NotionEmulator) -> None:
    configure(tiers="our tiers")
    assert by_kind(connection_report())["tiers"].state == "no address"
    assert len(notion.requests) == 7


def test_the_schema_is_compared_with_that_of_the_last_export(
    configure: Configure, notion: NotionEmulator, workspace: Workspace
) -> None:
    mirrored(notion)
    workspace.rename_property("features", "Area", "Zone")
    workspace.remove_property("features", "Effort")
    workspace.add_property("features", spec("features", "Mood", "sparkle"))
    features = by_kind(connection_report())["features"]
    changes = {item.name: (item.change, item.was, item.key) for item in features.properties if item.change}
    assert changes == {
        "Zone": ("renamed", "Area", "area"),
        "Mood": ("new", "", "mood"),
        "Effort": ("gone", "", "effort"),
    }
    assert ["Effort" in problem for problem in features.problems] == [True]
    assert not connection_report().is_ready


def test_a_kind_without_applications_cannot_be_exported(configure: Configure, workspace: Workspace) -> None:
    workspace.remove_property("tags", "Applications")
    assert "Applications" in by_kind(connection_report())["tags"].problems[0]


def test_a_notion_that_is_down_is_told_and_not_waited_for(
    configure: Configure, notion: NotionEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "QUICK", Patience(failures=2, refusals=1))
    notion.faults.add("503", match="", times=None)
    report = connection_report()
    assert (report.state, by_kind(report)["features"].state) == ("no answer", "failed")
    assert "503" in report.message
    assert len(notion.requests) == 2


def test_a_silence_that_notion_wants_is_told_and_not_waited_for(configure: Configure, notion: NotionEmulator) -> None:
    notion.faults.add("429", match="users/me", retry_after="3600")
    for _ in range(2):
        report = connection_report()
        assert (report.state, report.is_ready) == ("no answer", False)
        assert "left alone for another 3," in report.message
    assert len(notion.requests) == 1


def test_one_kind_that_fails_leaves_the_others(configure: Configure, notion: NotionEmulator) -> None:
    notion.faults.add("500", match=f"GET /v1/databases/{database_id('gateways')}", times=None)
    kinds = by_kind(connection_report())
    assert (kinds["gateways"].state, kinds["tags"].state) == ("failed", "found")


def test_a_checked_connection_is_kept_for_the_page(configure: Configure, workspace: Workspace) -> None:
    assert connection.stored_report() is None
    workspace.more_sources["tags"] = ["Old tags"]
    result: Any = run_now("trace", "check_connection").result
    assert result["ready"] is False
    stored = connection.stored_report()
    assert stored is not None
    assert by_kind(stored) == by_kind(connection_report())
    assert (stored.bot, stored.requests) == ("Vault (emulated)", 8)
