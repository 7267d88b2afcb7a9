"""The API log moves from Trace with every row that it has."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from domains.publishing.models import APILog
from domains.publishing.service import api_log

BEFORE = [("trace", "0005_machines"), ("publishing", None)]
AT = datetime(2026, 11, 21, 14, tzinfo=UTC)


@pytest.fixture
def before(transactional_db: None) -> Iterator[Any]:
    """The tables as they were before the log moved; the applications as migrations see them then."""
    executor = MigrationExecutor(connection)
    newest = executor.loader.graph.leaf_nodes()
    executor.migrate(BEFORE)
    yield MigrationExecutor(connection).loader.project_state([("trace", "0005_machines")]).apps
    MigrationExecutor(connection).migrate(newest)


def migrate() -> None:
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


def test_no_row_is_lost_and_each_is_of_trace(before: Any) -> None:
    log = before.get_model("trace", "APILog")
    plain = {"endpoint": "features", "application": "skyflow", "outcome": "ready", "requests": 7, "seconds": 0.5}
    log.objects.bulk_create(
        log(every=every, at=AT, status=status, **plain) for every in (60, 3600) for status in (200, 304)
    )
    migrate()
    rows = APILog.objects.order_by("every", "status")
    assert [(row.service, row.every, row.status, row.requests, row.at) for row in rows] == [
        ("trace", every, status, 7, AT) for every in (60, 3600) for status in (200, 304)
    ]


def test_rows_are_added_up_and_inserted_after_the_move(before: Any) -> None:
    log = before.get_model("trace", "APILog")
    log.objects.create(every=60, at=AT, endpoint="tags", status=200, outcome="ready", requests=7)
    migrate()
    plain: dict[str, Any] = {"every": 60, "at": AT, "endpoint": "tags", "status": 200, "outcome": "ready"}
    api_log.add([APILog(service=service, requests=1, **plain) for service in ("club", "trace")])
    assert dict(APILog.objects.values_list("service", "requests")) == {"club": 1, "trace": 8}


def test_the_move_can_be_undone(before: Any) -> None:
    migrate()
    APILog.objects.create(every=60, at=AT, service="trace", endpoint="tags", status=200, outcome="ready", requests=3)
    MigrationExecutor(connection).migrate(BEFORE)
    with connection.cursor() as cursor:
        cursor.execute("SELECT endpoint, requests FROM trace_apilog")
        assert cursor.fetchall() == [("tags", 3)]
