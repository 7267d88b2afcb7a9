"""The contract between orchestrators and the engine, rule by rule."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import pytest

from domains.orchestration.base import BaseOrchestrator
from domains.orchestration.checks import check_orchestrators
from domains.orchestration.context import context_manager
from domains.orchestration.exceptions import AlreadyExecuted, NotPrepared, RegistrationError, StagingError
from domains.orchestration.main import MainOrchestrator
from domains.orchestration.models import Run
from domains.orchestration.registry import OrchestratorRegistry, get_other_orchestrator
from domains.orchestration.start import run_now, start
from domains.orchestration.tasks import run_queued
from tests.domains.orchestration.drill import DrillOrchestrator, act, effects


def test_the_registry_gives_a_fresh_pair_each_time() -> None:
    first, second = OrchestratorRegistry.get("drill"), OrchestratorRegistry.get("drill")
    assert first is not second
    assert first.orchestrator is not second.orchestrator
    assert isinstance(first.orchestrator, MainOrchestrator)


def test_building_an_orchestrator_by_hand_is_refused() -> None:
    with pytest.raises(RegistrationError, match="OrchestratorRegistry"):
        DrillOrchestrator(MainOrchestrator("drill"))


def test_an_unknown_name_is_refused_and_the_known_ones_are_named() -> None:
    with pytest.raises(RegistrationError, match="drill"):
        OrchestratorRegistry.get("nothing")


def test_a_name_cannot_be_taken_twice() -> None:
    with pytest.raises(RegistrationError, match="already"):
        OrchestratorRegistry.register("drill", "somewhere.Else")


def test_every_registered_orchestrator_can_be_built() -> None:
    assert check_orchestrators() == []
    for name in OrchestratorRegistry.names():
        assert OrchestratorRegistry.get(name).orchestrator.name == name


def test_a_registration_that_cannot_be_imported_stops_the_start() -> None:
    OrchestratorRegistry.register("broken", "domains.nowhere.Orchestrator")
    try:
        assert [error.id for error in check_orchestrators()] == ["orchestration.E001"]
    finally:
        OrchestratorRegistry.unregister("broken")


GOOD = "Description: does it.\n\n    Input: none.\n    Output: none."


@pytest.mark.parametrize(
    ("class_doc", "method_doc", "fault"),
    [
        (None, GOOD, "Description"),
        ("Description:", GOOD, "Description"),
        ("Description: well.", None, "Description"),
        ("Description: well.", "Description: a.\nOutput: b.", "Input"),
        ("Description: well.", "Description: a.\nInput:\nOutput: b.", "Input"),
        ("Description: well.", "Description: a.\nInput: b.\nOutput:   ", "Output"),
    ],
)
def test_missing_documentation_is_refused_when_the_class_is_made(
    class_doc: str | None, method_doc: str | None, fault: str
) -> None:
    def work(self: Any) -> None:
        pass

    work.__doc__ = method_doc
    with pytest.raises(TypeError, match=f"section {fault}:"):
        BaseOrchestrator("Undocumented", (), {"__doc__": class_doc, "work": work})


def test_a_documented_class_is_accepted_and_private_methods_need_no_sections() -> None:
    def work(self: Any) -> None:
        pass

    work.__doc__ = GOOD
    made = BaseOrchestrator("Documented", (), {"__doc__": "Description: well.", "work": work, "_own": lambda self: 1})
    assert isinstance(made, BaseOrchestrator)


def module_step(orchestrator: MainOrchestrator, *, name: str = "") -> None:
    """A step without context."""


class Holder:
    """Something with a method."""

    def method(self, orchestrator: MainOrchestrator) -> None:
        """No step."""


def make_closure() -> Any:
    def closure(orchestrator: MainOrchestrator) -> None:
        pass

    return closure


@pytest.mark.parametrize(
    "function",
    [lambda orchestrator: None, make_closure(), Holder().method, functools.partial(module_step)],
    ids=["lambda", "closure", "method", "partial"],
)
def test_only_functions_of_a_module_can_be_steps(function: Any) -> None:
    with pytest.raises(StagingError):
        OrchestratorRegistry.get("drill").orchestrator.add_step(function)


def test_arguments_that_do_not_fit_are_refused_at_staging() -> None:
    main = OrchestratorRegistry.get("drill").orchestrator
    with pytest.raises(StagingError, match="unexpected"):
        main.add_step(module_step, kwargs={"nmae": "x"})
    with pytest.raises(StagingError, match="kind"):
        main.add_step(module_step, kind="both")


def test_the_plan_is_data() -> None:
    main = OrchestratorRegistry.get("drill").orchestrator
    main.add_step(module_step, kwargs={"name": "x"}, title="One")
    (stored,) = main.plan.to_json()["steps"]
    assert stored.pop("signature")
    assert [stored] == [
        {
            "forward": f"{__name__}.module_step",
            "rollback": "",
            "title": "One",
            "kind": "db",
            "kwargs": {"name": "x"},
            "rollback_self": False,
        }
    ]


@pytest.mark.django_db
def test_an_orchestrator_runs_once() -> None:
    drill = OrchestratorRegistry.get("drill")
    drill.program(program=[{"name": "a", "does": "200"}])
    assert drill.orchestrator.execute() == {"from": "a"}
    with pytest.raises(AlreadyExecuted):
        drill.orchestrator.execute()
    with pytest.raises(StagingError):
        drill.orchestrator.add_step(act, kwargs={"name": "late"})
    assert effects() == ["a"]
    assert Run.objects.get().method == "program"


class FirstOrchestrator(metaclass=BaseOrchestrator):
    """Description: stages a step and lets the second one stage others."""

    def __init__(self, orchestrator: MainOrchestrator) -> None:
        self.orchestrator = orchestrator
        self.second = get_other_orchestrator(self, "second")

    @context_manager(set_contexts={"common": ["seen"]})
    def both(self) -> None:
        """Description: a step of each.

        Input: none.
        Output: the context key seen.
        """
        self.second.more()
        self.orchestrator.add_step(act, kwargs={"name": "first"})


class SecondOrchestrator(metaclass=BaseOrchestrator):
    """Description: asks for the first one while that one is being built."""

    def __init__(self, orchestrator: MainOrchestrator) -> None:
        self.orchestrator = orchestrator
        self.first = get_other_orchestrator(self, "first")

    @context_manager(set_contexts={"common": ["seen"]})
    def more(self) -> None:
        """Description: a step.

        Input: none.
        Output: the context key seen.
        """
        self.orchestrator.set_context_schema({"seen": list[str]})
        self.orchestrator.add_step(act, kwargs={"name": "second"})


@pytest.mark.django_db
@pytest.mark.parametrize("order", [("first", "second"), ("second", "first")])
def test_orchestrators_compose_onto_one_run_in_any_order_of_registration(order: tuple[str, str]) -> None:
    for name in order:
        OrchestratorRegistry.register(name, f"{__name__}.{name.capitalize()}Orchestrator")
    try:
        first = OrchestratorRegistry.get("first")
        assert first.second.first is first
        assert first.second.orchestrator is first.orchestrator
        start("first", "both")
        assert run_queued() == 1
    finally:
        for name in order:
            OrchestratorRegistry.unregister(name)
    assert effects() == ["second", "first"]
    assert Run.objects.get().context["seen"] == ["second", "first"]


@pytest.mark.django_db
def test_a_name_may_be_asked_for_before_it_is_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OrchestratorRegistry, "_is_complete", False)
    OrchestratorRegistry.register("first", f"{__name__}.FirstOrchestrator")
    try:
        first = OrchestratorRegistry.get("first")
        with pytest.raises(RegistrationError, match="second"):
            first.both()
        OrchestratorRegistry.register("second", f"{__name__}.SecondOrchestrator")
        assert first.second.first is first
        first.both()
        first.orchestrator.execute()
    finally:
        OrchestratorRegistry.unregister("first")
        OrchestratorRegistry.unregister("second")
    assert effects() == ["second", "first"]


@pytest.mark.parametrize("spelling", ["finalize_initialization", "finialize_initialization"])
def test_once_all_names_are_registered_an_unknown_one_is_refused_at_once(
    monkeypatch: pytest.MonkeyPatch, spelling: str
) -> None:
    monkeypatch.setattr(OrchestratorRegistry, "_is_complete", False)
    OrchestratorRegistry.register("first", f"{__name__}.FirstOrchestrator")
    try:
        OrchestratorRegistry.get("first")
        getattr(OrchestratorRegistry, spelling)()
        with pytest.raises(RegistrationError, match="second"):
            OrchestratorRegistry.get("first")
    finally:
        OrchestratorRegistry.unregister("first")


def test_vault_itself_has_registered_every_name() -> None:
    with pytest.raises(RegistrationError, match="nobody"):
        get_other_orchestrator(OrchestratorRegistry.get("drill"), "nobody")


@context_manager(get_contexts={"common": ["open"]}, set_contexts={"common": ["seen"], "open": ["extra"]})
def narrow(orchestrator: MainOrchestrator) -> None:
    """A step with a condition."""
    act(orchestrator, name="narrow")


class NarrowOrchestrator(metaclass=BaseOrchestrator):
    """Description: stages one step that needs three keys."""

    def __init__(self, orchestrator: MainOrchestrator) -> None:
        self.orchestrator = orchestrator

    @context_manager(
        get_contexts=lambda **kwargs: {"common": kwargs["gets"]}, set_contexts=lambda sets: {"common": sets}
    )
    def work(self, *, gets: list[str], sets: list[str]) -> None:
        """Description: stages it.

        Input: the keys that this method declares.
        Output: the context key seen.
        """
        self.orchestrator.set_context_schema({"seen": list[str], "open": bool, "extra": int})
        self.orchestrator.add_step(narrow)


@pytest.fixture
def narrowed() -> Iterator[None]:
    """Register the orchestrator of one step."""
    OrchestratorRegistry.register("narrow", f"{__name__}.NarrowOrchestrator")
    yield
    OrchestratorRegistry.unregister("narrow")


@pytest.mark.django_db
def test_the_staging_method_must_declare_every_bucket_of_its_steps(narrowed: None) -> None:
    with pytest.raises(NotPrepared, match="work does not declare what narrow uses: set extra"):
        start("narrow", "work", gets=["open"], sets=["seen"])
    start("narrow", "work", gets=["open"], sets=["seen", "extra"])
    assert Run.objects.get().plan["frames"] == [["work", ["open"], ["extra", "seen"]]]
    run_queued()
    assert Run.objects.get().state == "success"


@pytest.mark.django_db
def test_a_step_that_now_declares_more_than_its_staging_method_did_blocks_the_run(narrowed: None) -> None:
    start("narrow", "work", gets=["open"], sets=["seen", "extra"])
    plan = Run.objects.get().plan
    plan["frames"][0][2].remove("extra")
    Run.objects.update(plan=plan)
    run_queued()
    run = Run.objects.get()
    assert run.state == "blocked"
    assert run.error and "work does not declare what narrow uses: set extra" in run.error["message"]
    assert effects() == []


@pytest.mark.django_db
def test_a_method_that_is_missing_or_private_is_refused() -> None:
    for method in ("nothing", "_store", "__init__"):
        with pytest.raises(NotPrepared, match="no method"):
            run_now("drill", method)
    assert not Run.objects.exists()
