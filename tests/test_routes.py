"""Every route says who may reach it, and means it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver

from domains.permissions.access import Access


def routes(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        pattern = f"{prefix}{entry.pattern}"
        if isinstance(entry, URLResolver):
            yield from routes(entry, pattern)
        else:
            yield pattern, entry


def declared(entry: URLPattern) -> bool:
    return isinstance(getattr(entry.callback, "vault_access", None), Access)


def undeclared(resolver: URLResolver) -> list[str]:
    return [pattern for pattern, entry in routes(resolver) if not declared(entry)]


def test_every_route_declares_who_may_reach_it() -> None:
    assert not undeclared(get_resolver()), (
        "these routes declare no access; write them with domains.permissions.routes.route"
    )


def test_a_route_that_declares_nothing_is_found() -> None:
    from django.urls import path

    resolver = URLResolver(get_resolver().pattern, [path("open/", lambda request: HttpResponse(), name="open")])
    assert undeclared(resolver) == ["open/"]


PLAIN = [
    pytest.param(f"/{pattern}", id=pattern)
    for pattern, entry in routes(get_resolver())
    if "<" not in pattern and "(" not in pattern and getattr(entry.callback, "vault_access", Access()).staff
]


@pytest.mark.django_db
@pytest.mark.parametrize("url", PLAIN)
def test_a_staff_route_turns_strangers_away(url: str, client: Any) -> None:
    response = client.get(url.replace("^", "").replace("$", ""))
    assert response.status_code in {302, 401, 403, 405}, response.status_code
    if response.status_code == 302:
        assert "/accounts/login/" in response["Location"]
