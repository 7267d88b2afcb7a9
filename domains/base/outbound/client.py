"""Asking addresses that people have entered: every host checked, every redirect too, every answer bounded.

What it guards against is that an address, a redirect or a name server leads Vault to a machine that only Vault can
reach. Proxies and credentials of the environment are not used, and no cookie is kept.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Self

import httpx

from domains.base.errors import ValidationFailed
from domains.base.outbound import faults
from domains.base.outbound.addresses import IPNetwork
from domains.base.outbound.body import whole_body
from domains.base.outbound.errors import AddressRefused, NoAnswer, Unusable
from domains.base.outbound.pinned import PinnedTransport
from domains.base.outbound.resolve import Resolver, checked_addresses, system_resolver

AGENT = "Vault"
REDIRECTS = {301, 302, 303, 307, 308}
HARMLESS = {"accept", "user-agent"}
"""Headers that also another origin may see, to which a redirect leads."""
HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:]+[0-9.]*")
Origin = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long and how much: seconds to connect, between two pieces of an answer, and in all with redirects; bytes of
    a body once unpacked; redirects that are followed.
    """

    connect_s: float = 5.0
    read_s: float = 20.0
    total_s: float = 60.0
    max_bytes: int = 20_000_000
    redirects: int = 5


@dataclass(frozen=True, slots=True)
class OutboundAnswer:
    """An answer with its whole body. `headers` are in lower case, `url` is where it came from after redirects."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


class OutboundClient:
    """Asks, with connections that are used again. Use it in an `async with`, outside of transactions.

    `allowed` are private networks that may be asked nevertheless. `tls` is for tests with certificates of their own.
    """

    def __init__(
        self,
        allowed: Sequence[IPNetwork],
        *,
        bounds: Bounds | None = None,
        resolver: Resolver = system_resolver,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.allowed, self.bounds, self.resolver = list(allowed), bounds or Bounds(), resolver
        self.tls = tls or _tls()
        self.clients: dict[Origin, httpx.AsyncClient] = {}
        self.opening: dict[Origin, asyncio.Lock] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        for client in self.clients.values():
            await client.aclose()

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes = b"",
        within_s: float | None = None,
    ) -> OutboundAnswer:
        """The answer, whatever its status, after at most `within_s` seconds and never more than `bounds.total_s`.

        Only a GET follows redirects; to another origin it takes none of `headers` along but Accept. Raises
        AddressRefused, NoAnswer, Unusable, and ValidationFailed for headers that cannot be sent.
        """
        _check_headers(headers or {})
        seconds = min(self.bounds.total_s, self.bounds.total_s if within_s is None else within_s)
        target = checked_url(url)
        try:
            async with asyncio.timeout(seconds):
                return await self._follow(method, target, dict(headers or {}), content)
        except TimeoutError as error:
            raise NoAnswer(f"{target.host} did not answer within {seconds:,.3g} s.") from error

    async def _follow(self, method: str, url: httpx.URL, headers: dict[str, str], content: bytes) -> OutboundAnswer:
        for _ in range(self.bounds.redirects + 1):
            answer = await self._ask(method, url, headers, content)
            if answer.status not in REDIRECTS or "location" not in answer.headers:
                return answer
            target = _redirected(method, url, answer.headers["location"])
            if _origin(target) != _origin(url):
                headers = {name: value for name, value in headers.items() if name.lower() in HARMLESS}
            url = target
        raise Unusable(f"{url.host} redirects again and again. Enter the address that it leads to in the end.")

    async def _ask(self, method: str, url: httpx.URL, headers: Mapping[str, str], content: bytes) -> OutboundAnswer:
        client = await self._client(url)
        with faults.in_words(url.netloc.decode(), self.bounds.connect_s, self.bounds.read_s):
            async with client.stream(method, url, headers=headers, content=content or None) as response:
                encoding = response.headers.get("content-encoding", "")
                body = await whole_body(response.aiter_raw(), encoding, host=url.host, most=self.bounds.max_bytes)
        lowered = {name.lower(): value for name, value in response.headers.items()}
        return OutboundAnswer(response.status_code, lowered, body, str(url))

    async def _client(self, url: httpx.URL) -> httpx.AsyncClient:
        origin = _origin(url)
        async with self.opening.setdefault(origin, asyncio.Lock()):
            if origin not in self.clients:
                _, host, port = origin
                addresses = await checked_addresses(host, port, self.allowed, self.resolver)
                self.clients[origin] = self._opened(host, addresses)
            return self.clients[origin]

    def _opened(self, host: str, addresses: Sequence[str]) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=PinnedTransport(host, addresses, self.tls),
            headers={"User-Agent": AGENT, "Accept-Encoding": "gzip"},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            timeout=httpx.Timeout(self.bounds.read_s, connect=self.bounds.connect_s),
            trust_env=False,
        )


def checked_url(text: str) -> httpx.URL:
    """The address of something that can be asked by HTTP. Raises AddressRefused."""
    try:
        url = httpx.URL(text.strip())
    except (httpx.InvalidURL, UnicodeError, ValueError) as error:
        raise AddressRefused("This is no address: check how it is written.", detail=str(error)) from error
    if url.scheme not in {"http", "https"} or not url.host:
        raise AddressRefused("Only addresses that begin with https:// or http:// and name a host are asked.")
    if not HOST.fullmatch(url.raw_host.decode()) or not 0 < _origin(url)[2] < 65536:
        raise AddressRefused("This is no address: check how its host and port are written.")
    if url.userinfo:
        raise AddressRefused("An address must not hold a name or a password: enter them as the source's secret.")
    return url.copy_with(fragment=None)


def _check_headers(headers: Mapping[str, str]) -> None:
    """Raises ValidationFailed for what no header may hold, such as a secret that was copied with a line's end."""
    for name, value in headers.items():
        if not (value.isascii() and value.isprintable()):
            raise ValidationFailed(f"The header {name} holds characters that cannot be sent. Enter the secret again.")


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    """Trusts whom browsers trust. Made once, since that takes a third of a second."""
    return httpx.create_ssl_context(trust_env=False)


def _redirected(method: str, url: httpx.URL, location: str) -> httpx.URL:
    try:
        target = checked_url(str(url.join(location)))
    except httpx.InvalidURL as error:
        raise Unusable(f"{url.host} redirects to something that is no address.") from error
    if method != "GET":
        raise Unusable(f"{url.host} has moved to {target.host}{target.path}. Enter the new address.")
    if url.scheme == "https" and target.scheme != "https":
        raise AddressRefused(f"{url.host} redirects from https to http, where anyone could read along.")
    return target


def _origin(url: httpx.URL) -> Origin:
    return url.scheme, url.raw_host.decode().strip("[]"), url.port or (443 if url.scheme == "https" else 80)
