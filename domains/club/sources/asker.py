"""Asks a source by HTTP, within the time of one part: paced, conditional, tried again where that may help."""

from __future__ import annotations

import asyncio
import json as jsonlib
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import httpx
from django.utils import timezone
from django.utils.crypto import salted_hmac

from domains.base.errors import RateLimited, UpstreamFailed
from domains.base.outbound.client import OutboundAnswer, OutboundClient, checked_url
from domains.base.outbound.errors import NoAnswer, Unusable
from domains.club.sources import limits
from domains.club.sources.base import Answered
from domains.club.sources.errors import Refused
from domains.club.sources.keep import Keep, body_of, kept_of
from domains.club.sources.pace import HostPace, in_time
from domains.club.sources.words import in_words

TRIES = 3
FIRST_PAUSE_S = 0.5
PASSING = {500, 502, 503, 504, 520, 522, 524}
JSON = {"accept": "application/json"}


@dataclass(slots=True)
class Counts:
    """What asking has cost: `bytes` of bodies, `seconds` in requests, `waited` seconds for the pace of hosts."""

    requests: int = 0
    unchanged: int = 0
    bytes: int = 0
    seconds: float = 0.0
    waited: float = 0.0


class HttpAsker:
    """A `base.Asker` for one part of one source. `counts` may be read at any time.

    `pace_of` answers with the pace of a host, `say` is told of long waits, and after `time_s` seconds nothing more is
    waited for. What it raises: AddressRefused, NoAnswer, RateLimited, Refused, Unusable.
    """

    def __init__(
        self,
        client: OutboundClient,
        *,
        keep: Keep,
        pace_of: Callable[[str], HostPace],
        time_s: float,
        say: Callable[[str], None] = lambda words: None,
    ) -> None:
        self.client, self.keep, self.pace_of, self.say = client, keep, pace_of, say
        self.counts = Counts()
        self.time_s, self.until = time_s, time.monotonic() + time_s

    async def get(
        self, url: str, *, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> Answered:
        """The answer to a GET; see `base.Asker`."""
        target = checked_url(url).copy_merge_params(params or {})
        wanted = JSON | {name.lower(): value for name, value in (headers or {}).items()}
        address = _address(target, wanted)
        kept = self.keep.find(address)
        answer = await self._asked("GET", target, wanted | (kept.conditions() if kept else {}))
        if answer.status != 304:
            if answer.status == 200 and (fresh := kept_of(answer.headers, answer.body, timezone.now())):
                self.keep.store(address, fresh)
            return answer
        if kept is None:
            raise Unusable(f"{target.host} answered that nothing has changed, though nobody asked that.")
        self.counts.unchanged += 1
        self.keep.store(address, replace(kept, at=timezone.now()))
        return Answered(200, {**kept.headers, **answer.headers}, body_of(kept), answer.url, unchanged=True)

    async def post(self, url: str, *, json: Any, headers: Mapping[str, str] | None = None) -> Answered:
        """The answer to a POST of JSON; see `base.Asker`."""
        wanted = JSON | {"content-type": "application/json"} | {k.lower(): v for k, v in (headers or {}).items()}
        return await self._asked("POST", checked_url(url), wanted, jsonlib.dumps(json).encode())

    async def _asked(self, method: str, url: httpx.URL, headers: Mapping[str, str], content: bytes = b"") -> Answered:
        pace, failures = self.pace_of(url.netloc.decode()), 0
        while True:
            self.counts.waited += await pace.turn(self._left_s(url.host), self.say)
            try:
                answer = await self._sent(method, url, headers, content)
            except NoAnswer:
                failures += 1
                if failures >= TRIES:
                    raise
            else:
                if self._must_be_silent(pace, answer):
                    continue
                if answer.status not in PASSING:
                    return _accepted(answer)
                failures += 1
                if failures >= TRIES:
                    raise UpstreamFailed(in_words(answer))
            await self._pause(failures)

    async def _sent(self, method: str, url: httpx.URL, headers: Mapping[str, str], content: bytes) -> Answered:
        began = time.monotonic()
        self.counts.requests += 1
        try:
            answer = await self.client.send(
                method, str(url), headers=headers, content=content, within_s=self._left_s(url.host)
            )
        finally:
            self.counts.seconds += time.monotonic() - began
        self.counts.bytes += len(answer.body)
        return _answered(answer)

    def _must_be_silent(self, pace: HostPace, answer: Answered) -> bool:
        """Whether the answer only asks for silence. Raises RateLimited when that outlasts the part's time."""
        seconds = limits.silence_s(answer.status, answer.headers, answer.body, timezone.now())
        ahead = limits.used_up_for_s(answer.headers, timezone.now())
        if seconds is None and ahead is not None:
            pace.hold(ahead)
        if seconds is None:
            return False
        pace.hold(seconds)
        if seconds > self.until - time.monotonic():
            raise RateLimited(f"{pace.host} has had enough requests for now: it may be asked in {in_time(seconds)}.")
        return True

    async def _pause(self, failures: int) -> None:
        """Wait before the next try, twice as long each time, and not in step with others."""
        began = time.monotonic()
        seconds = FIRST_PAUSE_S * 2 ** (failures - 1) * random.uniform(0.8, 1.2)  # noqa: S311 - spreads requests, no secret
        await asyncio.sleep(min(seconds, max(0.0, self.until - began)))
        self.counts.waited += time.monotonic() - began

    def _left_s(self, host: str) -> float:
        left = self.until - time.monotonic()
        if left <= 0:
            raise NoAnswer(f"{host} has not answered in the {self.time_s:,.3g} s that it was given.")
        return left


def _accepted(answer: Answered) -> Answered:
    if answer.status >= 400:
        raise Refused(in_words(answer), answer)
    if 300 <= answer.status < 400 and answer.status != 304:
        raise Refused(f"{urlsplit(answer.url).hostname} redirects, and does not say where to.", answer)
    return answer


def _answered(answer: OutboundAnswer) -> Answered:
    return Answered(answer.status, answer.headers, answer.body, answer.url)


def _address(url: httpx.URL, headers: Mapping[str, str]) -> str:
    """What the answer is kept under. The secret is among the headers, so that two secrets never share an answer."""
    text = jsonlib.dumps([str(url), sorted(headers.items())])
    return salted_hmac("club.kept_answer", text, algorithm="sha256").hexdigest()
