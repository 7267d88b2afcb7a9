"""MainOrchestrator: a domain's method stages steps on it, then it runs them once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID, uuid4

from domains.orchestration import codec
from domains.orchestration.context import check_parent, declaration_of
from domains.orchestration.exceptions import AlreadyExecuted, ContextError, StagingError, StepExitException
from domains.orchestration.plan import Plan, PlannedStep, StepFunction, dotted_name, signature_of
from domains.orchestration.retries import Retry
from domains.orchestration.states import Kind, Phase
from domains.orchestration.values import STATUS, RunContext

if TYPE_CHECKING:
    from domains.orchestration.children import Child, Family

KINDS = tuple(Kind.values)


class Reporter(Protocol):
    """Where a running step's progress and log lines go."""

    def progress(self, done: int, total: int | None, note: str) -> None:
        """`done` of `total` units; None for an unknown total."""

    def log(self, line: str) -> None:
        """One line."""

    def cancel_requested(self) -> bool:
        """Whether somebody has asked to stop."""


class MainOrchestrator:
    """One run: its plan while it is staged, its context while it runs. Made by `OrchestratorRegistry.get`."""

    def __init__(self, name: str, *, plan: Plan | None = None, context: Mapping[str, Any] | None = None) -> None:
        self.name = name
        self.run_uuid: UUID = uuid4()
        self.plan = plan or Plan()
        self.values = RunContext(self.plan.schema, context)
        self.domains: dict[str, Any] = {}
        self.reporter: Reporter | None = None
        self.waiting: Callable[[float], None] | None = None
        self.family: Family | None = None
        self._claimed = False
        self._seq = 0
        self._phase = Phase.FORWARD

    def set_context_schema(self, schema: Mapping[str, Any]) -> None:
        """Declare the types of context keys, such as `{"rows": list[str], "due": date | None}`."""
        self.values.add_schema(schema)

    def add_step(
        self,
        forward: StepFunction,
        *,
        rollback: StepFunction | None = None,
        title: str = "",
        kind: str = "db",
        kwargs: Mapping[str, Any] | None = None,
        rollback_self: bool = False,
        retry: Retry | None = None,
        timeout_s: float | None = None,
        verify: StepFunction | None = None,
        collect: bool = False,
    ) -> None:
        """Append a step: a function of a module, called as `forward(orchestrator, **kwargs)`.

        `rollback`, called with the same arguments when a later step fails, must be safe to call twice. A step of kind
        "db" runs in one transaction with its journal; one of kind "external" runs outside, at least once, and with
        `rollback_self` its own rollback is called too when it fails itself. One of kind "children" is a db step that
        starts child runs; the run goes on when they have ended, with `collect` even if some have failed. `retry` says
        how often a step that fails is called; without it, once. A step is cut after `timeout_s` seconds, None for no
        limit of its own. `verify`, called like `forward` before an external step is called once more, answers
        whether it was done after all. Raises StagingError when a function cannot be found by name, the arguments do
        not fit, or the staging method does not declare its context keys.
        """
        self._check_step(kind, timeout_s)
        functions, arguments = (forward, rollback, verify), dict(kwargs or {})
        names = [dotted_name(function) if function else "" for function in functions]
        for function in filter(None, functions):
            check_parent(declaration_of(function).frame_to_stage(self, arguments), self.values.frame)
        self.plan.steps.append(
            PlannedStep(
                forward=names[0],
                rollback=names[1],
                title=title or forward.__name__.replace("_", " ").capitalize(),
                kind=kind,
                kwargs=codec.encode_mapping(arguments, "argument"),
                rollback_self=rollback_self,
                retry=retry,
                timeout_s=timeout_s,
                verify=names[2],
                collect=collect,
                signature=signature_of(*functions),
                frame=self.plan.number_of(self.values.frame),
            )
        )

    def start_child(
        self, name: str, method: str, /, *, key: str = "", queue: str = "", priority: int = 0, **args: Any
    ) -> UUID:
        """Start a run of another orchestrator with this step's commit; its uuid. In steps of kind "children" only.

        Raises StagingError elsewhere, Conflict when a run of that orchestrator with the same `key` is active, and what
        staging raises.
        """
        return self._starting().draft_one(name, method, args, key=key, queue=queue, priority=priority)

    def fan_out(
        self,
        name: str,
        method: str,
        items: Sequence[Mapping[str, Any]],
        *,
        limit: int = 10,
        queue: str = "",
        priority: int = 0,
    ) -> list[UUID]:
        """Start a child run for each item, which holds its arguments; at most `limit` of them go on at a time."""
        return self._starting().draft_all(name, method, items, limit=limit, queue=queue, priority=priority)

    def children(self) -> list[Child]:
        """Every child run that this run has started, in the order of their start."""
        return self._family().children()

    def get_context_value(self, key: str, check_validation: bool = True) -> Any:
        """The value of a declared key, None while nobody has set it. A list or dict is a copy.

        Without `check_validation` the key need not be declared.
        """
        return self.values.get(key, check=check_validation)

    def set_context_value(self, key: str, value: object, check_validation: bool = True) -> None:
        """Set a declared key. A truthy "result_status" ends the run: 400 and 500 roll back, anything else succeeds.

        Without `check_validation` the key needs neither a declaration nor a type, as long as the value can be stored.
        """
        if key != STATUS:
            self.values.set(key, value, check=check_validation)
            return
        status = self._status(value)
        self.values.set(key, status)
        if status:
            raise StepExitException(status)

    @property
    def idempotency_key(self) -> str:
        """The same for each attempt of the current step, for services that refuse a second identical request."""
        return f"{self.run_uuid}:{self._seq}"

    def progress(self, done: int, total: int | None = None, note: str = "") -> None:
        """Tell how far the step is: "412 of 980 pages", `note` being the unit. Stored at most once a second.

        What a database step reports is stored with its end, since nobody else sees its transaction before.
        """
        if self.reporter:
            self.reporter.progress(done, total, note)

    def log(self, line: str) -> None:
        """Add a line to the run's log."""
        if self.reporter:
            self.reporter.log(line)

    def is_cancelled(self) -> bool:
        """Whether somebody has asked to cancel the run; long external steps may ask and return early."""
        return self.reporter is not None and self.reporter.cancel_requested()

    def pause(self, seconds: float) -> None:
        """Wait, in an external step or its rollback; 0 only looks.

        Raises Interrupted, which the step lets pass, as soon as the run is to turn back, or its worker to stop: another
        one calls the step again then. Raises StagingError in any other step, which would hold a transaction meanwhile.
        """
        if self.waiting is None or not self.plan.steps[self._seq].is_external:
            raise StagingError("Only a running external step waits: any other would hold a transaction meanwhile.")
        self.waiting(seconds)

    def execute(self) -> Any:
        """Run the staged steps here and now; the run's result.

        Raises what the failing step raised, once the steps before it are rolled back, and AlreadyExecuted the second
        time.
        """
        from domains.orchestration.inline import execute_inline

        entry = self.values.entry
        arguments = codec.encode_mapping(entry.arguments, "argument") if entry else {}
        return execute_inline(self, method=entry.name if entry else "", args=arguments, application="").result

    def afresh(self, context: Mapping[str, Any]) -> MainOrchestrator:
        """Another instance for the same run, which begins with this context and can be executed once more."""
        other = MainOrchestrator(self.name, plan=self.plan, context=context)
        other.run_uuid = self.run_uuid
        return other

    def claim(self) -> None:
        """Mark the one execution. Raises AlreadyExecuted the second time."""
        if self._claimed:
            raise AlreadyExecuted(f"This {self.name} orchestrator has been executed; get a fresh one.")
        self._claimed = True

    def call(self, seq: int, phase: Phase, function: StepFunction) -> Any:
        """Call a function of the step of that number with its arguments. Raises what it raises."""
        step = self.plan.steps[seq]
        self._seq, self._phase = seq, phase
        self.values.begin()
        self.values.staged_by = None if step.frame is None else self.plan.frames[step.frame]
        return function(self, **codec.decode(step.kwargs))

    def _starting(self) -> Family:
        if self._phase is Phase.BACK:
            raise StagingError("A rollback starts no child runs.")
        return self._family()

    def _family(self) -> Family:
        if self.family is None:
            raise StagingError("Child runs are started by steps that run, not while staging.")
        return self.family

    def _check_step(self, kind: str, timeout_s: float | None) -> None:
        if self._claimed:
            raise StagingError("Steps are staged before the run starts.")
        if kind not in KINDS:
            raise StagingError(f"A step is of kind {', '.join(KINDS[:-1])} or {KINDS[-1]}, not {kind!r}.")
        if timeout_s is not None and timeout_s <= 0:
            raise StagingError("The timeout of a step is a number of seconds above 0.")

    def _status(self, value: object) -> int:
        if not self._claimed or self._phase == Phase.BACK:
            raise ContextError("result_status is set by running steps only, not while staging or rolling back.")
        if value and not (isinstance(value, int) and abs(value) < 2**31):
            raise ContextError(f"result_status is a number such as 200, 400 or 500, not {value!r}.")
        return int(value) if isinstance(value, int) else 0
