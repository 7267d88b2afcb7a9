"""What readers of Club get, and what they are told when there is nothing for them."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta
from typing import Any

import brotli
import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from domains.club.models import Feature, FeaturePoint, HeroPoint
from domains.club.public.base import BaseClubAPIView
from domains.club.published import library, store
from domains.orchestration.start import run_now
from domains.publishing import rate
from tests.domains.club.figures import DAY
from tests.domains.club.public.place import PREFIX, Place, fill

pytestmark = pytest.mark.django_db
PATHS = (
    "hero-metrics/", "features/", "index/", "history/", "help/most-present/", "skyflow/hero-metrics/",
    "skyflow/features/", "skyflow/index/", "skyflow/history/", "skyflow/help/most-present/",
)  # fmt: skip
DATED = ("skyflow/hero-metrics/2026-03-05/", "help/most-present/2026-03-05/")


@pytest.fixture(autouse=True)
def full_quota(monkeypatch: pytest.MonkeyPatch) -> None:
    """A quota that no other test has used."""
    monkeypatch.setattr(rate, "quotas", rate.Quotas())


def ask(path: str, **headers: str) -> Any:
    return Client(raise_request_exception=False).get(f"{PREFIX}{path}", headers=headers)


@pytest.mark.parametrize("path", (*PATHS, *DATED))
def test_every_address_answers_with_its_envelope(filled: Place, path: str) -> None:
    answer = ask(path)
    meta = answer.json()["meta"]
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert meta["endpoint"] == f"{PREFIX}{path}"
    assert meta["application"] == ("skyflow" if path.startswith("skyflow") else None)
    assert meta["snapshot"] == answer["X-Vault-Snapshot"]
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert "Set-Cookie" not in answer
    assert "Cookie" not in answer["Vary"]


@pytest.mark.parametrize("path", (*PATHS, *DATED))
def test_a_reader_who_has_it_gets_304(filled: Place, path: str) -> None:
    first = ask(path)
    assert ask(path, if_none_match=first["ETag"]).status_code == 304
    assert ask(path, if_modified_since=first["Last-Modified"]).status_code == 304
    assert ask(path, if_none_match='"another"').status_code == 200


def test_documents_come_compressed(filled: Place) -> None:
    plain = ask("skyflow/features/")
    zipped, smaller = ask("skyflow/features/", accept_encoding="gzip"), ask("skyflow/features/", accept_encoding="br")
    assert gzip.decompress(zipped.content) == brotli.decompress(smaller.content) == plain.content
    assert len({plain["ETag"], zipped["ETag"], smaller["ETag"]}) == 3


def test_head_and_options_and_no_other_method(filled: Place) -> None:
    client, address = Client(), f"{PREFIX}features/"
    assert (client.head(address).status_code, client.head(address).content) == (200, b"")
    assert client.options(address)["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
    assert client.post(address).status_code == 405


def test_all_documents_are_of_one_snapshot(filled: Place) -> None:
    assert len({ask(path)["X-Vault-Snapshot"] for path in PATHS}) == 1


@pytest.mark.parametrize("path", ["orbit/features/", "orbit/help/most-present/", "orbit/hero-metrics/2026-03-05/"])
def test_an_unknown_application_is_a_404_that_names_those_there_are(filled: Place, path: str) -> None:
    answer = ask(path)
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert answer.json()["available_apps"] == ["skyflow", "nexus"]
    assert answer["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("path", ["skyflow/nothing/most-present/", "skyflow/nothing/most-present/2026-03-05/"])
def test_an_unknown_feature_is_a_404_that_names_those_there_are(filled: Place, path: str) -> None:
    answer = ask(path)
    assert (answer.status_code, answer.json()["available_features"]) == (404, ["help"])


def test_a_feature_that_is_not_collected_any_more_is_gone(filled: Place) -> None:
    Feature.objects.update(active=False)
    filled.publish()
    for path in ("skyflow/help/most-present/", "help/most-present/", "help/most-present/2026-03-05/"):
        assert ask(path).status_code == 410, path


def test_a_parameter_is_refused_by_its_name(filled: Place) -> None:
    for path in (*PATHS, *DATED):
        answer = ask(f"{path}?page=2")
        assert (answer.status_code, list(answer.json()["fields"])) == (400, ["page"])


def test_before_the_first_publication_readers_are_told_so(place: Place) -> None:
    answer = ask("features/")
    said = "Nothing has been published yet. Collect the figures of Club, then ask again."
    assert (answer.status_code, answer.json()["error"]) == (503, said)


def test_a_damaged_file_is_said(filled: Place) -> None:
    (store.versions() / store.current_folder() / "features.json").unlink()
    library.kept.clear()
    assert ask("features/").status_code == 503


def test_a_document_costs_no_query(filled: Place) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert ask("help/most-present/").status_code == 200
    assert len(queries) == 0


def test_an_application_that_is_switched_off_is_unknown(filled: Place) -> None:
    run_now("applications", "deactivate", app="skyflow")
    assert ask("skyflow/features/").status_code == 404


def test_a_day_is_told_as_it_was(filled: Place) -> None:
    found = ask("skyflow/hero-metrics/2026-03-05/").json()
    assert found["data"][0]["value"] == 103
    assert found["data"][0]["growth"]["day"]["from"] == 102
    assert (found["data"][0]["sources"], found["meta"]["day"]) == (["forum"], "2026-03-05")
    present = ask("help/most-present/2026-03-05/").json()
    assert [row["rank"] for row in present["data"]["members"]] == [1, 2, 2]
    assert present["data"]["feature"]["day"] == "2026-03-05"


def test_every_day_of_the_history_answers(filled: Place) -> None:
    for row in ask("skyflow/history/").json()["data"]:
        for address in (row["hero_metrics"], *row["most_present"]):
            assert Client().get(address).json()["meta"]["day"] == row["day"]


def test_a_day_is_made_once_until_something_is_published(filled: Place) -> None:
    first = ask(DATED[0])
    HeroPoint.objects.filter(at=DAY + timedelta(days=3), every="day").update(figures={"members": 1})
    assert ask(DATED[0])["ETag"] == first["ETag"]
    filled.publish()
    assert ask(DATED[0]).json()["data"][0]["value"] == 1


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("2026-03-30", "Nothing was collected on 2026-03-30."),
        ("2999-01-01", "2999-01-01 has not come yet."),
        ("2026-02-31", "2026-02-31 is no day."),
        ("2026-W10-1", "2026-W10-1 is no day."),
        ("yesterday", "yesterday is no day."),
    ],
)
def test_a_day_of_which_there_is_nothing_is_a_404_that_says_why(filled: Place, day: str, words: str) -> None:
    for path in ("hero-metrics", "help/most-present"):
        answer = ask(f"skyflow/{path}/{day}/")
        assert answer.status_code == 404
        assert answer.json()["error"].startswith(words)


def test_a_day_that_is_not_kept_any_more_is_gone(filled: Place) -> None:
    long_ago = timezone.now().date() - timedelta(days=500)
    for model in (HeroPoint, FeaturePoint):
        model.objects.filter(every="month").update(at=long_ago.replace(day=1))
    for path in ("hero-metrics", "help/most-present"):
        answer = ask(f"skyflow/{path}/{long_ago}/")
        assert answer.status_code == 410
        assert "are kept for 400 days" in answer.json()["error"]


def test_what_is_computed_tells_its_quota_and_ends_when_it_is_used_up(
    filled: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate, "QUOTA", 2)
    answers = [ask(DATED[0]) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[0]["RateLimit"].startswith('"computed";r=1')
    assert "Retry-After" in answers[2]
    assert "RateLimit" not in ask("features/")


def test_the_description_names_every_address_and_fits_the_answers(filled: Place) -> None:
    described = ask("openapi.json").json()
    values = {"app": "skyflow", "feature": "help", "day": "2026-03-05"}
    schemas = described["components"]["schemas"]
    for path, operations in described["paths"].items():
        answer = Client().get(path.format(**values))
        assert answer.status_code == 200, path
        content = operations["get"]["responses"]["200"].get("content")
        if content:
            check(answer.json(), content["application/json"]["schema"], schemas, path)


def check(value: Any, schema: Any, schemas: Any, where: str) -> None:
    """That a value is of its schema, as far as the words that are used here go."""
    if "$ref" in schema:
        return check(value, schemas[schema["$ref"].rpartition("/")[2]], schemas, where)
    if "anyOf" in schema:
        return None if value is None else check(value, schema["anyOf"][0], schemas, where)
    kinds: dict[str, Any] = {
        "object": dict,
        "array": list,
        "string": str,
        "boolean": bool,
        "integer": int,
        "number": (int, float),
    }
    assert isinstance(value, kinds[schema["type"]]), (where, value)
    for item in value if isinstance(value, list) else ():
        check(item, schema["items"], schemas, f"{where}[]")
    if isinstance(value, dict) and "properties" in schema:
        assert set(schema["required"]) <= set(value) <= set(schema["properties"]), (where, value)
        for key, each in value.items():
            check(each, schema["properties"][key], schemas, f"{where}.{key}")
    return None


class Concentrated(BaseClubAPIView):
    """An endpoint that computes, as the specification writes one."""

    def get(self, request: HttpRequest, app_name: str | None = None) -> HttpResponse:
        """Features of which ten members make more than half."""
        rows = [row for row in self.data_of("features.json") if row["top_ten_share"] > 0.5]
        return self.build_response(self.apply_app_filters(rows, "community"), share=0.5)


def test_an_endpoint_that_computes_has_the_same_promises(filled: Place) -> None:
    fill("nexus")
    filled.publish()

    def compute(**more: Any) -> Any:
        request = RequestFactory().get("/club/public/nexus/concentrated/", **more.pop("headers", {}))
        request.session = Client().session
        return Concentrated.as_view()(request, **more)

    answer = compute(app_name="nexus")
    found = json.loads(answer.content)
    assert [row["application"] for row in found["data"]] == ["nexus"]
    assert (found["meta"]["share"], found["meta"]["snapshot"]) == (0.5, library.current().snapshot)
    assert len(json.loads(compute().content)["data"]) == 2
    assert compute(app_name="nexus", headers={"HTTP_IF_NONE_MATCH": answer["ETag"]}).status_code == 304
