"""Exceptions as what a run stores and shows: a typed message for everyone, a traceback for superusers."""

from __future__ import annotations

import re
import traceback
from typing import Any

from domains.base import revealed
from domains.base.errors import ValidationFailed, VaultError
from domains.base.json_values import storable
from domains.orchestration.codec import TAG
from domains.orchestration.exceptions import ContextError, Interrupted, PlanMismatch, RegistrationError, StagingError
from domains.orchestration.secrets import Secret

TRACEBACK_LIMIT = 20_000
SECRET = re.compile(
    r"(?i)((?:password|passwd|secret|token|api[_-]?key|authorization)[\"']?\s*[:=]\s*[\"']?(?:bearer\s+)?"
    r"|bearer\s+)[^\s\"',@&]+"
)
SECRET_KEY = re.compile(r"(?i)password|passwd|secret|token|api_?key|authorization")
HIDDEN = revealed.HIDDEN
URL_PASSWORD = re.compile(r"(://[^/\s:@]*:)[^/\s@]+(?=@)")


def redact(text: str) -> str:
    """The text as it may be stored: with whatever is or looks like a secret replaced."""
    return URL_PASSWORD.sub(r"\1[hidden]", SECRET.sub(r"\1[hidden]", _plain(text)))


def masked(value: Any) -> Any:
    """The value, encoded or not, with each secret and everything under a key that names one replaced."""
    if isinstance(value, Secret) or (isinstance(value, dict) and value.get(TAG) == "secret"):
        return HIDDEN
    if isinstance(value, dict):
        return {key: HIDDEN if SECRET_KEY.search(str(key)) else masked(item) for key, item in value.items()}
    return [masked(item) for item in value] if isinstance(value, list) else value


def failure(error: BaseException, what: str) -> dict[str, Any]:
    """{"code", "message", "retryable"}, and "fields" of a rejected input; `what` failed, such as "The step “Read”".

    The text of an unexpected exception is not in it: nobody knows what it gives away.
    """
    if isinstance(error, VaultError):
        stored: dict[str, Any] = {"code": error.code, "message": _plain(error.message), "retryable": error.retryable}
        return stored | ({"fields": _fields(error)} if isinstance(error, ValidationFailed) and error.fields else {})
    if isinstance(error, Interrupted):
        return {"code": "interrupted", "message": str(error), "retryable": True}
    if isinstance(error, ContextError | StagingError | PlanMismatch | RegistrationError):
        return {"code": "orchestration_error", "message": _plain(str(error)), "retryable": False}
    message = f"{what} failed unexpectedly ({type(error).__name__})."
    return {"code": "internal_error", "message": message, "retryable": False}


def is_expected(error: BaseException) -> bool:
    """Whether the error was raised to be shown, so that its traceback says nothing more."""
    return isinstance(error, VaultError)


def trace(error: BaseException) -> str:
    """The traceback without local variables and secrets, bounded; "" for an expected error."""
    if is_expected(error):
        return ""
    return redact("".join(traceback.format_exception(error)))[-TRACEBACK_LIMIT:]


def _plain(text: str) -> str:
    return revealed.without_secrets(storable(text))


def _fields(error: ValidationFailed) -> dict[str, list[str]]:
    return {storable(name): [_plain(fault) for fault in faults] for name, faults in error.fields.items()}
