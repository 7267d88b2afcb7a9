"""Making and changing applications on pages: what was typed is never lost, and nobody overwrites unseen."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from domains.applications import reads
from domains.audit.reads import event_list
from domains.orchestration.reads import run_list
from domains.orchestration.start import run_now
from tests.domains.applications.factories import add_application

pytestmark = pytest.mark.django_db
NEW, EDIT = "/applications/new/", "/applications/skyflow/edit/"
TYPES = ("feature", "gateway", "tier", "tag")
DRAFT = {"field": "status", "operator": "not_equals", "value": "Draft"}
NESTED = {"and": [DRAFT, {"or": [{"field": "votes", "operator": "greater", "value": 3}, DRAFT]}]}


def text(response: Any) -> str:
    return str(response.content.decode())


def form(**changed: Any) -> dict[str, Any]:
    """What a browser sends: one blank condition for each data type, unless `feature=[(field, operator, value)]`."""
    data: dict[str, Any] = {"name": "Skyflow", "description": "", "features": "", "position": "0"}
    for kind in TYPES:
        rows = changed.pop(kind, [("", "equals", "")])
        data |= {f"{kind}-match": "and", f"{kind}-json": ""}
        for column, name in enumerate(("field", "operator", "value")):
            data[f"{kind}-{name}"] = [row[column] for row in rows]
    return data | {name.replace("__", "-"): value for name, value in changed.items()}


def test_an_application_is_added_with_everything_that_was_typed(admin_client: Client) -> None:
    data = form(
        slug="skyflow",
        name="  Skyflow ",
        features="flow\n\n kudos \n",
        position="3",
        feature=[("status", "not_in", "Draft, Idea"), ("", "equals", ""), ("votes", "greater", "3")],
        tier=[("seats", "is_set", "")],
        tag__json='{"or": [{"field": "a", "operator": "is_set"}]}',
    )
    response = admin_client.post(NEW, data)
    assert response.status_code == 302
    assert response["Location"] == "/applications/skyflow/"
    info = reads.application_get("skyflow")
    assert (info.name, info.features, info.position) == ("Skyflow", ["flow", "kudos"], 3)
    assert info.filters == {
        "feature": {
            "and": [
                {"field": "status", "operator": "not_in", "value": ["Draft", "Idea"]},
                {"field": "votes", "operator": "greater", "value": 3},
            ]
        },
        "tier": {"field": "seats", "operator": "is_set"},
        "tag": {"or": [{"field": "a", "operator": "is_set"}]},
    }
    assert event_list()[0].actor_name == "admin"
    assert "Skyflow is added." in text(admin_client.get("/applications/skyflow/"))


def test_any_of_these_is_or(admin_client: Client) -> None:
    rows = [("a", "is_set", ""), ("b", "is_set", "")]
    admin_client.post(NEW, form(slug="skyflow", feature=rows, feature__match="or"))
    assert list(reads.application_get("skyflow").filters["feature"]) == ["or"]


@pytest.mark.parametrize(
    "rule", [DRAFT, {"or": [DRAFT, {"field": "n", "operator": "in", "value": [1, "1", "a, b", True]}]}, NESTED]
)
def test_saving_the_form_unchanged_changes_nothing(admin_client: Client, rule: dict[str, Any]) -> None:
    add_application("skyflow", features=["flow"], filters={"feature": rule, "tag": DRAFT})
    shown = admin_client.get(EDIT).context["form"]
    data = {name: shown[name].value() for name in shown.fields}
    for draft in shown.drafts:
        data |= {f"{draft.data_type}-match": draft.match, f"{draft.data_type}-json": draft.json}
        for name in ("field", "operator", "value"):
            data[f"{draft.data_type}-{name}"] = [getattr(row, name) for row in draft.rows]
    page = text(admin_client.post(EDIT, data, follow=True))
    assert "Nothing was different, so nothing was changed." in page
    assert reads.application_get("skyflow").version == 1


def test_bad_input_is_marked_at_its_place_and_nothing_typed_is_lost(admin_client: Client) -> None:
    data = form(
        slug="Sky Flow",
        name="",
        description="Kept words",
        features="flow\nNo key",
        position="first",
        feature=[("status", "equals", "Live"), ("", "equals", "Orphan"), ("votes", "greater", "")],
        gateway=[("kind", "in", '"open')],
        tier__json='{"and": [{"field": "a", "operator": "like"}]}',
        tag__json="{not json",
    )
    response = admin_client.post(NEW, data)
    page = text(response)
    assert response.status_code == 422
    assert not reads.application_list()
    for typed in (
        "Sky Flow",
        "Kept words",
        "No key",
        'value="first"',
        'value="Orphan"',
        "{not json",
        "&quot;open",
        "&quot;like&quot;",
    ):
        assert typed in page
    for fault in (
        "Use 1 to 63 lower-case letters",
        "This field is required.",
        "is no feature key",
        "Enter a whole number.",
        "Field: must be the name of a field.",
        "Value: is missing",
        "A quotation mark is opened and not closed.",
        "tier.and[0].operator: there is no operator",
        "This is not JSON",
    ):
        assert fault in page, fault
    assert 'id="feature-fault-1"' in page
    assert 'id="feature-fault-0"' not in page


def test_a_taken_address_is_a_fault_of_the_address(admin_client: Client) -> None:
    add_application("skyflow")
    response = admin_client.post(NEW, form(slug="skyflow", name="Second", description="Kept words"))
    assert response.status_code == 422
    assert "There is already an application with this address." in text(response)
    assert "Kept words" in text(response)
    assert response.context["form"].errors["slug"]


def test_conditions_and_json_together_are_refused_rather_than_guessed(admin_client: Client) -> None:
    response = admin_client.post(NEW, form(slug="x", feature=[("a", "is_set", "")], feature__json=json.dumps(DRAFT)))
    assert response.status_code == 422
    assert "one of them must be empty" in text(response)


@pytest.mark.parametrize("htmx", [True, False])
def test_a_condition_is_added_and_removed_without_saving(admin_client: Client, htmx: bool) -> None:
    headers = {"HX-Request": "true"} if htmx else {}
    rows = [("a", "is_set", ""), ("b", "equals", "2")]
    add = text(admin_client.post(NEW, form(slug="Not Yet", feature=rows, _add="feature"), headers=headers))
    assert add.count('name="feature-field"') == 3
    assert 'value="b"' in add
    assert ("<html" in add) is not htmx
    assert ("Not Yet" in add) is not htmx
    gone = text(admin_client.post(NEW, form(feature=rows, _remove="feature:0"), headers=headers))
    assert gone.count('name="feature-field"') == 1
    assert 'value="b"' in gone
    assert text(admin_client.post(NEW, form(_remove="feature:0"), headers=headers)).count('name="feature-field"') == 1
    assert not reads.application_list()


def test_conditions_are_written_as_json_on_request(admin_client: Client) -> None:
    page = text(
        admin_client.post(NEW, form(feature=[("a", "is_set", "")], _json="feature"), headers={"HX-Request": "true"})
    )
    assert "&quot;operator&quot;: &quot;is_set&quot;" in page
    assert 'value="a"' not in page


@pytest.mark.parametrize(
    "button", [{"_add": "planet"}, {"_remove": "feature:x"}, {"_remove": "feature:99999999999"}, {"_remove": "feature"}]
)
def test_a_button_that_makes_no_sense_breaks_nothing(admin_client: Client, button: dict[str, str]) -> None:
    assert admin_client.post(NEW, form(name="", **button)).status_code in {200, 422}


def test_nested_rules_are_edited_as_json(admin_client: Client) -> None:
    add_application("skyflow", filters={"feature": NESTED})
    page = text(admin_client.get(EDIT))
    assert '<details class="advanced" open>' in page
    assert "&quot;votes&quot;" in page


@pytest.mark.django_db
def test_the_second_editor_sees_what_changed_and_keeps_what_they_typed(admin_client: Client) -> None:
    add_application("skyflow", description="Old words", features=["flow"], filters={"tag": DRAFT})
    theirs = {"name": "Theirs", "description": "New words", "filters": {"tag": DRAFT, "feature": DRAFT}}
    run_now("applications", "update", app="skyflow", values=theirs)
    mine = form(
        name="Mine",
        description="Old words",
        features="flow\nkudos",
        version="1",
        tag=[("status", "not_equals", "Draft")],
    )
    response = admin_client.post(EDIT, mine)
    page = text(response)
    assert response.status_code == 409
    assert reads.application_get("skyflow").name == "Theirs"
    assert "system saved Theirs" in page
    assert {run.state for run in run_list()} == {"success"}, "a form that is too late is no failed run"
    shown = response.context["form"]
    assert shown["name"].value() == "Mine"
    assert shown["description"].value() == "New words"
    assert shown["features"].value() == "flow\nkudos"
    assert shown["version"].value() == 2
    assert [row.field for row in shown.drafts[0].rows] == ["status"]
    conflict = response.context["conflict"]
    assert [(d.label, d.before, d.after) for d in conflict.both] == [("Name", "Theirs", "Mine")]
    assert [d.label for d in conflict.theirs] == ["Description", "Filters: feature", "Name"]
    again = mine | {
        "version": "2",
        "description": "New words",
        "feature-field": ["status"],
        "feature-operator": ["not_equals"],
        "feature-value": ["Draft"],
    }
    assert admin_client.post(EDIT, again).status_code == 302
    info = reads.application_get("skyflow")
    assert (info.name, info.description, info.features) == ("Mine", "New words", ["flow", "kudos"])
    assert info.filters == {"tag": DRAFT, "feature": DRAFT}


@pytest.mark.parametrize("version", ["", "0", "-3", "77", "x"])
def test_a_version_that_cannot_be_is_no_way_around_the_conflict_nor_an_error(
    admin_client: Client, version: str
) -> None:
    add_application("skyflow")
    assert admin_client.post(EDIT, form(name="Mine", version=version)).status_code in {302, 409, 422}


def test_a_page_of_an_application_with_markup_in_its_words_shows_it_as_text(admin_client: Client) -> None:
    add_application(
        "skyflow", name="<b>Sky</b>", description="<script>x</script>", filters={"tag": DRAFT | {"value": "<i>"}}
    )
    for url in (EDIT, "/applications/skyflow/", "/applications/", "/events/"):
        page = text(admin_client.get(url))
        assert "<script>x" not in page
        assert "<b>Sky" not in page
        assert "<i>" not in page
