"""Orchestrators by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import structlog
from django.db import InterfaceError, OperationalError
from django.utils.module_loading import import_string

from domains.base.ambient import current
from domains.base.errors import VaultError
from domains.orchestration.base import BaseOrchestrator, build
from domains.orchestration.exceptions import NotPrepared, RegistrationError
from domains.orchestration.failures import failure, redact, trace
from domains.orchestration.main import MainOrchestrator

log = structlog.get_logger(__name__)


class OrchestratorRegistry:
    """Filled once, by `register_orchestrator()`; a class is imported when it is first asked for."""

    _dotted: ClassVar[dict[str, str]] = {}
    _is_complete: ClassVar[bool] = False

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
    def finalize_initialization(cls) -> None:
        """Every name is registered now: an unknown one is an error when it is asked for, not when it is first used."""
        cls._is_complete = True

    finialize_initialization = finalize_initialization
    """NimbusVault's spelling."""

    @classmethod
    def may_come(cls, name: str) -> bool:
        """Whether the name is unknown so far and may still be registered."""
        return name not in cls._dotted and not cls._is_complete

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
    """Another domain's orchestrator that stages onto the caller's run; the same one however often it is asked for.

    While registration goes on, a name that is not known yet is looked up when the orchestrator is first used.
    """
    main: MainOrchestrator = caller.orchestrator
    return Later(main, name) if OrchestratorRegistry.may_come(name) else _other(main, name)


class Later:
    """Stands for an orchestrator whose name was not registered yet when it was asked for."""

    def __init__(self, main: MainOrchestrator, name: str) -> None:
        self._main = main
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        """That of the orchestrator. Raises RegistrationError while nobody has registered the name."""
        return getattr(_other(self._main, self._name), attribute)


def _other(main: MainOrchestrator, name: str) -> Any:
    return main.domains.get(name) or build(OrchestratorRegistry.resolve(name), main, name)


def staged(name: str, method: str, args: Mapping[str, Any]) -> MainOrchestrator:
    """A fresh orchestrator's MainOrchestrator after that method has staged its steps on it.

    Raises what the method says to people, a VaultError, and what a database raises that is busy or gone; NotPrepared
    for whatever else goes wrong, which is logged.
    """
    try:
        return _staged(name, method, args)
    except (VaultError, OperationalError, InterfaceError):
        raise
    except Exception as error:
        raise _not_prepared(f"{name}.{method}", error) from error


def _staged(name: str, method: str, args: Mapping[str, Any]) -> MainOrchestrator:
    domain = OrchestratorRegistry.get(name)
    stage = None if method.startswith("_") else getattr(domain, method, None)
    if not callable(stage):
        raise RegistrationError(f"The orchestrator {name} has no method {method}.")
    stage(**args)
    main: MainOrchestrator = domain.orchestrator
    return main


def _not_prepared(name: str, error: Exception) -> NotPrepared:
    log.error("run_not_prepared", what=name, reason=redact(str(error)), traceback=trace(error))
    why = failure(error, "staging it")["message"].rstrip(".")
    request = f", request {current().request_id}" if current().request_id else ""
    return NotPrepared(
        f"A run of {name} cannot be prepared: {why}. Nothing was started. Whoever develops Vault can mend this; the "
        f"log has the details as run_not_prepared{request}."
    )
