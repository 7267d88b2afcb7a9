"""Whether a run can be made of what comes from outside the code, and whether whoever asks may start it.

What can be started by hand, as JSON, by a schedule or once more is what its orchestrator lists in `startable`, each
method with the permission that it takes. Code that calls `start` or `run_now` is not asked.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from domains.base.errors import PermissionDenied, ValidationFailed, VaultError
from domains.orchestration import codec
from domains.orchestration.base import BaseOrchestrator
from domains.orchestration.exceptions import ContextError, RegistrationError
from domains.orchestration.failures import failure
from domains.orchestration.registry import OrchestratorRegistry, staged
from domains.permissions.access import permission
from domains.permissions.acting import acting_user

RESERVED = {"orchestrator", "method", "actor", "key", "queue", "priority", "application", "deadline_s"}
"""What `start` takes for itself."""
DEEPEST = 32
LONGEST = 64 * 1024


def check_call(orchestrator: str, method: str, args: Any, *, by_code: bool = False) -> None:
    """Raises ValidationFailed, naming `orchestrator`, `method` or `args`, unless a run can be staged of them.

    With `by_code` the method need not be startable, since an extension's code asks for it.
    """
    check_target(orchestrator, method, args, by_code=by_code)
    try:
        staged(orchestrator, method, args)
    except VaultError as error:
        raise _fault("args", failure(error, "")["message"]) from error


def check_target(orchestrator: str, method: str, args: Any, *, by_code: bool = False) -> None:
    """Like `check_call` without staging, for what is started right after it."""
    stage = _stage(orchestrator, method, by_code=by_code)
    _check_args(args)
    try:
        inspect.signature(stage).bind(None, **args)
        codec.encode_mapping(args, "argument")
    except TypeError as error:
        raise _fault("args", f"The arguments do not fit {orchestrator}.{method}: {error}.") from error
    except ContextError as error:
        raise _fault("args", str(error)) from error


def check_allowed(orchestrator: str, method: str) -> None:
    """Raises PermissionDenied unless whoever acts may start this; Vault itself and a shell may.

    What its orchestrator does not list takes a superuser: no permission stands for it.
    """
    user = acting_user()
    if user is None:
        return
    needed = startable(orchestrator).get(method)
    if needed is not None:
        permission(needed).check(user)
    elif not user.is_superuser or not user.is_active:
        raise PermissionDenied(f"{orchestrator}.{method} is started by Vault itself; only a superuser may repeat it.")


def may_start(user: Any, orchestrator: str, method: str) -> bool:
    """Whether `check_allowed` lets this person pass."""
    needed = startable(orchestrator).get(method)
    return bool(user.is_superuser and user.is_active) if needed is None else permission(needed).allows(user)


def startable(orchestrator: str) -> Mapping[str, str]:
    """The permission that each method takes which can be started from outside the code; none of an unknown one."""
    try:
        return OrchestratorRegistry.resolve(orchestrator).startable
    except RegistrationError:
        return {}


def _check_args(args: Any) -> None:
    """Raises ValidationFailed unless they are an object that can be stored, shown and read again."""
    if not isinstance(args, dict) or not all(isinstance(name, str) for name in args):
        raise _fault("args", "The arguments are a JSON object, such as {“app”: “skyflow”}.")
    if reserved := sorted(RESERVED & set(args)):
        raise _fault("args", f"No argument can be called {reserved[0]}: the run itself has that.")
    level: list[Any] = [args]
    for _ in range(DEEPEST):
        level = [
            item
            for value in level
            if isinstance(value, dict | list)
            for item in (value.values() if isinstance(value, dict) else value)
        ]
    if level:
        raise _fault("args", f"The arguments are nested too deeply: {DEEPEST} levels are the most.")
    if len(json.dumps(args, default=str)) > LONGEST:
        raise _fault("args", f"The arguments are longer than {LONGEST // 1024} KB. Put the data elsewhere and name it.")


def _stage(orchestrator: str, method: str, *, by_code: bool) -> Callable[..., Any]:
    """The staging method. Raises ValidationFailed."""
    try:
        known = OrchestratorRegistry.resolve(orchestrator)
    except RegistrationError as error:
        hint = _hint(orchestrator, OrchestratorRegistry.names())
        raise _fault("orchestrator", f"There is no orchestrator “{orchestrator}”.{hint}") from error
    methods = _methods(known)
    if method not in methods:
        raise _fault("method", f"The orchestrator {orchestrator} has no method “{method}”.{_hint(method, methods)}")
    if not by_code and method not in known.startable:
        words = f"{orchestrator}.{method} is started by Vault itself only, not by hand and not by a schedule."
        raise _fault("method", words)
    return methods[method]


def _methods(known: BaseOrchestrator) -> dict[str, Callable[..., Any]]:
    return {name: function for name, function in inspect.getmembers(known, inspect.isfunction) if name[0] != "_"}


def _hint(given: str, known: Any) -> str:
    close = get_close_matches(given, list(known), n=1)
    return f" Did you mean {close[0]}?" if close else f" Known: {', '.join(sorted(known))}."


def _fault(field: str, words: str) -> ValidationFailed:
    return ValidationFailed(words, fields={field: [words]})
