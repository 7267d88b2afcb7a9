"""Which addresses Vault asks."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from domains.base.outbound.addresses import why_refused

PRIVATE = """0.0.0.0 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 127.0.0.1 127.255.255.254 168.63.129.16
169.254.0.1 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.192 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1
198.51.100.1 203.0.113.9 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255"""
PRIVATE_V6 = """:: ::1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:169.254.169.254 ::ffff:10.1.2.3 64:ff9b::127.0.0.1
64:ff9b::a9fe:a9fe 64:ff9b:1::1 100::1 2001::1 2001:db8::1 2001:0:4136:e378:8000:63bf:3fff:fdd2
2002:7f00:1:: 2002:c0a8:101::1 3fff::1 5f00::1 fc00::1 fd00:ec2::254 fe80::1 fe80::1%eth0 fec0::1 ff02::1"""
PUBLIC = """1.1.1.1 9.9.9.9 93.184.216.34 100.63.255.255 100.128.0.1 172.15.0.1 172.32.0.1
192.167.255.255 223.255.255.255 2606:4700:4700::1111 2a00:1450:4001::1 ::ffff:1.1.1.1 64:ff9b::1.1.1.1"""


@pytest.mark.parametrize("text", [*PRIVATE.split(), *PRIVATE_V6.split()])
def test_what_is_not_public_is_refused_in_words(text: str) -> None:
    assert why_refused(ip_address(text))


@pytest.mark.parametrize("text", PUBLIC.split())
def test_what_is_public_may_be_asked(text: str) -> None:
    assert why_refused(ip_address(text)) == ""


def test_a_network_that_is_named_may_be_asked_and_no_other() -> None:
    allowed = [ip_network("10.1.0.0/16"), ip_network("::1/128")]
    assert why_refused(ip_address("10.1.2.3"), allowed) == ""
    assert why_refused(ip_address("::ffff:10.1.2.3"), allowed) == ""
    assert why_refused(ip_address("::1"), allowed) == ""
    assert why_refused(ip_address("10.2.0.1"), allowed) == "a private network"
    assert why_refused(ip_address("127.0.0.1"), allowed) == "this machine itself"


def test_a_translated_address_of_an_allowed_network_is_still_refused() -> None:
    """What NAT64 leads to is the translator's network of that number, not ours."""
    assert why_refused(ip_address("64:ff9b::10.1.2.3"), [ip_network("10.1.0.0/16")])


def test_the_metadata_of_clouds_is_named_as_such() -> None:
    assert "metadata" in why_refused(ip_address("169.254.169.254"))
