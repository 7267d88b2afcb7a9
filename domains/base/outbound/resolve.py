"""From a host's name to addresses that may be asked."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import ip_address

from domains.base.outbound.addresses import IPAddress, IPNetwork, why_refused
from domains.base.outbound.errors import AddressRefused, NoAnswer

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""The IP addresses of a host and port. Raises OSError when there are none."""
MOST = 4
"""Addresses of a host that are tried."""


async def system_resolver(host: str, port: int) -> list[str]:
    """What this machine's resolver answers."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


async def checked_addresses(
    host: str, port: int, allowed: Sequence[IPNetwork], resolver: Resolver = system_resolver
) -> list[str]:
    """At most MOST addresses of the host, in its order.

    One address that is refused is enough to refuse the host. Raises AddressRefused, and NoAnswer when it has none.
    """
    found = _literal(host) or await _resolved(host, port, resolver)
    for address in found:
        if words := why_refused(address, allowed):
            raise AddressRefused(
                f"{host} is not asked: its address {address} belongs to {words}. "
                "If that is meant, add its network to the setting OUTBOUND_NETWORKS."
            )
    return [str(address) for address in found[:MOST]]


async def _resolved(host: str, port: int, resolver: Resolver) -> list[IPAddress]:
    try:
        found = [ip_address(text) for text in dict.fromkeys(await resolver(host, port))]
    except (OSError, UnicodeError) as error:
        raise NoAnswer(f"No address is known for {host}. Check how it is written.", detail=str(error)) from error
    if not found:
        raise NoAnswer(f"No address is known for {host}. Check how it is written.")
    return found


def _literal(host: str) -> list[IPAddress]:
    try:
        return [ip_address(host)]
    except ValueError:
        return []
