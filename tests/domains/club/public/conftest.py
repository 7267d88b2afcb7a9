"""What the tests of Club's publication start from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.domains.club.public.place import Place, fill, make_place


@pytest.fixture
def place(db: None, tmp_path: Path, settings: Any) -> Place:
    """Folders of this test, the demo applications, and nothing published."""
    return make_place(tmp_path, settings)


@pytest.fixture
def filled(place: Place) -> Place:
    """Figures of Skyflow, published."""
    fill()
    place.publish()
    return place
