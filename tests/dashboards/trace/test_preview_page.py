"""The preview as a public reader: what is asked, what comes back, and what cannot be asked."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.domains.trace.place import Place
from tests.domains.trace.workspaces import feature, workspace

pytestmark = pytest.mark.django_db
URL = "/trace/preview/"


def page(client: Client, status: int = 200, **asked: str) -> str:
    answer = client.get(URL, asked)
    assert answer.status_code == status
    return str(answer.content.decode())


@pytest.fixture
def published(place: Place) -> Place:
    """Three features, published."""
    place.export()
    return place


def test_it_shows_status_headers_and_body_as_a_stranger_gets_them(published: Place, staff_client: Client) -> None:
    shown = page(staff_client, address="/trace/public/skyflow/features/", method="GET")
    stranger = Client().get("/trace/public/skyflow/features/")
    assert '<span class="tag ok">200</span>' in shown
    assert stranger["ETag"].replace('"', "&quot;") in shown
    assert "Access-Control-Allow-Origin" in shown
    assert "Set-Cookie" not in shown
    assert "&quot;name&quot;: &quot;Flow builder&quot;" in shown
    assert "Connector kit" not in shown  # that is not Skyflow's


@pytest.mark.parametrize(("encoding", "coding"), [("", ""), ("gzip", "gzip"), ("br", "br"), ("br, gzip", "br")])
def test_a_compressed_body_is_shown_in_plain(
    published: Place, staff_client: Client, encoding: str, coding: str
) -> None:
    shown = page(staff_client, address="/trace/public/features/", method="GET", encoding=encoding)
    assert "Live boards" in shown
    assert ("Content-Encoding" in shown) is bool(coding)


def test_an_etag_gives_304_and_head_gives_no_body(published: Place, staff_client: Client) -> None:
    etag = Client().get("/trace/public/features/")["ETag"]
    assert ">304</span>" in page(staff_client, address="/trace/public/features/", method="GET", etag=etag)
    shown = page(staff_client, address="/trace/public/features/", method="HEAD")
    assert ">200</span>" in shown
    assert "No body." in shown


def test_parameters_and_faults_come_as_readers_get_them(published: Place, staff_client: Client) -> None:
    one = page(staff_client, address="/trace/public/features/?fields=id,name&page_size=1&sort=-name", method="GET")
    assert "Live boards" in one
    assert "Connector kit" not in one
    for address, status in (
        ("/trace/public/features/?nonsense=1", 400),
        ("/trace/public/nobody/features/", 404),
        ("/trace/public/features/nothing/", 404),
        ("/trace/public/what/is/this/", 404),
    ):
        shown = page(staff_client, address=address, method="GET")
        assert f">{status}</span>" in shown, address
        assert "application/problem+json" in shown


@pytest.mark.parametrize(
    "address",
    ["/admin/", "https://far.example/trace/public/features/", "//far.example/trace/public/", "javascript:alert(1)", ""],
)
def test_nothing_but_public_addresses_can_be_asked(published: Place, staff_client: Client, address: str) -> None:
    shown = page(staff_client, status=422, address=address, method="GET")
    assert 'class="fault"' in shown
    assert 'id="answer"' not in shown


def test_a_path_that_climbs_out_leads_nowhere(published: Place, staff_client: Client) -> None:
    shown = page(staff_client, address="/trace/public/../../admin/", method="GET")
    assert ">404</span>" in shown
    assert "csrfmiddlewaretoken" not in shown.split('id="answer"')[1]


def test_markup_in_a_body_is_inert(place: Place, staff_client: Client) -> None:
    place.save(workspace(feature("<script>alert(1)</script>")))
    place.export()
    shown = page(staff_client, address="/trace/public/features/", method="GET")
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert" in shown


def test_a_preview_leaves_its_viewer_signed_in(published: Place, staff_client: Client) -> None:
    page(staff_client, address="/trace/public/features/", method="GET")
    assert staff_client.get("/trace/features/").status_code == 200


def test_each_state_says_what_it_is(place: Place, staff_client: Client) -> None:
    assert "Nothing has been published yet." in page(staff_client)
    assert ">503</span>" in page(staff_client, address="/trace/public/features/", method="GET")
    answer = Client().get(URL)
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/accounts/login/")
    place.export()
    assert '<a href="?address=/trace/public/skyflow/matrix/&amp;method=GET">matrix</a>' in page(staff_client)
