"""When a step that has failed is called again, and when it is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from random import uniform
from typing import Any

from django.db import OperationalError

from domains.base.errors import VaultError
from domains.orchestration.exceptions import ContextError, PlanMismatch, StagingError, StepExitException

NEVER = (StepExitException, ContextError, PlanMismatch)


@dataclass(frozen=True, slots=True)
class Retry:
    """How often a step is called in all, and the seconds between: `first_s`, then `factor` times longer each time, at
    most `most_s`, and up to the share `jitter` more or less, so that many runs do not come back at one moment.

    Errors that nobody expects are tried again with `every_error` only.
    """

    attempts: int
    first_s: float = 1.0
    factor: float = 2.0
    most_s: float = 300.0
    jitter: float = 0.2
    every_error: bool = False

    def __post_init__(self) -> None:
        if self.attempts < 1 or self.first_s < 0 or self.factor < 1 or self.most_s < 0 or not 0 <= self.jitter <= 1:
            raise StagingError(f"This retry cannot be: {self}.")

    def pause_s(self, attempt: int) -> float:
        """Seconds to wait after the call of that number, the first being 1."""
        plain = min(self.most_s, self.first_s * self.factor ** min(attempt - 1, 64))
        return plain * (1 + uniform(-self.jitter, self.jitter))  # noqa: S311 - spreads load, guards nothing

    def allows(self, attempt: int, error: BaseException) -> bool:
        """Whether the step is called again after its call of that number has raised this."""
        return attempt < self.attempts and not isinstance(error, NEVER) and (self.every_error or is_passing(error))

    def to_json(self) -> dict[str, Any]:
        """As it stands in a plan."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any] | None) -> Retry | None:
        """The reverse of `to_json`."""
        return cls(**stored) if stored else None


def is_passing(error: BaseException) -> bool:
    """Whether the error may be gone the next time."""
    return error.retryable if isinstance(error, VaultError) else isinstance(error, OperationalError | OSError)
