"""Filters, order, fields and pages of public documents."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from domains.publishing import rate
from domains.trace.public import query
from tests.domains.trace.place import Place
from tests.domains.trace.workspaces import feature, workspace

URL = "/trace/public/skyflow/features/"
pytestmark = pytest.mark.django_db
NAMES = [f"Feature {letter}" for letter in "abcdefg"]


@pytest.fixture(autouse=True)
def whole_quota(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test has a quota of its own."""
    monkeypatch.setattr(rate, "quotas", rate.Quotas())


@pytest.fixture
def published(place: Place) -> Place:
    """Seven features that differ."""
    rows = [
        feature(name, status="Beta" if number % 2 else "Shipped", tags=("Flows",) if number < 3 else ("Boards",))
        for number, name in enumerate(NAMES)
    ]
    place.save(workspace(*rows))
    place.export()
    return place


def ask(question: str = "", path: str = URL, **headers: str) -> Any:
    return Client().get(f"{path}{question}", headers={name.replace("_", "-"): text for name, text in headers.items()})


def names(question: str) -> list[str]:
    answer = ask(question)
    assert answer.status_code == 200, answer.content
    return [row["name"] for row in answer.json()["data"]]


def test_a_field_is_asked_for_by_its_value_whatever_its_case(published: Place) -> None:
    assert names("?status=Beta") == names("?status=beta") == NAMES[1::2]
    assert names("?status=beta&status=shipped") == NAMES
    assert names("?status=nothing") == []


def test_related_rows_are_named_by_slug_or_id(published: Place) -> None:
    assert names("?tag=flows") == NAMES[:3]
    flows = next(row["id"] for row in ask(path="/trace/public/skyflow/tags/").json()["data"] if row["slug"] == "flows")
    assert names(f"?tag={flows}") == NAMES[:3]
    assert names("?tag=flows&status=Beta") == NAMES[1:2]
    assert names("?tag=nowhere") == []


def test_rows_are_sorted_with_their_id_as_the_last_key(published: Place) -> None:
    assert names("?sort=-name") == NAMES[::-1]
    by_status = ask("?sort=status").json()["data"]
    assert [row["status"] for row in by_status] == ["Beta"] * 3 + ["Shipped"] * 4
    assert [row["id"] for row in by_status[:3]] == sorted(row["id"] for row in by_status[:3])


def test_only_the_fields_asked_for_are_answered(published: Place) -> None:
    assert ask("?fields=name,status&page_size=1").json()["data"] == [{"name": "Feature a", "status": "Shipped"}]


def test_pages_lead_to_each_other_and_repeat_nothing(published: Place) -> None:
    answer, seen = ask("?page_size=3&sort=-name"), []
    while True:
        body = answer.json()
        seen += [row["name"] for row in body["data"]]
        assert (body["meta"]["total_items"], body["meta"]["page_size"]) == (7, 3)
        links = dict(reversed(part.split("; ")) for part in answer["Link"].split(", "))
        if 'rel="next"' not in links:
            break
        answer = Client().get(links['rel="next"'].strip("<>"))
    assert seen == NAMES[::-1]
    assert body["meta"]["next"] is None


def test_a_walk_stays_in_its_snapshot_while_another_is_published(published: Place) -> None:
    first = ask("?page_size=4").json()
    published.save(workspace(feature("A new one"), *map(feature, NAMES[3:])))
    published.export()
    second = ask(f"?page_size=4&cursor={first['meta']['next']}").json()
    assert second["meta"]["snapshot"] == first["meta"]["snapshot"]
    assert [row["name"] for row in first["data"] + second["data"]] == NAMES
    assert names("?page_size=1") == ["A new one"]


@pytest.mark.parametrize(
    ("question", "field"),
    [("page_size=0", "page_size"), ("page_size=201", "page_size"), ("page_size=x", "page_size"),
     ("sort=colour", "sort"), ("fields=name,colour", "fields"), ("cursor=%21", "cursor"), ("cursor=WzEsMl0", "cursor"),
     ("colour=red", "colour"), ("&".join(f"status={n}" for n in range(11)), "filters"),
     (f"status={'x' * 201}", "status")],
)  # fmt: skip
def test_what_does_not_fit_is_refused_by_name(published: Place, question: str, field: str) -> None:
    answer = ask(f"?{question}")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert list(answer.json()["fields"]) == [field]
    assert answer["Access-Control-Allow-Origin"] == "*"


def test_a_cursor_of_another_question_is_refused(published: Place) -> None:
    cursor = ask("?page_size=2").json()["meta"]["next"]
    assert ask(f"?page_size=2&cursor={cursor}&status=Beta").status_code == 400
    assert ask(f"?page_size=5&cursor={cursor}").status_code == 200


def test_a_cursor_whose_snapshot_is_gone_says_so(published: Place) -> None:
    asked = query.Query()
    cursor = query.write_cursor(query.Cursor("0" * 16, 1), asked)
    assert ask(f"?cursor={cursor}").status_code == 410


def test_answers_are_conditional_and_say_what_is_left_of_the_quota(published: Place) -> None:
    first = ask("?status=Beta")
    assert first["RateLimit-Policy"] == f'"computed";q={rate.QUOTA};w=60'
    assert f'"computed";r={rate.QUOTA - 1};' in first["RateLimit"]
    again = ask("?status=Beta", if_none_match=first["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    assert f"r={rate.QUOTA - 2};" in ask("?status=Beta")["RateLimit"]
    assert "RateLimit" not in ask()


def test_whoever_asks_too_often_is_told_when_to_come_back(published: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(rate, "quotas", rate.Quotas(lambda: now[0]))
    monkeypatch.setattr(rate, "QUOTA", 2)
    assert [ask("?status=Beta").status_code for _ in range(3)] == [200, 200, 429]
    refused = ask("?status=Beta")
    assert 0 < int(refused["Retry-After"]) <= 61
    assert refused["Content-Type"] == "application/problem+json"
    assert ask().status_code == 200
    now[0] += 60
    assert ask("?status=Beta").status_code == 200


def test_kinds_without_rows_can_be_asked_about(published: Place) -> None:
    assert ask("?sort=name", path="/trace/public/nexus/features/").json()["data"] == []


def test_equal_answers_have_equal_bytes(published: Place) -> None:
    assert ask("?sort=-status").content == ask("?sort=-status").content
    assert ask("?sort=-status").headers["ETag"] == ask("?sort=-status").headers["ETag"]
