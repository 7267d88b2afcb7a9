"""Model instances and enum members in contexts: stored as references, read again each time."""

from __future__ import annotations

import json
from enum import Enum, Flag
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, Group, User
from django.utils.functional import SimpleLazyObject

from domains.orchestration import codec
from domains.orchestration.base import BaseOrchestrator
from domains.orchestration.context import context_manager
from domains.orchestration.exceptions import ContextError, ContextLost
from domains.orchestration.main import MainOrchestrator
from domains.orchestration.models import Run, Step
from domains.orchestration.registry import OrchestratorRegistry
from domains.orchestration.start import run_now, start
from domains.orchestration.states import RunState
from domains.orchestration.tasks import run_queued


class Colour(Enum):
    """An enum without a type of its own."""

    RED = (255, 0, 0)
    GREEN = (0, 255, 0)


class Holder:
    """Something that has an enum."""

    class Tone(Enum):
        """An enum inside a class."""

        DARK = 1


class Right(Flag):
    """Flags can be combined; a combination has no name of its own."""

    READ = 1
    WRITE = 2


@context_manager(get_contexts={"common": ["person"]}, set_contexts={"common": ["person"]})
def choose(orchestrator: MainOrchestrator, group: Group, colour: Colour) -> None:
    """Put the first user into the context."""
    assert group.name == "keepers" and colour is Colour.RED
    orchestrator.set_context_value("person", User.objects.get(username="ada"))


@context_manager(get_contexts={"common": ["person"]})
def greet(orchestrator: MainOrchestrator, drop: bool) -> None:
    """Return the user's name as it is now; with `drop` delete the user first."""
    if drop:
        User.objects.all().delete()
    person = orchestrator.get_context_value("person")
    orchestrator.set_context_value("result", person.first_name)


@context_manager()
def rename(orchestrator: MainOrchestrator) -> None:
    """Change the user behind the context's back."""
    User.objects.update(first_name="Augusta")


def undo(orchestrator: MainOrchestrator, group: Group, colour: Colour) -> None:
    """Leave a trace."""
    Group.objects.create(name="undone")


class PeopleOrchestrator(metaclass=BaseOrchestrator):
    """Description: stages steps that work with rows."""

    def __init__(self, orchestrator: MainOrchestrator) -> None:
        self.orchestrator = orchestrator

    @context_manager(set_contexts={"common": ["person"]})
    def work(self, *, group: Group, colour: Colour, drop: bool = False) -> None:
        """Description: chooses a person, renames and greets them.

        Input: a group, a colour, and whether the person is deleted meanwhile.
        Output: the name.
        """
        self.orchestrator.set_context_schema({"person": User | None})
        self.orchestrator.add_step(choose, rollback=undo, kwargs={"group": group, "colour": colour})
        self.orchestrator.add_step(rename)
        self.orchestrator.add_step(greet, kwargs={"drop": drop})


@pytest.fixture(autouse=True)
def people() -> Any:
    """Register the orchestrator."""
    OrchestratorRegistry.register("people", f"{__name__}.PeopleOrchestrator")
    yield
    OrchestratorRegistry.unregister("people")


@pytest.fixture
def ada(db: None) -> User:
    """A user."""
    return User.objects.create_user("ada", first_name="Ada")


@pytest.mark.django_db
def test_a_run_keeps_the_key_of_a_row_and_reads_the_row_as_it_is_then(ada: User) -> None:
    start("people", "work", group=Group.objects.create(name="keepers"), colour=Colour.RED)
    run_queued()
    run = Run.objects.get()
    assert (run.state, run.result) == ("success", "Augusta")
    assert run.context["person"] == {"$t": "model", "v": ["auth.User", ada.pk]}
    assert "Ada" not in json.dumps(run.context)


@pytest.mark.django_db
@pytest.mark.parametrize("how", ["queued", "inline"])
def test_a_row_that_is_gone_fails_the_step_that_asks_for_it(ada: User, how: str) -> None:
    args: dict[str, Any] = {"group": Group.objects.create(name="keepers"), "colour": Colour.RED, "drop": True}
    if how == "queued":
        start("people", "work", **args)
        run_queued()
    else:
        with pytest.raises(ContextLost, match="'person'"):
            run_now("people", "work", **args)
    run = Run.objects.get()
    assert run.state == "rolled_back"
    assert run.error and f"The auth.User with the key {ada.pk} no longer exists" in run.error["message"]
    assert Group.objects.filter(name="undone").exists()
    assert User.objects.exists()


@pytest.mark.django_db
def test_an_argument_that_is_gone_fails_its_step(ada: User) -> None:
    group = Group.objects.create(name="keepers")
    start("people", "work", group=group, colour=Colour.RED)
    group.delete()
    run_queued()
    assert Run.objects.get().state == "rolled_back"
    assert [step.state for step in Step.objects.all()] == ["failed"]


@pytest.mark.django_db
def test_an_instance_that_is_not_saved_is_refused_by_the_keys_name(ada: User) -> None:
    ada.delete()
    for value in (Group(name="new"), Group(pk=7, name="new"), ada, AnonymousUser()):
        with pytest.raises(ContextError, match="'key'"):
            codec.encode(value, "key")


@pytest.mark.django_db
def test_rows_come_back_out_of_lists_and_lazy_objects(ada: User) -> None:
    lazy = SimpleLazyObject(lambda: ada)
    assert codec.decode(json.loads(json.dumps(codec.encode([{"who": lazy}], "key")))) == [{"who": ada}]
    assert codec.fits(lazy, codec.type_names(User, "key"))
    assert not codec.fits(ada, codec.type_names(Group, "key"))


@pytest.mark.django_db
def test_a_model_with_another_kind_of_key_comes_back(django_assert_num_queries: Any) -> None:
    run = Run.objects.create(orchestrator="drill", method="program", plan={}, uuid="12345678123456781234567812345678")
    with django_assert_num_queries(1):
        assert codec.decode(codec.encode(run, "key")) == run
    with django_assert_num_queries(0):
        assert codec.is_true(codec.encode(run, "key"))


@pytest.mark.parametrize("member", [Colour.RED, Colour.GREEN, Holder.Tone.DARK, RunState.QUEUED, Right.WRITE])
def test_enum_members_come_back_the_same(member: Enum) -> None:
    stored = json.loads(json.dumps(codec.encode({"a": member}, "key")))
    assert codec.decode(stored)["a"] is member
    assert codec.fits(member, codec.type_names(type(member), "key"))
    assert not codec.fits(member, codec.type_names(str, "key"))


def test_members_that_another_process_would_not_find_are_refused() -> None:
    class Local(Enum):
        HERE = 1

    for member in (Local.HERE, Right.READ | Right.WRITE):
        with pytest.raises(ContextError, match="'key'"):
            codec.encode(member, "key")
    with pytest.raises(ContextError, match="inside a function"):
        codec.type_names(Local, "key")


@pytest.mark.parametrize("stored", [[f"{__name__}:Colour", "BLUE"], [f"{__name__}:Gone", "RED"], ["no.where:A", "B"]])
def test_a_member_that_the_code_no_longer_has_is_lost(stored: list[str]) -> None:
    with pytest.raises(ContextLost):
        codec.decode({"$t": "enum", "v": stored})


def test_only_enums_are_imported() -> None:
    with pytest.raises(ContextLost):
        codec.decode({"$t": "enum", "v": ["os:environ", "HOME"]})
