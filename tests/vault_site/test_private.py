"""Pages of signed-in people are not for shared caches; public documents are."""

from __future__ import annotations

import pytest
from django.test import Client


@pytest.mark.parametrize("path", ["/", "/runs/", "/api/runs/", "/no/such/page/"])
def test_an_answer_to_a_session_is_private(admin_client: Client, path: str) -> None:
    assert admin_client.get(path)["Cache-Control"] == "private, no-cache"


def test_an_answer_that_speaks_of_caching_is_left_as_it_is(admin_client: Client) -> None:
    assert "no-store" in admin_client.get("/readyz")["Cache-Control"]
