"""A place to export from and to, for each test its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.domains.trace.place import Place, make_place


@pytest.fixture
def place(db: None, tmp_path: Path, settings: Any) -> Place:
    """Folders, a sound workspace and the demo applications."""
    return make_place(tmp_path, settings)
