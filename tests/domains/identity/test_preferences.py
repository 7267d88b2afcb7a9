"""Preferences and columns: what may be saved, and that a rollback puts back what was."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, User

from domains.audit.reads import event_list
from domains.base.database import atomic_write
from domains.base.errors import UpstreamFailed, ValidationFailed
from domains.identity.reads import Preferences, columns, preferences
from domains.identity.rules import check_columns, check_preferences
from domains.orchestration.context import context_manager
from domains.orchestration.main import MainOrchestrator
from domains.orchestration.plan import resolve
from domains.orchestration.registry import OrchestratorRegistry
from domains.orchestration.start import run_now
from domains.orchestration.states import Phase


def save(user: User, **changes: Any) -> None:
    run_now("identity", "save_preferences", actor=user, user_id=user.pk, **changes)


def test_whoever_saved_nothing_has_the_defaults(staff: User) -> None:
    assert preferences(staff) == preferences(AnonymousUser()) == preferences(None) == Preferences()


def test_one_preference_is_saved_without_touching_the_others(staff: User) -> None:
    save(staff, theme="dark", page_size=100)
    save(staff, density="compact")
    assert preferences(staff) == Preferences("dark", "compact", 100, "", True)


def test_preferences_belong_to_one_person(staff: User, admin: User) -> None:
    save(staff, theme="dark")
    assert preferences(admin) == Preferences()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"theme": "pink"}, "theme"),
        ({"page_size": 10_000}, "page_size"),
        ({"colour": 1}, "colour"),
        ({"theme": []}, "theme"),
    ],
)
def test_what_cannot_be_is_refused_by_name(changes: dict[str, object], field: str) -> None:
    with pytest.raises(ValidationFailed) as caught:
        check_preferences(changes)
    assert list(caught.value.fields) == [field]


def test_a_refused_preference_changes_nothing(staff: User) -> None:
    with pytest.raises(ValidationFailed):
        save(staff, theme="pink", density="compact")
    assert preferences(staff) == Preferences()


@context_manager()
def fail(orchestrator: MainOrchestrator) -> None:
    """A later step that fails."""
    raise UpstreamFailed("The service is away.")


def undone(method: str, **args: Any) -> None:
    """A run whose next step fails, then its rollback once more, as after a crash between it and its journal."""
    domain = OrchestratorRegistry.get("identity")
    getattr(domain, method)(**args)
    main: MainOrchestrator = domain.orchestrator
    main.add_step(fail, kind="external")
    with pytest.raises(UpstreamFailed):
        main.execute()
    with atomic_write():
        main.call(0, Phase.BACK, resolve(main.plan.steps[0].rollback))


def actions() -> list[str]:
    return [event.action for event in event_list()]


@pytest.mark.django_db(transaction=True)
def test_undoing_puts_the_preferences_back_and_may_be_done_twice(staff: User) -> None:
    undone("save_preferences", user_id=staff.pk, theme="dark")
    assert preferences(staff) == Preferences()
    save(staff, theme="light", page_size=25)
    undone("save_preferences", user_id=staff.pk, theme="dark")
    assert preferences(staff) == Preferences(theme="light", page_size=25)
    assert [action for action in actions() if action.endswith("restored")] == ["identity.preferences.restored"] * 2


@pytest.mark.django_db(transaction=True)
def test_undoing_puts_the_columns_back_and_may_be_done_twice(staff: User) -> None:
    undone("save_columns", user_id=staff.pk, key="a", columns=["x"])
    assert columns(staff, "a") is None
    run_now("identity", "save_columns", actor=staff, user_id=staff.pk, key="a", columns=["y"])
    undone("save_columns", user_id=staff.pk, key="a", columns=[])
    assert columns(staff, "a") == ["y"]
    assert actions().count("identity.columns.restored") == 2


def test_columns_are_kept_by_list_and_order(staff: User) -> None:
    run_now("identity", "save_columns", actor=staff, user_id=staff.pk, key="a", columns=["x", "y", "x"])
    run_now("identity", "save_columns", actor=staff, user_id=staff.pk, key="b", columns=["z"])
    assert (columns(staff, "a"), columns(staff, "b"), columns(staff, "c")) == (["x", "y"], ["z"], None)
    run_now("identity", "save_columns", actor=staff, user_id=staff.pk, key="a", columns=[])
    assert columns(staff, "a") is None


@pytest.mark.parametrize("wrong", ["x", [1], ["x"] * 61, None])
def test_columns_that_cannot_be_are_refused(wrong: object) -> None:
    with pytest.raises(ValidationFailed):
        check_columns("a", wrong)
