"""Who reaches the pages of Trace: staff only, whatever the page."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from dashboards.trace.urls import urlpatterns
from domains.trace import reads
from tests.domains.trace.place import Place

pytestmark = pytest.mark.django_db
VALUES = {"slug": "live-boards", "name": "0" * 16, "deed": "check", "window": "hour", "kind": "features"}
VALUES["page_id"] = "0" * 32


def addresses() -> list[str]:
    """Every address of Trace's pages, with something for what stands in it."""
    return [
        reverse(pattern.name, kwargs={name: VALUES[name] for name in pattern.pattern.regex.groupindex})
        for pattern in urlpatterns
        if pattern.name
    ]


def test_there_are_addresses_to_test() -> None:
    assert len(addresses()) >= 23


@pytest.mark.parametrize("method", ["get", "post"])
def test_strangers_are_sent_to_the_login_and_customers_are_refused(place: Place, method: str) -> None:
    customer = Client()
    customer.force_login(get_user_model().objects.create_user("customer"))
    for address in addresses():
        answer = getattr(Client(), method)(address)
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/accounts/login/"), address
        refused = getattr(customer, method)(address)
        assert refused.status_code == 403, address
        assert "There is nothing here" not in refused.content.decode()


def test_a_fault_of_the_database_is_said_without_its_cause(
    place: Place, staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object) -> None:
        raise OperationalError("password authentication failed for user secret")

    client = Client(raise_request_exception=False)
    client.force_login(staff)
    for name in ("feature_list", "kind_list", "entry_detail", "matrix_columns", "publication_list"):
        monkeypatch.setattr(reads, name, fail)
    for name in ("features", "gateways", "features/live-boards", "matrix", "snapshots", "exports"):
        answer = client.get(f"/trace/{name}/")
        assert answer.status_code == 503, name
        assert "The database is busy or does not answer." in answer.content.decode()
        assert "secret" not in answer.content.decode()
