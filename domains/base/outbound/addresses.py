"""Which IP addresses Vault may ask: those of the public internet, and those in networks that a setting names. Pure.

After the IANA registries of special-purpose addresses for IPv4 and IPv6. An address that carries another one is judged
by what it carries (IPv4-mapped, NAT64), or refused (6to4, Teredo), since a tunnel's end is not ours to see.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

IPAddress = IPv4Address | IPv6Address
IPNetwork = IPv4Network | IPv6Network

THIS_MACHINE, PRIVATE, TUNNEL = "this machine itself", "a private network", "a tunnel to another network"
LINK_LOCAL = "a link-local network, where clouds keep their metadata"
METADATA, MULTICAST, RESERVED = "a cloud's own service", "a multicast group", "a range without public servers"
REFUSED = [
    (ip_network(network), words)
    for words, networks in {
        THIS_MACHINE: "0.0.0.0/8 127.0.0.0/8 ::/128 ::1/128",
        PRIVATE: "10.0.0.0/8 100.64.0.0/10 172.16.0.0/12 192.168.0.0/16 fc00::/7 fec0::/10 64:ff9b:1::/48",
        LINK_LOCAL: "169.254.0.0/16 fe80::/10",
        METADATA: "168.63.129.16/32",
        MULTICAST: "224.0.0.0/4 ff00::/8",
        TUNNEL: "192.88.99.0/24 2001::/32 2002::/16",
        RESERVED: "192.0.0.0/24 192.0.2.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 240.0.0.0/4 "
        "2001::/23 2001:db8::/32 3fff::/20",
    }.items()
    for network in networks.split()
]
PUBLIC_IPV6 = ip_network("2000::/3")
NAT64 = ip_network("64:ff9b::/96")


def why_refused(address: IPAddress, allowed: Iterable[IPNetwork] = ()) -> str:
    """What the address belongs to that keeps Vault from asking it, "" when it may be asked."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if any(address in network for network in allowed):
        return ""
    if address in NAT64:
        return why_refused(IPv4Address(int(address) & 0xFFFFFFFF))
    if words := next((words for network, words in REFUSED if address in network), ""):
        return words
    return RESERVED if isinstance(address, IPv6Address) and address not in PUBLIC_IPV6 else ""
