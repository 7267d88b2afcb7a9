"""What the API log calls requests that Django has answered."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client

from domains.extensions import registry
from domains.publishing import api_log
from domains.trace.public.front import TraceFront
from tests.domains.trace.place import Place

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_noted() -> Iterator[None]:
    """Neither what another test noted, nor what this one leaves."""
    api_log._noted.clear()
    yield
    api_log._noted.clear()


def noted() -> list[tuple[str, str, int, str]]:
    """Endpoint, application, status and outcome of each request."""
    return [(endpoint, app, status, outcome) for _, _, endpoint, app, status, outcome, _ in api_log._noted]


def test_requests_are_noted_by_endpoint_application_and_status(place: Place, client: Client) -> None:
    place.export()
    for address in ("skyflow/features/?page_size=1", "tags/?sort=name", "skyflow/features/nothing/", "what/"):
        client.get(f"/trace/public/{address}")
    assert noted() == [
        ("features", "skyflow", 200, "computed"),
        ("tags", "", 200, "computed"),
        ("feature", "skyflow", 404, "refused"),
        ("other", "", 404, "refused"),
    ]


def test_invented_applications_share_one_name(place: Place, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    front = next(front for front in registry.fronts() if isinstance(front, TraceFront))
    monkeypatch.setattr(front, "active", frozenset(["", "skyflow"]))
    for number in range(3):
        client.get(f"/trace/public/invented-{number}/features/")
    client.get("/trace/public/skyflow/features/")
    assert set(noted()[:3]) == {("features", "unknown", 404, "refused")}
    assert noted()[3][1] == "skyflow"
