"""What goes wrong inside the engine, as opposed to inside a step."""

from __future__ import annotations

from domains.base.database import is_contention
from domains.base.errors import VaultError

ROLLING_BACK = frozenset({400, 500})


class OrchestrationError(Exception):
    """Base of the engine's own errors: each is a fault of a program, never of a user's input."""


class RegistrationError(OrchestrationError):
    """An orchestrator is unknown, registered twice, or built without the registry."""


class StagingError(OrchestrationError):
    """A step cannot become part of a plan."""


class ContextError(OrchestrationError):
    """A context key is undeclared, has the wrong type, or holds what cannot be stored."""


class ContextLost(ContextError):
    """A context key refers to a row or a secret that can no longer be had."""


class AlreadyExecuted(OrchestrationError):
    """An orchestrator runs once; get a fresh one from the registry."""


class Fenced(OrchestrationError):
    """Another worker has taken the run over, so nothing of this one may be committed any more."""


class PlanMismatch(OrchestrationError):
    """A stored plan, or a step that it names, does not fit the code of this process."""


class TransactionLost(OrchestrationError):
    """The one transaction of a run has lost against another one, so that all of the run has to be done again."""


class Interrupted(Exception):
    """A step that waits shall wait no longer: its run is to turn back, or its worker is asked to stop."""


class Contended(VaultError):
    """What was asked for has lost against others at the same rows, and nothing of it was kept."""

    status = 409
    code = "contended"
    retryable = True


class NotPrepared(VaultError):
    """The code that stages a run has failed, so there is none. The log has what it raised, with its traceback."""

    status = 409
    code = "run_not_prepared"


class StepExitException(Exception):
    """A step has set `result_status` to end its run early: with success, or with 400 and 500 by rolling back."""

    def __init__(self, status: int) -> None:
        super().__init__(f"The step ended the run with status {status}.")
        self.status = status

    @property
    def rolls_back(self) -> bool:
        """Whether the steps that have run are undone."""
        return self.status in ROLLING_BACK


def has_lost(error: BaseException) -> bool:
    """Whether the error says that another transaction has won, so that the same may succeed the next time."""
    return isinstance(error, TransactionLost | Contended) or is_contention(error)
