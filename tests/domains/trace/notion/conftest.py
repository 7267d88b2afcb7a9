"""An emulated Notion for each test, and a client that does not dawdle."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from domains.trace.notion import retry
from domains.trace.notion.api import NotionApi
from tests.emulators.notion import NotionEmulator, Workspace, make_workspace

OLDEST_FIRST = [{"timestamp": "last_edited_time", "direction": "ascending"}]
MakeApi = Callable[..., NotionApi]


@pytest.fixture(scope="module")
def made() -> Callable[[], Workspace]:
    """Makes the workspace of these tests: 230 features."""
    return lambda: make_workspace(230)


@pytest.fixture
def workspace(made: Callable[[], Workspace]) -> Workspace:
    """A workspace of the test's own."""
    return made()


@pytest.fixture
def notion(workspace: Workspace) -> Iterator[NotionEmulator]:
    """Notion on this machine."""
    with NotionEmulator(workspace) as emulator:
        yield emulator


@pytest.fixture
def make_api(notion: NotionEmulator, db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeApi]:
    """Makes clients of the emulator that wait for hundredths of seconds where others wait for seconds."""
    monkeypatch.setattr(retry, "FIRST_S", 0.01)
    made: list[NotionApi] = []

    def make(**options: Any) -> NotionApi:
        chosen: dict[str, Any] = {"api_url": notion.url, "rate": 1000.0} | options
        api = NotionApi(notion.token, **chosen)
        made.append(api)
        return api

    yield make
    for api in made:
        api.close()


@pytest.fixture
def api(make_api: MakeApi) -> NotionApi:
    """A client of the emulator."""
    return make_api()


def all_rows(api: NotionApi, source: str, **options: Any) -> list[dict[str, Any]]:
    """Every row of a query."""
    return [row for batch in api.query(source, sorts=OLDEST_FIRST, **options) for row in batch]
