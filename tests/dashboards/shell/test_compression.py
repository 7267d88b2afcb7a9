"""Pages are compressed; fragments and JSON keep their bytes."""

from __future__ import annotations

import gzip

import pytest
from django.test import Client

GZIP = {"Accept-Encoding": "gzip, br"}


def test_a_page_is_compressed_for_browsers_that_accept_it(staff_client: Client) -> None:
    response = staff_client.get("/t/page/", headers=GZIP)
    assert response["Content-Encoding"] == "gzip"
    assert "<html" in gzip.decompress(response.content).decode()
    assert "Accept-Encoding" in response["Vary"]
    assert int(response["Content-Length"]) == len(response.content)
    plain = staff_client.get("/t/page/")
    assert "Content-Encoding" not in plain
    assert "Accept-Encoding" in plain["Vary"]


@pytest.mark.parametrize("path", ["/t/ready/", "/api/t/fail/conflict/"])
def test_what_has_an_etag_and_what_is_json_stays_as_it_is(db: None, path: str) -> None:
    response = Client().get(path, headers=GZIP)
    assert "Content-Encoding" not in response
    assert not response.get("ETag", "").startswith("W/")
