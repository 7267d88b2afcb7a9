"""The preview of Club's public JSON."""

from __future__ import annotations

import pytest
from django.test import Client

from domains.applications import reads as applications
from domains.orchestration.start import run_now
from tests.dashboards.club.shown import page_of, tell

pytestmark = pytest.mark.django_db
URL = "/club/preview/"


@pytest.fixture(autouse=True)
def published(tmp_path: object, settings: object) -> None:
    """Figures of two applications, published into folders of this test's own."""
    from tests.domains.club.place import make_place

    applications.forget_applications()
    make_place(tmp_path, settings)  # type: ignore[arg-type]
    tell(days=2)


def test_before_the_first_publication_it_leads_to_the_collections(staff_client: Client) -> None:
    page = page_of(staff_client, URL)
    assert "Nothing has been published yet." in page
    assert 'href="/club/collections/"' in page


def test_it_shows_what_a_stranger_gets_and_links_every_document(staff_client: Client) -> None:
    run_now("club", "publish")
    page = page_of(staff_client, f"{URL}?address=/club/public/skyflow/hero-metrics/&method=GET")
    assert ">200</span>" in page
    assert "&quot;metric&quot;: &quot;members&quot;" in page
    assert "Set-Cookie" not in page
    assert "address=/club/public/skyflow/features/&amp;method=GET" in page


def test_it_asks_for_nothing_but_public_json_of_club(staff_client: Client) -> None:
    for address in ("/trace/public/features/", "/admin/", "https://example.org/club/public/"):
        page = page_of(staff_client, f"{URL}?address={address}&method=GET", 422)
        assert "Enter an address that begins with /club/public/." in page
