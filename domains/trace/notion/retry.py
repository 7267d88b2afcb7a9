"""Which failures of a request may pass, how long to wait after each, and what the others mean.

notion-client repeats hardly anything that an export needs, since most of its reads are POST. Reads are safe to repeat,
whatever their method.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from random import uniform

import httpx
from notion_client.errors import HTTPResponseError, RequestTimeoutError

from domains.base.errors import UpstreamFailed, VaultError
from domains.trace.notion.errors import CursorLost, NotionRefused, NotShared, TokenRefused

PASSING = {408, 409, 425, 429}
FIRST_S, MOST_S = 1.0, 60.0
CURSOR = "start_cursor"


class BrokenAnswer(Exception):
    """200, but not what was asked for."""


FAILURES = (
    HTTPResponseError,
    RequestTimeoutError,
    httpx.TransportError,
    httpx.DecodingError,
    json.JSONDecodeError,
    UnicodeDecodeError,
    BrokenAnswer,
)
"""Everything that sending a request may raise and that is not a fault of the program."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a request is sent in all: `failures` times, and `refusals` times when Notion itself says when to.

    A turn that is more than `longest_s` away is not waited for.
    """

    failures: int = 8
    refusals: int = 30
    longest_s: float = math.inf


def status_of(error: BaseException) -> int:
    """The HTTP status of a failure, 0 when there is none."""
    return int(error.status) if isinstance(error, HTTPResponseError) else 0


def is_slow(error: BaseException) -> bool:
    """Whether the answer took too long, so that a smaller page may succeed."""
    return status_of(error) == 504 or isinstance(error, RequestTimeoutError)


def may_pass(error: BaseException) -> bool:
    """Whether the same request may succeed the next time."""
    status = status_of(error)
    return not status or status in PASSING or status >= 500


def retry_after(error: BaseException, now: datetime | None = None) -> float | None:
    """Seconds that Notion asks to wait, of any length: "42", "1.5" or an HTTP date. None when it does not say."""
    value = error.headers.get("retry-after", "") if isinstance(error, HTTPResponseError) else ""
    try:
        seconds = float(value)
    except ValueError:
        return _until(value, now or datetime.now(UTC))
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _until(value: str, now: datetime) -> float | None:
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return None
    return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds())


def pause_s(attempt: int) -> float:
    """Seconds to wait after failure number `attempt`, the first being 1, when Notion does not say how long."""
    return min(MOST_S, FIRST_S * 2.0 ** min(attempt - 1, 16)) * uniform(0.75, 1.25)  # noqa: S311 - spreads load


def in_words(error: BaseException) -> str:
    """What went wrong, short, for the run page."""
    if status := status_of(error):
        return f"Notion answered {status}"
    if isinstance(error, RequestTimeoutError):
        return "Notion did not answer in time"
    if isinstance(error, httpx.TransportError):
        return "The connection to Notion broke"
    return "Notion sent a broken answer"


def refusal(error: BaseException) -> VaultError:
    """The house's error for what must not be repeated, or was repeated long enough."""
    words, detail = in_words(error), f"{type(error).__name__}: {error}"[:500]
    status = status_of(error)
    if may_pass(error):
        return UpstreamFailed(f"{words}, again and again. What is published stays as it was.", detail=detail)
    if status == 401:
        return TokenRefused("Notion refuses the token. Enter the secret of an integration that exists.", detail=detail)
    if status in {403, 404}:
        return NotShared("Notion finds nothing here that the integration may read.", detail=detail)
    if CURSOR in str(error) and "invalid" in str(error):
        return CursorLost("Notion has forgotten where the list goes on.", detail=detail)
    return NotionRefused(f"{words}: {str(error)[:200]}", detail=detail)
