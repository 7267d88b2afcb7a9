"""The drill orchestrator, for every test of the engine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.domains.orchestration.drill import registered


@pytest.fixture(autouse=True)
def drill() -> Iterator[None]:
    """Register the drill orchestrator."""
    with registered():
        yield
