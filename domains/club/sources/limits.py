"""When a host that refuses may be asked again: the headers of rate limits. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

SECONDARY_S = 60.0
"""GitHub: how long to be silent after a secondary limit that does not say."""
EPOCH = 1_000_000_000
"""Numbers above are times in seconds since 1970, not waits."""


def silence_s(status: int, headers: Mapping[str, str], said: bytes, now: datetime) -> float | None:
    """Seconds, at least 1, that an answer asks to wait before the same is asked again; None when waiting is no help.

    A 429 is always one, 503 with Retry-After too, and 403 as GitHub says it: with Retry-After, with a limit that is
    used up, or with "rate limit" in the body `said`.
    """
    if status not in {403, 429, 503}:
        return None
    asked = _retry_after(headers.get("retry-after", ""), now)
    used_up = used_up_for_s(headers, now)
    if asked is not None or used_up is not None:
        return max(1.0, asked or 0.0, used_up or 0.0)
    return SECONDARY_S if status == 429 or (status == 403 and b"rate limit" in said[:1000].lower()) else None


def used_up_for_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds until a limit that is used up begins anew, as GitHub's headers have it; None when something is left."""
    reset = _number(headers.get("x-ratelimit-reset", ""))
    if headers.get("x-ratelimit-remaining", "").strip() != "0" or reset is None:
        return None
    return max(0.0, reset - now.timestamp()) + 1 if reset > EPOCH else reset


def _retry_after(text: str, now: datetime) -> float | None:
    """Seconds, from a number or a date; None for neither."""
    if (seconds := _number(text)) is not None:
        return max(0.0, seconds)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - now).total_seconds())


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
