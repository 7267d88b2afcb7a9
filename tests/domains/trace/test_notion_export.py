"""An export from Notion is complete and equal to what Notion holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.domains.trace.notion_place import NotionPlace, notion_place
from tests.emulators.notion import make_workspace

pytestmark = pytest.mark.django_db


@pytest.fixture
def there(db: None, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[NotionPlace]:
    """A Notion with 130 features."""
    with notion_place(make_workspace(130), tmp_path, settings, monkeypatch) as found:
        yield found


def test_a_full_export_is_what_notion_holds(there: NotionPlace) -> None:
    result = there.export()
    assert result["changed"] is True
    assert result["counts"]["features"] == 130
    there.check()


def test_an_unchanged_incremental_export_is_eight_requests(there: NotionPlace) -> None:
    there.export()
    assert there.export()["changed"] is False
    assert len(there.notion.requests) == 8
