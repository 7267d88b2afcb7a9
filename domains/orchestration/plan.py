"""The plan of a run, as data: which functions are called with what, in which order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from django.utils.module_loading import import_string

from domains.orchestration.exceptions import PlanMismatch, StagingError
from domains.orchestration.states import Kind

StepFunction = Callable[..., None]


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """`forward` and `rollback` are dotted names; `kwargs` are encoded; `rollback_self` as in `add_step`."""

    forward: str
    rollback: str
    title: str
    kind: str
    kwargs: dict[str, Any] = field(default_factory=dict)
    rollback_self: bool = False

    @property
    def is_db(self) -> bool:
        """Whether it changes only the database."""
        return self.kind == Kind.DB


@dataclass(slots=True)
class Plan:
    """`schema` holds the type names of each context key."""

    steps: list[PlannedStep] = field(default_factory=list)
    schema: dict[str, list[str]] = field(default_factory=dict)

    @property
    def only_db(self) -> bool:
        """Whether it can be one transaction."""
        return all(step.is_db for step in self.steps)

    def to_json(self) -> dict[str, Any]:
        """As it is stored in `Run.plan`."""
        return {"steps": [asdict(step) for step in self.steps], "schema": self.schema}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Plan:
        """The reverse of `to_json`."""
        return cls(steps=[PlannedStep(**step) for step in stored["steps"]], schema=stored["schema"])


def dotted_name(function: StepFunction) -> str:
    """The name by which another process finds the function.

    Raises StagingError for whatever has no such name: lambdas, closures, methods, partials.
    """
    module, name = getattr(function, "__module__", ""), getattr(function, "__qualname__", "")
    dotted = f"{module}.{name}"
    if not name.isidentifier() or not callable(function):
        raise StagingError(f"{dotted or function!r} is no function of a module, so no other process could find it.")
    try:
        found = import_string(dotted)
    except ImportError as error:
        raise StagingError(f"{dotted} cannot be imported by its name.") from error
    if found is not function:
        raise StagingError(f"The name {dotted} belongs to something else.")
    return dotted


def resolve(dotted: str) -> StepFunction:
    """The function of that name. Raises PlanMismatch when the code no longer has it."""
    try:
        function = import_string(dotted)
    except ImportError as error:
        raise PlanMismatch(f"The step {dotted} is not in the code of this worker.") from error
    if not callable(function):
        raise PlanMismatch(f"The step {dotted} is no function.")
    return function  # type: ignore[no-any-return]
