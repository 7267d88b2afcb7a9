"""The family of errors that people and scripts get to see.

`message` is one plain sentence that says what is wrong and what to do; `detail` is for whoever debugs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar


class VaultError(Exception):
    """Base of the family: each class fixes its HTTP status, its code and whether trying again can help."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, detail: str = "", extra: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail
        self.extra: dict[str, object] = dict(extra or {})


class ValidationFailed(VaultError):
    """The input does not fit. `fields` holds the faults by field name; "" is the input as a whole."""

    status = 400
    code = "validation_failed"

    def __init__(
        self,
        message: str,
        *,
        fields: Mapping[str, Sequence[str]] | None = None,
        detail: str = "",
        extra: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message, detail=detail, extra=extra)
        self.fields = {name: list(faults) for name, faults in (fields or {}).items()}


class NotAuthenticated(VaultError):
    """Nobody is signed in."""

    status = 401
    code = "not_authenticated"


class PermissionDenied(VaultError):
    """The signed-in person may not do this."""

    status = 403
    code = "permission_denied"


class NotFound(VaultError):
    """There is no such thing."""

    status = 404
    code = "not_found"


class Conflict(VaultError):
    """The thing is not in a state that allows this."""

    status = 409
    code = "conflict"


class Gone(VaultError):
    """The thing existed and was taken away."""

    status = 410
    code = "gone"


class RateLimited(VaultError):
    """Too many requests in too short a time."""

    status = 429
    code = "rate_limited"
    retryable = True


class UpstreamFailed(VaultError):
    """A service outside Vault answered wrongly or not at all."""

    status = 502
    code = "upstream_failed"
    retryable = True


class Unavailable(VaultError):
    """Vault itself cannot answer now."""

    status = 503
    code = "unavailable"
    retryable = True
