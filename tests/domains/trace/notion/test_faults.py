"""Whatever goes wrong with a request for a while, the answer is complete in the end."""

from __future__ import annotations

from typing import Any

import pytest

from domains.base.errors import UpstreamFailed
from domains.trace.notion.api import NotionApi
from domains.trace.notion.errors import NotionRefused, NotShared, TokenRefused
from domains.trace.notion.retry import Patience
from tests.domains.trace.notion.conftest import MakeApi, all_rows
from tests.emulators.notion import NotionEmulator, data_source_id, database_id

FEATURES = data_source_id("features")
PASSING = ["429", "500", "502", "503", "504", "409", "529", "reset", "cut", "empty", "broken"]


@pytest.mark.parametrize("kind", PASSING)
def test_a_query_survives(kind: str, notion: NotionEmulator, api: NotionApi) -> None:
    notion.faults.add(kind, after=1, times=3, match="POST .*/query")
    rows = all_rows(api, FEATURES)
    assert {row["id"].replace("-", "") for row in rows} == set(notion.truth["features"])
    assert len(rows) == 230
    assert api.requests == len(notion.requests) >= 6


@pytest.mark.parametrize("kind", PASSING)
def test_a_read_survives(kind: str, notion: NotionEmulator, api: NotionApi) -> None:
    notion.faults.add(kind, times=3, match="GET /v1/databases")
    assert api.database(database_id("features"))["data_sources"] == [{"id": FEATURES, "name": "Features"}]
    assert api.requests == 4


@pytest.mark.parametrize("match", ["GET /v1/data_sources/", "POST .*/query"])
def test_an_answer_that_does_not_come_is_asked_for_again(match: str, notion: NotionEmulator, make_api: MakeApi) -> None:
    api = make_api(timeout_s=2)
    notion.faults.add("hang", match=match)
    assert api.data_source(FEATURES)["object"] == "data_source"
    assert len(all_rows(api, FEATURES)) == 230


def test_an_answer_that_trickles_is_cut_off(notion: NotionEmulator, make_api: MakeApi) -> None:
    from domains.trace.notion.client import make_client

    api = make_api()
    api.client = make_client(notion.token, notion.url, timeout_s=30, whole_s=1.0)
    notion.faults.add("trickle", match="GET /v1/data_sources/", seconds=0.005)
    assert api.data_source(FEATURES)["object"] == "data_source"
    assert api.requests > 1


@pytest.mark.parametrize(
    "body", ["null", "[]", '"text"', "{}", '{"object": "list"}', '{"object": "list", "results": 7}']
)
def test_json_that_is_not_notions_is_a_broken_answer(body: str, notion: NotionEmulator, api: NotionApi) -> None:
    notion.faults.add("body", body=body.encode())
    assert len(all_rows(api, FEATURES)) == 230
    assert api.requests == 4


REFUSED: list[Any] = [
    ("401", TokenRefused, "token"),
    ("403", NotShared, "may read"),
    ("404", NotShared, "may read"),
    ("400", NotionRefused, "validation_error"),
]


@pytest.mark.parametrize(("kind", "error", "words"), REFUSED)
def test_what_would_be_refused_again_is_asked_once(
    kind: str, error: type[NotionRefused], words: str, notion: NotionEmulator, api: NotionApi
) -> None:
    notion.faults.add(kind, times=None)
    with pytest.raises(error, match=words) as caught:
        all_rows(api, FEATURES)
    assert not caught.value.retryable
    assert api.requests == 1


@pytest.mark.parametrize("kind", PASSING)
def test_notion_is_not_asked_for_ever(kind: str, notion: NotionEmulator, make_api: MakeApi) -> None:
    api = make_api(patience=Patience(failures=3, refusals=3))
    notion.faults.add(kind, times=None)
    with pytest.raises(UpstreamFailed, match="again and again") as caught:
        all_rows(api, FEATURES)
    assert caught.value.retryable
    assert api.requests == 3


def test_refusals_that_say_when_to_come_back_do_not_use_up_the_patience_for_failures(
    notion: NotionEmulator, make_api: MakeApi
) -> None:
    api = make_api(patience=Patience(failures=2, refusals=10))
    notion.faults.add("429", times=6, retry_after="0")
    notion.faults.add("503", times=1)
    assert len(all_rows(api, FEATURES)) == 230
    assert api.requests == 10


def test_the_token_is_in_no_error_and_no_log(
    notion: NotionEmulator, make_api: MakeApi, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    api = make_api(patience=Patience(failures=2, refusals=2))
    notion.faults.add("500", times=None, match="users/me")
    with pytest.raises(UpstreamFailed) as caught:
        api.me()
    said = f"{caught.value} {caught.value.detail} {caught.value.__cause__!r} {caplog.text}"
    assert notion.token not in said


def test_a_server_that_is_not_there_is_an_upstream_failure(make_api: MakeApi) -> None:
    api = make_api(api_url="http://127.0.0.1:9", patience=Patience(failures=2, refusals=2))
    with pytest.raises(UpstreamFailed, match="connection to Notion broke"):
        api.me()
