"""The kind HTTP JSON, with each kind of paging."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from domains.base.errors import UpstreamFailed, VaultError
from domains.club.clients import kind_of
from domains.club.readings import Item, Presence
from domains.club.sources import http_json
from domains.club.sources.config import path_faults
from domains.club.sources.errors import Unreadable
from tests.domains.club.sources.asking import read, report, spec_of
from tests.emulators.json_api import JsonApi, person

PEOPLE = {"rows": "people", "figures": ["posts = counts.posts"], "link": "page"}
PAGINGS = [
    ("page", "/by-page", {}),
    ("cursor", "/by-cursor", {"cursor": "meta.next"}),
    ("cursor", "/by-address", {"cursor": "next"}),
    ("link", "/by-link", {}),
]


@pytest.fixture
def api() -> Iterator[JsonApi]:
    with JsonApi() as emulator:
        yield emulator


def people(api: JsonApi, paging: str, path: str, more: dict[str, Any], **select: Any) -> Any:
    rows = "" if path == "/by-link" else "people"
    return read("http", {"url": api.url + path, "paging": paging, **more}, {**PEOPLE, "rows": rows, **select})


def test_figures_are_picked(api: JsonApi) -> None:
    hero = ["members = stats.people", "posts = length(keys(stats))"]
    assert read("http", {"url": f"{api.url}/stats", "hero": hero}).hero == {"members": 250, "posts": 3}


def test_a_figure_that_is_not_there_is_noted_and_the_others_stay(api: JsonApi) -> None:
    reading = read("http", {"url": f"{api.url}/stats", "hero": ["members = stats.people", "stars = stats.motto"]})
    assert reading.hero == {"members": 250}
    assert reading.notes == ["stars: no number was found at stats.motto."]


def test_no_figure_at_all_is_an_error(api: JsonApi) -> None:
    with pytest.raises(Unreadable, match=r"no number was found at stats\.motto"):
        read("http", {"url": f"{api.url}/stats", "hero": ["stars = stats.motto"]})


def test_members_come_with_names_links_and_figures(api: JsonApi) -> None:
    reading = read("http", {"url": f"{api.url}/all"}, PEOPLE)
    assert len(reading.members) == 250
    assert reading.members[0].score == 100
    found = next(each for each in reading.members if each.key == "3")
    assert found == Presence("3", "Person 3", 12, {"posts": 3}, "https://people.example/3")


def test_items_come_beside_or_instead_of_members(api: JsonApi) -> None:
    items = {"items": "people", "item_title": "name", "item_link": "page", "item_figures": ["likes = counts.likes"]}
    both = read("http", {"url": f"{api.url}/all"}, {**PEOPLE, **items})
    assert (len(both.members), len(both.items)) == (250, 250)
    only = read("http", {"url": f"{api.url}/all"}, items)
    assert (len(only.members), len(only.items)) == (0, 250)
    assert only.items[-1] == Item("200", "Person 200", 1, {"likes": 4}, "https://people.example/200")


@pytest.mark.parametrize(("paging", "path", "more"), PAGINGS)
def test_all_pages_are_read(paging: str, path: str, more: dict[str, Any], api: JsonApi) -> None:
    reading = people(api, paging, path, more)
    assert sorted(int(each.key) for each in reading.members) == list(range(1, 251))
    assert reading.notes == []


@pytest.mark.parametrize(("paging", "path", "more"), PAGINGS)
def test_the_order_of_rows_does_not_matter(paging: str, path: str, more: dict[str, Any], api: JsonApi) -> None:
    before = people(api, paging, path, more)
    api.people.reverse()
    assert people(api, paging, path, more) == before


@pytest.mark.parametrize(("paging", "path", "more"), PAGINGS)
def test_a_list_of_exactly_full_pages_ends(paging: str, path: str, more: dict[str, Any], api: JsonApi) -> None:
    del api.people[200:]
    assert len(people(api, paging, path, more).members) == 200


@pytest.mark.parametrize(("paging", "path", "more"), PAGINGS)
def test_an_empty_list_is_no_error(paging: str, path: str, more: dict[str, Any], api: JsonApi) -> None:
    api.people.clear()
    assert people(api, paging, path, more).members == []


@pytest.mark.parametrize(("paging", "path", "more"), PAGINGS)
def test_only_so_many_pages_are_read_and_that_is_noted(
    paging: str, path: str, more: dict[str, Any], api: JsonApi
) -> None:
    reading = people(api, paging, path, {**more, "most_pages": 2})
    assert (len(reading.members), reading.notes) == (200, ["Only the first 2 pages were read."])


@pytest.mark.parametrize(("paging", "path", "more"), PAGINGS[1:])
def test_pages_that_lead_in_a_circle_are_noticed(paging: str, path: str, more: dict[str, Any], api: JsonApi) -> None:
    api.circles = True
    with pytest.raises(Unreadable, match="in a circle"):
        people(api, paging, path, more)
    assert len(api.requests) < 10


def test_a_service_that_ignores_the_page_number_is_noticed(api: JsonApi) -> None:
    api.ignores_page = True
    with pytest.raises(Unreadable, match="the same rows"):
        people(api, "page", "/by-page", {})


def test_404_after_the_last_page_ends_the_list(api: JsonApi) -> None:
    api.strict = True
    assert len(people(api, "page", "/by-page", {}).members) == 250


def test_404_on_the_first_page_is_an_error(api: JsonApi) -> None:
    api.faults.add("404")
    with pytest.raises(VaultError, match="status 404"):
        people(api, "page", "/by-page", {})


def test_rows_that_a_changed_page_size_loses_are_noticed_by_the_total(api: JsonApi) -> None:
    api.sizes = [100, 60, 100]
    with pytest.raises(Unreadable, match="Only 210 of 250 rows came"):
        people(api, "page", "/by-page", {}, total="total")


def test_a_changed_page_size_is_noted_without_a_total(api: JsonApi) -> None:
    api.sizes = [100, 60, 100]
    assert people(api, "page", "/by-page", {}).notes == [
        "The size of its pages changed on the way: rows may be missing."
    ]


def test_one_row_that_moved_meanwhile_is_noted_only(api: JsonApi) -> None:
    api.faults.add("call", match="page=2", action=lambda: api.people.insert(0, person(999)))
    reading = people(api, "page", "/by-page", {}, total="total")
    assert (len(reading.members), reading.notes) == (250, ["250 of 251 rows came."])


@pytest.mark.parametrize(("paging", "path", "more"), PAGINGS[2:])
def test_a_next_page_on_another_host_is_not_asked(paging: str, path: str, more: dict[str, Any], api: JsonApi) -> None:
    with JsonApi() as other:
        api.elsewhere = other.url
        with pytest.raises(Unreadable, match="It is not asked"):
            people(api, paging, path, more)
        assert other.requests == []


def test_the_token_is_sent_as_it_is_wanted(api: JsonApi) -> None:
    api.secret = "t0ken"
    assert len(read("http", {"url": f"{api.url}/all"}, PEOPLE, secret="t0ken").members) == 250
    with pytest.raises(VaultError, match="status 401"):
        read("http", {"url": f"{api.url}/all"}, PEOPLE)


def test_the_token_may_go_into_a_header_of_its_own(api: JsonApi) -> None:
    read("http", {"url": f"{api.url}/all", "header": "X-Api-Key", "prefix": ""}, PEOPLE, secret="t0ken")
    assert api.requests[0].headers["x-api-key"] == "t0ken"


def test_what_is_unfit_in_rows_is_skipped_or_cut(api: JsonApi) -> None:
    api.people[:] = [
        {"id": None, "name": "Nobody", "score": 1},
        {"id": 1, "name": "No score"},
        {"id": 2, "name": "Inf", "score": "1e999"},
        {"id": 3, "name": "A\u0000b\ud800\u202ec" + "d" * 300, "score": "7.5", "page": "javascript:alert(1)"},
        {"id": 4, "name": ["list"], "score": True},
        {"id": 3, "name": "Again", "score": 2},
    ]
    reading = read("http", {"url": f"{api.url}/all"}, PEOPLE)
    (only,) = reading.members
    assert (only.key, only.score, only.url, len(only.name)) == ("3", 7.5, "", 200)
    assert only.name.startswith("A b c")
    assert reading.notes == ["4 rows without a key or a score were skipped."]


@pytest.mark.parametrize("kind", ["html", "broken", "deep", "list", "object", "bomb"])
def test_what_is_no_list_of_rows_is_an_error_in_words(kind: str, api: JsonApi) -> None:
    api.faults.add(kind, times=None)
    with pytest.raises(UpstreamFailed):
        read("http", {"url": f"{api.url}/all"}, PEOPLE)


@pytest.mark.parametrize(
    ("config", "select", "field"),
    [
        ({"url": ""}, None, "config.url"),
        ({"url": "ftp://a.example"}, None, "config.url"),
        ({"hero": ["members"]}, None, "config.hero"),
        ({"hero": ["members = a["]}, None, "config.hero"),
        ({"hero": ["unicorns = a"]}, None, "config.hero"),
        ({"paging": "cursor"}, None, "config.cursor"),
        ({"paging": "sideways"}, None, "config.paging"),
        ({"size": -1}, None, "config.size"),
        ({"most_pages": 0}, None, "config.most_pages"),
        ({"header": "X:Y"}, None, "config.header"),
        ({"header": "Host"}, None, "config.header"),
        ({}, {"rows": "a["}, "features.0.rows"),
        ({}, {"figures": ["a"]}, "features.0.figures"),
        ({}, {"url": "http://other.example/x"}, "features.0.url"),
    ],
)
def test_faults_of_a_configuration_are_found_by_field(
    config: dict[str, Any], select: dict[str, Any] | None, field: str
) -> None:
    source, _ = spec_of({"url": "https://a.example/x", **config}, select)
    assert list(kind_of("http").check(source.config, source.features)) == [field]


@pytest.mark.parametrize("name", ["abs(name)", "join(', ', name)", "[@][::0]", "ceil(`1e400`)"])
def test_an_expression_that_does_not_fit_is_told_without_what_the_answer_holds(api: JsonApi, name: str) -> None:
    with pytest.raises(VaultError) as caught:
        people(api, "page", "/by-page", {}, name=name)
    assert "does not fit the answer" in caught.value.message
    assert "Person" not in f"{caught.value.message}{caught.value.detail}"


def test_an_answer_of_endless_rows_is_refused_before_they_are_looked_at(api: JsonApi) -> None:
    rows = b"{}," * 300_000 + b"{}"
    api.faults.add("body", body=b'{"people": [' + rows + b"]}", headers={"Content-Type": "application/json"})
    with pytest.raises(Unreadable, match="more than 200,000 rows"):
        people(api, "none", "/all", {})


def test_rows_are_counted_over_all_pages(api: JsonApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_json, "MOST_READ", 200)
    with pytest.raises(Unreadable, match="more than 200 rows"):
        people(api, "page", "/by-page", {})


def test_a_test_says_what_was_found(api: JsonApi) -> None:
    hero = report("http", {"url": f"{api.url}/stats", "hero": ["members = stats.people"]})
    assert (hero.ok, hero.message) == (True, "It answers, and has figures for members.")
    first = report("http", {"url": f"{api.url}/by-page", "paging": "page"}, PEOPLE)
    assert first.message == "It answers. The first page of Feature has 100 members and 0 items."
    assert len(api.requests) == 2


def test_a_test_asks_for_the_features_beside_the_hero_metrics(api: JsonApi) -> None:
    config = {"url": f"{api.url}/stats", "hero": ["members = stats.people"]}
    both = report("http", config, {**PEOPLE, "url": "/all"})
    assert both.message.endswith("The first page of Feature has 250 members and 0 items.")
    with pytest.raises(Unreadable, match="nobody is no list"):
        report("http", config, {**PEOPLE, "url": "/all", "rows": "nobody"})


def test_rows_of_which_none_has_a_score_are_an_error_and_no_empty_ranking(api: JsonApi) -> None:
    with pytest.raises(Unreadable, match="none with a key and a score"):
        read("http", {"url": f"{api.url}/all"}, {**PEOPLE, "score": "name"})


@pytest.mark.parametrize(
    ("expression", "is_fine"),
    [
        ("people[?posts > `3`].{name: name, score: counts.posts}", True),
        ("people[:100][]", True),
        ("[people, others][]", True),
        ("[@,@,@,@,@,@,@,@][]|[@,@,@,@,@,@,@,@][]", False),
        ("map(&{a: [@, @, @, @, @, @, @, @], b: @, c: @, d: @, e: @, f: @, g: @}, people)", False),
    ],
)
def test_an_expression_that_would_multiply_the_answer_is_refused(expression: str, is_fine: bool) -> None:
    assert (path_faults(expression) == []) is is_fine
