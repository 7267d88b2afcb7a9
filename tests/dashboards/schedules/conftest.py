"""The drill orchestrator and a schedule of it, for the pages of schedules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from domains.orchestration import orchestrator
from tests.domains.orchestration.drill import registered

VALUES: dict[str, Any] = {
    "name": "nightly",
    "orchestrator": "drill",
    "method": "program",
    "args": {"program": []},
    "cron": "0 3 * * *",
    "time_zone": "Europe/Berlin",
}


@pytest.fixture(autouse=True)
def drill() -> Iterator[None]:
    """Register the drill orchestrator."""
    with registered():
        yield


@pytest.fixture
def nightly(db: None) -> Any:
    """A schedule every night at three, in Berlin."""
    return orchestrator.create_schedule(**VALUES)
