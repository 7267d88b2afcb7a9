"""Changing applications: what is stored, what is recorded, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from unittest.mock import ANY

import pytest
from django.contrib.auth.models import User

from domains.applications import reads
from domains.audit.reads import event_list
from domains.base.database import atomic_write
from domains.base.errors import Conflict, NotFound, UpstreamFailed, ValidationFailed
from domains.extensions import registry
from domains.extensions.extension import Freshness, VaultExtension
from domains.orchestration.context import context_manager
from domains.orchestration.main import MainOrchestrator
from domains.orchestration.plan import resolve
from domains.orchestration.registry import OrchestratorRegistry
from domains.orchestration.start import run_now
from domains.orchestration.states import Phase
from tests.domains.applications.factories import add_application

pytestmark = pytest.mark.django_db
DRAFT = {"field": "status", "operator": "not_equals", "value": "Draft"}


def last_event() -> Any:
    return event_list()[0]


def test_it_creates_an_application_and_records_all_of_it(admin: User) -> None:
    values = {"slug": "skyflow", "name": " Skyflow ", "features": ["flow"], "filters": {"feature": DRAFT, "tier": None}}
    with pytest.raises(ValidationFailed):
        run_now("applications", "create", actor=admin, values=values)
    del values["filters"]["tier"]  # type: ignore[attr-defined]
    run_now("applications", "create", actor=admin, values=values)
    info = reads.application_get("skyflow")
    assert (info.name, info.features, info.filters, info.active, info.version) == (
        "Skyflow",
        ["flow"],
        {"feature": DRAFT},
        True,
        1,
    )
    event = last_event()
    assert (event.action, event.actor_name, event.object_name, event.application) == (
        "applications.application.created",
        "admin",
        "Skyflow",
        "skyflow",
    )
    assert event.before is None
    assert event.after["filters.feature"] == DRAFT
    assert event.object_id == info.uuid.hex
    assert event.run_uuid


def test_it_refuses_an_address_that_is_taken_and_changes_nothing() -> None:
    add_application("skyflow", name="First")
    with pytest.raises(ValidationFailed) as caught:
        run_now("applications", "create", values={"slug": "skyflow", "name": "Second"})
    assert "slug" in caught.value.fields
    assert [info.name for info in reads.application_list()] == ["First"]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": "x"}, "slug"),
        ({"slug": "x"}, "name"),
        ({"slug": "New App", "name": "x"}, "slug"),
        ({"slug": "new", "name": "x"}, "slug"),
        ({"slug": "a" * 64, "name": "x"}, "slug"),
        ({"slug": "x\n", "name": "x"}, "slug"),
        ({"slug": "x", "name": "  "}, "name"),
        ({"slug": "x", "name": "n" * 101}, "name"),
        ({"slug": "x", "name": "x", "description": 3}, "description"),
        ({"slug": "x", "name": "x", "features": "flow"}, "features"),
        ({"slug": "x", "name": "x", "features": ["Flow of posts"]}, "features"),
        ({"slug": "x", "name": "x", "features": ["flow", "flow"]}, "features"),
        ({"slug": "x", "name": "x", "features": [f"f{n}" for n in range(101)]}, "features"),
        ({"slug": "x", "name": "x", "filters": []}, "filters"),
        ({"slug": "x", "name": "x", "filters": {"planet": DRAFT}}, "filters"),
        ({"slug": "x", "name": "x", "filters": {"feature": {"and": []}}}, "filters"),
        ({"slug": "x", "name": "x", "active": "yes"}, "active"),
        ({"slug": "x", "name": "x", "position": -1}, "position"),
        ({"slug": "x", "name": "x", "colour": "red"}, "colour"),
    ],
)
def test_it_refuses_values_that_do_not_fit_naming_the_field(values: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationFailed) as caught:
        run_now("applications", "create", values=values)
    assert list(caught.value.fields) == [field]
    assert reads.application_list() == []


def test_an_update_records_only_what_it_changes() -> None:
    add_application("skyflow", features=["flow"], filters={"feature": DRAFT, "tier": DRAFT})
    rule = {"field": "status", "operator": "equals", "value": "Live"}
    run_now(
        "applications",
        "update",
        app="skyflow",
        values={"name": "Skyflow", "features": ["flow", "kudos"], "filters": {"feature": rule, "tag": rule}},
    )
    event = last_event()
    assert event.action == "applications.application.updated"
    assert event.before == {"features": ["flow"], "filters.feature": DRAFT, "filters.tier": DRAFT, "filters.tag": None}
    assert event.after == {
        "features": ["flow", "kudos"],
        "filters.feature": rule,
        "filters.tier": None,
        "filters.tag": rule,
    }
    assert reads.application_get("skyflow").version == 2


def test_an_update_that_changes_nothing_records_nothing() -> None:
    add_application("skyflow")
    before = event_list().count()
    run_now("applications", "update", app="skyflow", values={"name": "Skyflow"})
    assert event_list().count() == before
    assert reads.application_get("skyflow").version == 1


def test_the_second_of_two_editors_gets_a_conflict_and_overwrites_nothing() -> None:
    add_application("skyflow")
    run_now("applications", "update", app="skyflow", values={"name": "First"}, version=1)
    with pytest.raises(Conflict, match="changed by somebody else") as caught:
        run_now("applications", "update", app="skyflow", values={"name": "Second"}, version=1)
    assert caught.value.extra == {"version": 2}
    assert reads.application_get("skyflow").name == "First"


def test_an_unknown_application_is_named_with_those_that_exist() -> None:
    add_application("skyflow")
    with pytest.raises(NotFound, match="Unknown application nexus") as caught:
        run_now("applications", "update", app="nexus", values={"name": "x"})
    assert caught.value.extra == {"available_apps": ["skyflow"]}


def test_deactivating_hides_it_from_readers_and_activating_brings_it_back() -> None:
    add_application("skyflow")
    run_now("applications", "deactivate", app="skyflow")
    assert last_event().action == "applications.application.deactivated"
    assert (last_event().before, last_event().after) == ({"active": True}, {"active": False})
    assert reads.available_apps() == []
    with pytest.raises(NotFound):
        reads.application_get("skyflow")
    run_now("applications", "activate", app="skyflow")
    assert reads.available_apps() == ["skyflow"]


def test_an_active_application_is_not_deleted() -> None:
    add_application("skyflow")
    with pytest.raises(Conflict, match="Deactivate it first"):
        run_now("applications", "delete", app="skyflow")
    assert reads.available_apps() == ["skyflow"]


class Publishing(VaultExtension):
    """Says that something of skyflow is published."""

    name = "publishing"

    def freshness(self) -> list[Freshness]:
        return [Freshness(application="skyflow", kind="features", published="2026-01-01", items=12, href="/")]


@pytest.fixture
def published(settings: Any) -> Any:
    registry.extensions.cache_clear()
    settings.VAULT_EXTENSIONS = [f"{__name__}.Publishing"]
    yield
    registry.extensions.cache_clear()


@pytest.mark.usefixtures("published")
def test_an_application_whose_data_is_published_is_not_deleted() -> None:
    add_application("skyflow", active=False)
    with pytest.raises(Conflict, match="12 features"):
        run_now("applications", "delete", app="skyflow")


def test_an_inactive_application_without_published_data_is_deleted_and_the_event_keeps_what_it_was() -> None:
    add_application("skyflow", active=False, features=["flow"])
    run_now("applications", "delete", app="skyflow")
    assert reads.application_list() == []
    event = last_event()
    assert (event.action, event.before["features"], event.after) == ("applications.application.deleted", ["flow"], None)


@context_manager()
def fail(orchestrator: MainOrchestrator) -> None:
    """A later step that fails."""
    raise UpstreamFailed("The service is away.")


@context_manager()
def rename_and_fail(orchestrator: MainOrchestrator) -> None:
    """A later step that fails after somebody else has changed the application."""
    run_now("applications", "update", app="skyflow", values={"name": "Theirs"})
    raise UpstreamFailed("The service is away.")


def run_into(failure: Any, method: str, **args: Any) -> MainOrchestrator:
    """A run of `method` whose next step fails, so that the engine rolls everything back."""
    domain = OrchestratorRegistry.get("applications")
    getattr(domain, method)(**args)
    main: MainOrchestrator = domain.orchestrator
    main.add_step(failure, kind="external")
    with pytest.raises(UpstreamFailed):
        main.execute()
    return main


def undo_again(main: MainOrchestrator) -> None:
    """Call every rollback once more, as after a crash between a rollback and its journal."""
    for seq, step in reversed(list(enumerate(main.plan.steps))):
        if step.rollback:
            with atomic_write():
                main.call(seq, Phase.BACK, resolve(step.rollback))


def actions() -> list[str]:
    return [event.action.split(".")[-1] for event in event_list() if event.object_type == "applications.application"]


@pytest.mark.django_db(transaction=True)
def test_undoing_a_creation_removes_it_and_may_be_done_twice() -> None:
    undo_again(run_into(fail, "create", values={"slug": "skyflow", "name": "Skyflow"}))
    assert reads.application_list() == []
    assert actions() == ["creation_undone", "created"]


@pytest.mark.django_db(transaction=True)
def test_undoing_an_update_restores_the_values_and_may_be_done_twice() -> None:
    add_application("skyflow", filters={"feature": DRAFT})
    undo_again(run_into(fail, "update", app="skyflow", values={"name": "Other", "filters": {}}))
    info = reads.application_get("skyflow")
    assert (info.name, info.filters) == ("Skyflow", {"feature": DRAFT})
    assert actions() == ["change_undone", "updated", "created"]
    assert last_event().after == {"name": "Skyflow", "filters.feature": DRAFT}


@pytest.mark.django_db(transaction=True)
def test_undoing_an_update_leaves_what_somebody_else_has_changed_since() -> None:
    add_application("skyflow")
    run_into(rename_and_fail, "update", app="skyflow", values={"name": "Mine"})
    assert reads.application_get("skyflow").name == "Theirs"


@pytest.mark.django_db(transaction=True)
def test_undoing_a_deletion_brings_everything_back_and_may_be_done_twice() -> None:
    before = add_application("skyflow", active=False, features=["flow"], filters={"feature": DRAFT})
    undo_again(run_into(fail, "delete", app="skyflow"))
    assert reads.application_get("skyflow", active_only=False) == replace(before, created=ANY, modified=ANY)
    assert actions() == ["deletion_undone", "deleted", "created"]
