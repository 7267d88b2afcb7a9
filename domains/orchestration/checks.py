"""The registration, checked before anything starts."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error

from domains.orchestration.exceptions import RegistrationError
from domains.orchestration.registry import OrchestratorRegistry


def check_orchestrators(**options: Any) -> list[CheckMessage]:
    """One error for each registered orchestrator that cannot be used."""
    return [error for name in OrchestratorRegistry.names() for error in _check(name)]


def _check(name: str) -> list[CheckMessage]:
    try:
        OrchestratorRegistry.resolve(name)
    except (RegistrationError, TypeError) as error:
        return [Error(str(error), hint="See domains/orchestration/register.py.", id="orchestration.E001")]
    return []
