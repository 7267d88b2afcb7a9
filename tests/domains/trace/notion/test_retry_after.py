"""What Retry-After may say, and what an error means."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest
from notion_client.errors import RequestTimeoutError, UnknownHTTPResponseError

from domains.trace.notion import retry

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def refused(status: int, **headers: str) -> UnknownHTTPResponseError:
    """An error of that status."""
    return UnknownHTTPResponseError(status, headers=httpx.Headers({k.replace("_", "-"): v for k, v in headers.items()}))


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("42", 42.0),
        ("0", 0.0),
        ("1.5", 1.5),
        ("86400", 86400.0),
        ("Sat, 21 Nov 2026 12:01:30 GMT", 90.0),
        ("Sat, 21 Nov 2026 11:00:00 GMT", 0.0),
        ("-3", 0.0),
        ("inf", None),
        ("nan", None),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_read_in_every_form(value: str, seconds: float | None) -> None:
    assert retry.retry_after(refused(429, retry_after=value), NOW) == seconds


def test_what_has_no_answer_has_no_retry_after() -> None:
    assert retry.retry_after(RequestTimeoutError()) is None
    assert retry.retry_after(refused(503)) is None


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504, 520, 529])
def test_these_may_pass(status: int) -> None:
    assert retry.may_pass(refused(status))


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 405, 413])
def test_these_would_come_again(status: int) -> None:
    assert not retry.may_pass(refused(status))


def test_only_what_took_too_long_makes_pages_smaller() -> None:
    assert retry.is_slow(refused(504))
    assert retry.is_slow(RequestTimeoutError())
    assert not retry.is_slow(refused(503))
    assert not retry.is_slow(httpx.ReadError("reset"))


def test_pauses_double_and_end_at_a_minute() -> None:
    for attempt, plain in enumerate([1, 2, 4, 8, 16, 32, 60, 60, 60], start=1):
        assert 0.75 * plain <= retry.pause_s(attempt) <= 1.25 * plain
