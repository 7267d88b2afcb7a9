"""The plan of a run, as data: which functions are called with what, in which order."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from typing import Any

from django.utils.module_loading import import_string

from domains.orchestration.context import Buckets, Frame
from domains.orchestration.exceptions import PlanMismatch, StagingError
from domains.orchestration.retries import Retry
from domains.orchestration.states import Kind

StepFunction = Callable[..., Any]
UNKNOWN_FORMAT = (
    "The run's plan is in a format that this version of Vault does not know. Deploy one that does, then resume."
)


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step as `add_step` was told: functions by their dotted names, `kwargs` encoded.

    `signature` is what the functions took when the step was staged; "" for whatever they take. `frame` is the number of
    the declaration that it was staged under, None for none.
    """

    forward: str
    rollback: str
    title: str
    kind: str
    kwargs: dict[str, Any] = field(default_factory=dict)
    rollback_self: bool = False
    retry: Retry | None = None
    timeout_s: float | None = None
    verify: str = ""
    collect: bool = False
    signature: str = ""
    frame: int | None = None

    @property
    def is_external(self) -> bool:
        """Whether it changes more than the database, and so runs outside a transaction."""
        return self.kind == Kind.EXTERNAL

    @property
    def is_noted(self) -> bool:
        """Whether the journal says that it is about to be called."""
        return self.timeout_s is not None or self.kind == Kind.EXTERNAL

    @property
    def is_plain(self) -> bool:
        """Whether it can share one transaction with others: nothing in it waits."""
        return self.kind == Kind.DB and self.retry is None and self.timeout_s is None

    def to_json(self) -> dict[str, Any]:
        """As it stands in `Run.plan`; what is not asked for is left out."""
        stored: dict[str, Any] = {
            "forward": self.forward,
            "rollback": self.rollback,
            "title": self.title,
            "kind": self.kind,
            "kwargs": self.kwargs,
            "rollback_self": self.rollback_self,
        }
        options = {"timeout_s": self.timeout_s, "verify": self.verify, "collect": self.collect}
        stored |= {name: value for name, value in options.items() if value}
        if self.retry:
            stored["retry"] = self.retry.to_json()
        if self.frame is not None:
            stored["frame"] = self.frame
        return stored | {"signature": self.signature}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> PlannedStep:
        """The reverse of `to_json`."""
        return cls(**{**stored, "retry": Retry.from_json(stored.get("retry"))})


@dataclass(slots=True)
class Plan:
    """`schema` holds the type names of each context key, `frames` what the methods that have staged steps declare."""

    steps: list[PlannedStep] = field(default_factory=list)
    schema: dict[str, list[str]] = field(default_factory=dict)
    frames: list[Frame] = field(default_factory=list)

    @property
    def is_plain(self) -> bool:
        """Whether it can be one transaction."""
        return all(step.is_plain for step in self.steps)

    def to_json(self) -> dict[str, Any]:
        """As it is stored in `Run.plan`."""
        frames = [[frame.name, sorted(frame.gets.every), sorted(frame.sets.every)] for frame in self.frames]
        return {"steps": [step.to_json() for step in self.steps], "schema": self.schema, "frames": frames}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Plan:
        """The reverse of `to_json`, but for what depends on arguments and conditions in a frame.

        Raises PlanMismatch for what another version of the code has stored and this one does not understand.
        """
        try:
            steps = [PlannedStep.from_json(step) for step in stored["steps"]]
            return cls(steps, stored["schema"], [_frame(*frame) for frame in stored.get("frames", ())])
        except (KeyError, TypeError, ValueError, StagingError) as error:
            raise PlanMismatch(UNKNOWN_FORMAT) from error

    def number_of(self, frame: Frame | None) -> int | None:
        """The number under which the plan keeps this frame from now on."""
        if frame is None:
            return None
        for number, known in enumerate(self.frames):
            if known is frame:
                return number
        self.frames.append(frame)
        return len(self.frames) - 1


def known_steps(stored: dict[str, Any]) -> list[PlannedStep]:
    """The steps of a stored plan, to be shown; none where this version of the code does not understand it."""
    try:
        return Plan.from_json(stored).steps
    except PlanMismatch:
        return []


def _frame(name: str, gets: list[str], sets: list[str]) -> Frame:
    return Frame(name, Buckets(every=frozenset(gets)), Buckets(every=frozenset(sets)))


@lru_cache(maxsize=4096)
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


@lru_cache(maxsize=4096)
def signature_of(*functions: StepFunction | None) -> str:
    """What the functions take, one short hash for each: names, kinds and whether they may be left out."""
    return ".".join(_hash(function) if function else "" for function in functions)


@dataclass(frozen=True, slots=True)
class Functions:
    """What a step consists of, in the code of this process."""

    forward: StepFunction
    rollback: StepFunction | None
    verify: StepFunction | None


def functions_of(step: PlannedStep) -> Functions:
    """The step's functions.

    Raises PlanMismatch when the code no longer has one of them, or when one takes other arguments than it was staged
    with.
    """
    forward = resolve(step.forward)
    rollback = resolve(step.rollback) if step.rollback else None
    verify = resolve(step.verify) if step.verify else None
    if step.signature and signature_of(forward, rollback, verify) != step.signature:
        raise PlanMismatch(
            f"The functions of the step “{step.title}” now take other arguments than when it was staged."
        )
    return Functions(forward, rollback, verify)


@lru_cache(maxsize=4096)
def _hash(function: StepFunction) -> str:
    parameters = inspect.signature(function).parameters.values()
    text = ",".join(f"{p.name}:{int(p.kind)}:{p.default is p.empty}" for p in parameters)
    return sha256(text.encode()).hexdigest()[:8]
