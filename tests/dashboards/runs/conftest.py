"""The drill orchestrators, for the pages of runs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.domains.orchestration.drill import registered
from tests.domains.orchestration.family_drill import family_registered


@pytest.fixture(autouse=True)
def drill() -> Iterator[None]:
    """Register the drill orchestrators."""
    with registered(), family_registered():
        yield
