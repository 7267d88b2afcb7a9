"""What can go wrong between Vault and a machine outside."""

from __future__ import annotations

from domains.base.errors import UpstreamFailed, ValidationFailed


class AddressRefused(ValidationFailed):
    """Vault does not ask this address; the message says why."""

    code = "address_refused"


class NoAnswer(UpstreamFailed):
    """No whole answer came: no connection, a broken one, or none in time. It may pass."""

    code = "no_answer"


class Unusable(UpstreamFailed):
    """An answer came that is of no use, and the next one would be of none either."""

    code = "unusable_answer"
    retryable = False
