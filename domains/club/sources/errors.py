"""What sources answer that is of no use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domains.base.errors import UpstreamFailed

if TYPE_CHECKING:
    from domains.club.sources.base import Answered


class Refused(UpstreamFailed):
    """The source answered with a status of 400 or above, and asking again would not help. `answer` is what it said."""

    code = "source_refused"
    retryable = False

    def __init__(self, message: str, answer: Answered) -> None:
        super().__init__(message, detail=answer.body[:300].decode(errors="replace"))
        self.answer = answer


class Unreadable(UpstreamFailed):
    """The source answered something else than its kind expects."""

    code = "source_unreadable"
    retryable = False
