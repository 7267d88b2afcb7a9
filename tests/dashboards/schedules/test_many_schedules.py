"""Many schedules at once: what is done, said and asked of the database stays bounded."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dashboards.schedules import bulk, pages
from domains.audit.reads import event_list
from domains.orchestration import orchestrator
from domains.orchestration.models import Schedule

pytestmark = pytest.mark.django_db


def broken(count: int) -> None:
    """Schedules of an orchestrator that is gone, so that none can be let go on."""
    Schedule.objects.bulk_create(
        Schedule(name=f"old {n}", cron="0 3 * * *", orchestrator="gone", method="by", paused=True) for n in range(count)
    )


def test_of_many_that_cannot_be_steered_a_few_are_named(admin_client: Client) -> None:
    broken(6)
    chosen = {"_action": "unpause", "_all": "1"}
    page = admin_client.post("/schedules/?q=old", chosen, follow=True).content.decode()
    assert "old 2: There is no orchestrator" in page
    assert "old 3: There is no orchestrator" not in page
    assert "And 3 more could not be." in page


def test_more_than_can_be_steered_in_one_request_are_left_and_said_so(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "MOST", 2)
    broken(5)
    Schedule.objects.filter(name__startswith="old").update(paused=False)
    page = admin_client.post("/schedules/?q=old", {"_action": "pause", "_all": "1"}, follow=True).content.decode()
    assert "Paused: 2." in page
    assert "choose again for the other 3" in page
    assert Schedule.objects.filter(name__startswith="old", paused=True).count() == 2


def test_the_link_of_a_change_reads_one_schedule_not_all(nightly: Any) -> None:
    broken(50)
    event = event_list().get(object_id=str(nightly.uuid))
    with CaptureQueriesContext(connection) as asked:
        assert pages._href(event) == f"/schedules/{nightly.uuid}/"
    assert len(asked) == 1
    assert " LIMIT 1" in asked[0]["sql"]
    orchestrator.delete_schedule(nightly.uuid)
    assert pages._href(event) == ""
