"""Connections to addresses that were checked, under the name that was asked for.

The name is resolved once, before. DNS that answers otherwise a moment later changes nothing: nobody asks it again.
"""

from __future__ import annotations

import ssl
from collections.abc import Sequence

import httpx

LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=15)


class PinnedTransport(httpx.AsyncBaseTransport):
    """Connects to the first of the addresses that lets it; TLS is verified for `host`. Belongs to one origin."""

    def __init__(self, host: str, addresses: Sequence[str], tls: ssl.SSLContext) -> None:
        self.host, self.addresses = host, list(addresses)
        self.inner = httpx.AsyncHTTPTransport(verify=tls, trust_env=False, limits=LIMITS)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer. The Host header is already that of the name."""
        request.extensions = {**request.extensions, "sni_hostname": self.host}
        *others, last = self.addresses
        for address in others:
            try:
                return await self._ask(request, address)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                self.addresses = [*(other for other in self.addresses if other != address), address]
        return await self._ask(request, last)

    async def _ask(self, request: httpx.Request, address: str) -> httpx.Response:
        request.url = request.url.copy_with(host=f"[{address}]" if ":" in address else address)
        return await self.inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self.inner.aclose()
