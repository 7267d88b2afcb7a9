"""Orchestrators by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.module_loading import import_string

from domains.orchestration.base import BaseOrchestrator, build
from domains.orchestration.exceptions import RegistrationError
from domains.orchestration.main import MainOrchestrator


class OrchestratorRegistry:
    """Filled once, by `register_orchestrator()`; a class is imported when it is first asked for."""

    _dotted: ClassVar[dict[str, str]] = {}

    @classmethod
    def register(cls, name: str, dotted: str) -> None:
        """Make the class of this dotted name known. Raises RegistrationError when the name is taken by another."""
        if cls._dotted.setdefault(name, dotted) != dotted:
            raise RegistrationError(f"The orchestrator {name} is already {cls._dotted[name]}.")

    @classmethod
    def unregister(cls, name: str) -> None:
        """Forget the name, for tests that register their own."""
        cls._dotted.pop(name, None)

    @classmethod
    def names(cls) -> list[str]:
        """Every registered name, sorted."""
        return sorted(cls._dotted)

    @classmethod
    def resolve(cls, name: str) -> BaseOrchestrator:
        """The class. Raises RegistrationError when it is unknown, cannot be imported or has not the metaclass."""
        dotted = cls._dotted.get(name)
        if dotted is None:
            raise RegistrationError(f"There is no orchestrator {name!r}. Known: {', '.join(cls.names())}.")
        try:
            found = import_string(dotted)
        except ImportError as error:
            raise RegistrationError(f"The orchestrator {name}, {dotted}, cannot be imported: {error}") from error
        if not isinstance(found, BaseOrchestrator):
            raise RegistrationError(f"The orchestrator {name}, {dotted}, has not the metaclass BaseOrchestrator.")
        return found

    @classmethod
    def get(cls, name: str) -> Any:
        """A fresh domain orchestrator with a fresh MainOrchestrator as its `orchestrator`, for one run."""
        return build(cls.resolve(name), MainOrchestrator(name), name)


def get_other_orchestrator(caller: Any, name: str) -> Any:
    """Another domain's orchestrator that stages onto the caller's run; the same one however often it is asked for."""
    main: MainOrchestrator = caller.orchestrator
    return main.domains.get(name) or build(OrchestratorRegistry.resolve(name), main, name)


def staged(name: str, method: str, args: Mapping[str, Any]) -> MainOrchestrator:
    """A fresh orchestrator's MainOrchestrator after that method has staged its steps on it.

    Raises RegistrationError when there is no such public method, and what the method raises.
    """
    domain = OrchestratorRegistry.get(name)
    stage = None if method.startswith("_") else getattr(domain, method, None)
    if not callable(stage):
        raise RegistrationError(f"The orchestrator {name} has no method {method}.")
    stage(**args)
    main: MainOrchestrator = domain.orchestrator
    return main
