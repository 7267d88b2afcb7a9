"""Asking addresses that people have entered."""

from __future__ import annotations

import asyncio
import gzip
import time
from collections.abc import Iterator, Sequence
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from domains.base.errors import ValidationFailed
from domains.base.outbound.client import Bounds, OutboundAnswer, OutboundClient, checked_url
from domains.base.outbound.errors import AddressRefused, NoAnswer, Unusable
from domains.base.outbound.resolve import Resolver
from tests.domains.base.outbound.certificates import certificate_for
from tests.emulators.json_api import JsonApi

HERE = [ip_network("127.0.0.0/8")]
SECRETS = {"Authorization": "Bearer s3cret", "Api-Key": "s3cret", "X-Own": "s3cret", "Accept": "application/json"}


CUT = gzip.compress(b'{"a": 1}' * 100, mtime=0)[:-8]


class Names:
    """A resolver with answers of its own, one after the other; the last one stays."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers, self.asked = list(answers), 0

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
def api() -> Iterator[JsonApi]:
    with JsonApi() as emulator:
        yield emulator


def send(url: str, *, method: str = "GET", allowed: Any = HERE, times: int = 1, **options: Any) -> OutboundAnswer:
    """Ask by a client of its own."""
    named = {name: options.pop(name) for name in ("resolver", "bounds", "tls") if name in options}

    async def asked() -> OutboundAnswer:
        async with OutboundClient(allowed, **named) as client:
            for _ in range(times - 1):
                await client.send(method, url, **options)
            return await client.send(method, url, **options)

    return asyncio.run(asked())


def named(api: JsonApi, host: str) -> str:
    return f"http://{host}:{api.port}"


def test_an_answer_comes_whole_and_unpacked(api: JsonApi) -> None:
    answer = send(f"{api.url}/stats")
    assert (answer.status, answer.body[:9]) == (200, b'{"stats":')
    assert answer.headers["content-encoding"] == "gzip"


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "2130706433", "127.1", "0x7f.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0", "[::]"],
)
def test_this_machine_is_refused_however_it_is_written(host: str, api: JsonApi) -> None:
    with pytest.raises(AddressRefused, match="this machine itself"):
        send(named(api, host), allowed=[])
    assert api.requests == []


@pytest.mark.parametrize(
    "address",
    ["10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254", "[fd00:ec2::254]", "[fe80::1]", "100.100.100.200"],
)
def test_private_link_local_and_metadata_addresses_are_refused(address: str) -> None:
    with pytest.raises(AddressRefused, match="OUTBOUND_NETWORKS"):
        send(f"http://{address}/latest/meta-data/")


@pytest.mark.parametrize("answers", [["10.0.0.1"], ["93.184.216.34", "10.0.0.1"], ["::ffff:169.254.169.254"]])
def test_a_name_is_refused_when_one_of_its_addresses_is(answers: list[str]) -> None:
    with pytest.raises(AddressRefused):
        send("http://shop.example/", resolver=Names(answers))


def test_the_address_that_was_checked_is_the_one_that_is_asked(api: JsonApi) -> None:
    """The name means nothing to this machine's own resolver: who asked it again would not find it."""
    names = Names(["127.0.0.1"], ["169.254.169.254"])
    answer = send(f"{named(api, 'rebind.example')}/headers", resolver=names, times=3)
    assert names.asked == 1
    assert b'"host": "rebind.example' in answer.body
    assert len(api.requests) == 3


def test_dns_that_changes_after_the_connection_broke_changes_nothing(api: JsonApi) -> None:
    names = Names(["127.0.0.1"], ["10.0.0.1"])
    api.faults.add("reset", after=1)

    async def asked() -> int:
        async with OutboundClient(HERE, resolver=names) as client:
            await client.send("GET", f"{named(api, 'rebind.example')}/stats")
            with pytest.raises(NoAnswer):
                await client.send("GET", f"{named(api, 'rebind.example')}/stats")
            return (await client.send("GET", f"{named(api, 'rebind.example')}/stats")).status

    assert asyncio.run(asked()) == 200
    assert names.asked == 1


def test_a_client_that_comes_later_checks_anew(api: JsonApi) -> None:
    names = Names(["127.0.0.1"], ["10.0.0.1"])
    assert send(f"{named(api, 'rebind.example')}/stats", resolver=names).status == 200
    with pytest.raises(AddressRefused):
        send(f"{named(api, 'rebind.example')}/stats", resolver=names)


def test_the_next_address_is_tried_when_one_does_not_answer(api: JsonApi) -> None:
    answer = send(f"{named(api, 'two.example')}/stats", resolver=Names(["127.9.9.9", "127.0.0.1"]))
    assert answer.status == 200


def test_a_name_that_nobody_knows_is_said_in_words() -> None:
    with pytest.raises(NoAnswer, match=r"No address is known for nowhere\.invalid"):
        send("http://nowhere.invalid/")


@pytest.mark.parametrize(
    "target",
    [
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/",
        "//192.168.0.1/x",
        "http://[::1]:9/",
        "http://inside.example/",
    ],
)
def test_a_redirect_to_a_private_address_is_refused(target: str, api: JsonApi) -> None:
    async def resolver(host: str, port: int) -> Sequence[str]:
        return ["10.1.1.1"] if host == "inside.example" else ["127.0.0.1"]

    api.faults.add("redirect", location=target)
    with pytest.raises(AddressRefused):
        send(f"{api.url}/stats", resolver=resolver)


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://a.example/", "gopher://127.0.0.1/"])
def test_a_redirect_to_something_else_than_http_is_refused(target: str, api: JsonApi) -> None:
    api.faults.add("redirect", location=target)
    with pytest.raises((AddressRefused, Unusable)):
        send(f"{api.url}/stats")


def test_credentials_stay_behind_when_a_redirect_leads_elsewhere(api: JsonApi) -> None:
    with JsonApi() as other:
        api.faults.add("redirect", location=f"{other.url}/headers")
        answer = send(f"{api.url}/stats", headers=SECRETS)
    assert answer.url == f"{other.url}/headers"
    assert b"s3cret" not in answer.body
    assert b"s3cret" in str(api.requests[0].headers).encode()


def test_a_redirect_on_the_same_host_takes_everything_along(api: JsonApi) -> None:
    api.faults.add("redirect", location="/headers")
    assert b"Bearer s3cret" in send(f"{api.url}/stats", headers=SECRETS).body


def test_credentials_that_were_left_behind_do_not_come_back(api: JsonApi) -> None:
    with JsonApi() as other:
        api.faults.add("redirect", match="/stats", location=f"{other.url}/x")
        other.faults.add("redirect", location=f"{api.url}/headers")
        assert b"s3cret" not in send(f"{api.url}/stats", headers=SECRETS).body


def test_redirects_end_after_five(api: JsonApi) -> None:
    api.faults.add("redirect", location="/stats", times=5)
    assert send(f"{api.url}/stats").status == 200
    api.faults.add("redirect", location="/stats", times=6)
    with pytest.raises(Unusable, match="again and again"):
        send(f"{api.url}/stats")


def test_a_post_is_not_sent_on(api: JsonApi) -> None:
    with JsonApi() as other:
        api.faults.add("redirect", location=f"{other.url}/graphql")
        with pytest.raises(Unusable, match=r"has moved to 127\.0\.0\.1/graphql"):
            send(f"{api.url}/graphql", method="POST", content=b"{}")
        assert other.requests == []


def test_no_cookie_is_kept(api: JsonApi) -> None:
    api.faults.add("200", headers={"Set-Cookie": "session=1; Path=/"})
    assert b"cookie" not in send(f"{api.url}/headers", times=2).body


def test_the_environment_has_no_say(api: JsonApi, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login ada password s3cret\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert b"authorization" not in send(f"{api.url}/headers").body


@pytest.mark.parametrize("secret", ["“quoted”", "two\nlines", "x\r\nHost: other.example", "\x00"])
def test_a_secret_that_cannot_be_sent_is_not_sent(secret: str, api: JsonApi) -> None:
    with pytest.raises(ValidationFailed, match="Enter the secret again") as caught:
        send(f"{api.url}/stats", headers={"authorization": secret})
    assert secret not in caught.value.message
    assert api.requests == []


def test_a_gzip_bomb_is_defused(api: JsonApi) -> None:
    api.faults.add("bomb")
    with pytest.raises(Unusable, match="more than 1 MB"):
        send(f"{api.url}/stats", bounds=Bounds(max_bytes=1_000_000))


def test_an_endless_answer_is_cut_off(api: JsonApi) -> None:
    api.faults.add("endless")
    with pytest.raises(Unusable, match="more than 2 MB"):
        send(f"{api.url}/stats", bounds=Bounds(max_bytes=2_000_000))


@pytest.mark.parametrize("encoding", ["br", "zstd", "deflate, gzip"])
def test_an_encoding_that_was_not_asked_for_is_refused(encoding: str, api: JsonApi) -> None:
    api.faults.add("body", body=b"\x0b\x00", headers={"Content-Encoding": encoding})
    with pytest.raises(Unusable, match="did not ask for"):
        send(f"{api.url}/stats")


@pytest.mark.parametrize(
    "body", [b"no gzip", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xff\xff", CUT], ids=["none", "broken", "cut"]
)
def test_broken_gzip_is_an_error(body: bytes, api: JsonApi) -> None:
    api.faults.add("body", body=body, headers={"Content-Encoding": "gzip"})
    with pytest.raises((Unusable, NoAnswer)):
        send(f"{api.url}/stats")


@pytest.mark.parametrize("kind", ["reset", "cut"])
def test_a_broken_answer_is_no_answer(kind: str, api: JsonApi) -> None:
    api.faults.add(kind)
    with pytest.raises(NoAnswer):
        send(f"{api.url}/all")


@pytest.mark.parametrize("kind", ["hang", "trickle"])
def test_a_slow_answer_ends_with_its_time(kind: str, api: JsonApi) -> None:
    api.faults.add(kind, seconds=0.05 if kind == "trickle" else 30)
    began = time.monotonic()
    with pytest.raises(NoAnswer, match=r"did not answer within 0\.4 s"):
        send(f"{api.url}/all", within_s=0.4)
    assert time.monotonic() - began < 5


def test_a_port_where_nobody_listens_is_no_answer() -> None:
    with pytest.raises(NoAnswer, match=r"127\.0\.0\.1:9 could not be reached"):
        send("http://127.0.0.1:9/")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "forum.example",
        "ftp://a.example/",
        "javascript:alert(1)",
        "http://",
        "http://a.example:99999/",
        "http://a b/",
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        checked_url(url)


def test_an_address_with_a_password_is_refused_without_repeating_it() -> None:
    with pytest.raises(AddressRefused) as caught:
        checked_url("https://ada:s3cret@a.example/")
    assert "s3cret" not in caught.value.message + caught.value.detail


class TestTls:
    """A server that proves to be shop.example, on this machine."""

    @pytest.fixture
    def shop(self, tmp_path: Path) -> Iterator[tuple[JsonApi, Any]]:
        server, client = certificate_for("shop.example", tmp_path)
        emulator = JsonApi()
        emulator.server.socket = server.wrap_socket(emulator.server.socket, server_side=True)
        with emulator:
            yield emulator, client

    @staticmethod
    def ask(shop: tuple[JsonApi, Any], host: str, *, trusted: bool = True) -> OutboundAnswer:
        here: Resolver = Names(["127.0.0.1"])
        return send(f"https://{host}:{shop[0].port}/headers", resolver=here, **({"tls": shop[1]} if trusted else {}))

    def test_the_certificate_is_that_of_the_name(self, shop: tuple[JsonApi, Any]) -> None:
        assert self.ask(shop, "shop.example").status == 200

    def test_the_certificate_of_another_name_is_refused(self, shop: tuple[JsonApi, Any]) -> None:
        with pytest.raises(Unusable, match="did not prove who it is"):
            self.ask(shop, "bank.example")
        assert shop[0].requests == []

    def test_a_certificate_that_nobody_vouches_for_is_refused(self, shop: tuple[JsonApi, Any]) -> None:
        with pytest.raises(Unusable, match="did not prove who it is"):
            self.ask(shop, "shop.example", trusted=False)

    def test_a_redirect_from_https_to_http_is_refused(self, shop: tuple[JsonApi, Any], api: JsonApi) -> None:
        shop[0].faults.add("redirect", location=f"{api.url}/stats")
        with pytest.raises(AddressRefused, match="from https to http"):
            self.ask(shop, "shop.example")
        assert api.requests == []
