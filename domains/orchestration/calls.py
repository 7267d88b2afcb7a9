"""Whether a run can be made of what somebody typed: checked before anything is staged, with a fault for each field."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from domains.base.errors import ValidationFailed
from domains.orchestration import codec
from domains.orchestration.exceptions import ContextError, RegistrationError
from domains.orchestration.registry import OrchestratorRegistry
from domains.orchestration.schedule_check import RESERVED


def check_call(orchestrator: str, method: str, args: Mapping[str, Any]) -> None:
    """Raises ValidationFailed, naming `orchestrator`, `method` or `args`, unless a run can be staged of them."""
    try:
        known = OrchestratorRegistry.resolve(orchestrator)
    except RegistrationError as error:
        hint = _hint(orchestrator, OrchestratorRegistry.names())
        raise _fault("orchestrator", f"There is no orchestrator “{orchestrator}”.{hint}") from error
    methods = {name: function for name, function in inspect.getmembers(known, inspect.isfunction) if name[0] != "_"}
    if method not in methods:
        raise _fault("method", f"The orchestrator {orchestrator} has no method “{method}”.{_hint(method, methods)}")
    if reserved := sorted(RESERVED & set(args)):
        raise _fault("args", f"No argument can be called {reserved[0]}: the run itself has that.")
    try:
        inspect.signature(methods[method]).bind(None, **args)
        codec.encode_mapping(args, "argument")
    except TypeError as error:
        raise _fault("args", f"{orchestrator}.{method} cannot be called like this: {error}.") from error
    except ContextError as error:
        raise _fault("args", str(error)) from error


def _hint(given: str, known: Any) -> str:
    close = get_close_matches(given, list(known), n=1)
    return f" Did you mean {close[0]}?" if close else f" Known: {', '.join(sorted(known))}."


def _fault(field: str, words: str) -> ValidationFailed:
    return ValidationFailed(words, fields={field: [words]})
