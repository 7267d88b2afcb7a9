"""Editing an application: conditions come and go without losing a word, two editors do not overwrite each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

EDIT = "/applications/nexus/edit/"


@pytest.fixture
def edit(page: Page, demo: None) -> Page:
    """The form of an application."""
    page.goto(EDIT)
    return page


def test_conditions_are_added_and_removed_in_place_and_the_keyboard_stays_there(edit: Page) -> None:
    edit.get_by_label("Description").fill("Typed, not saved")
    edit.get_by_role("button", name="Add condition to tags").click()
    second = edit.locator("#tag-field-1")
    expect(second).to_be_focused()
    second.fill("colour")
    edit.locator("#tag-operator-1").select_option(label="is one of")
    edit.locator("#tag-value-1").fill("Blue, Grey")
    edit.locator("#rule-tag").get_by_role("button", name="Remove condition 1").click()
    expect(edit.locator("#rule-tag .condition")).to_have_count(1)
    expect(edit.locator("#tag-field-0")).to_have_value("colour")
    expect(edit.get_by_label("Description")).to_have_value("Typed, not saved")
    edit.get_by_role("button", name="Save").click()
    expect(edit.get_by_text("Nexus is saved.")).to_be_visible()
    expect(edit.get_by_text("Colour is one of Blue, Grey")).to_be_visible()
    edit.get_by_role("link", name="Application updated").click()
    expect(edit.locator("ins", has_text="Typed, not saved")).to_be_visible()


def test_a_rule_is_taken_further_as_json_and_its_fault_is_shown_at_its_place(
    edit: Page, watch: Any, violations: Any
) -> None:
    watch.allow(422, EDIT)
    rule = edit.locator("#rule-gateway")
    rule.get_by_text("Advanced").click()
    rule.get_by_role("button", name="Write the conditions as JSON").click()
    area = edit.locator("#gateway-json")
    expect(area).to_have_value('{\n  "field": "applications",\n  "operator": "contains",\n  "value": "nexus"\n}')
    area.fill('{"and": [{"field": "kind", "operator": "like", "value": "x"}]}')
    edit.get_by_role("button", name="Save").click()
    expect(edit.get_by_text("gateway.and[0].operator: there is no operator 'like'")).to_be_visible()
    expect(edit.locator("#gateway-json")).to_have_value(
        '{"and": [{"field": "kind", "operator": "like", "value": "x"}]}'
    )
    assert not violations(edit)


def test_the_second_of_two_editors_is_told_and_keeps_what_they_typed(
    edit: Page, new_page: Callable[..., Page], admin: User, watch: Any, violations: Any
) -> None:
    other = new_page(admin)
    other.goto(EDIT)
    other.get_by_label("Name", exact=True).fill("Nexus two")
    other.get_by_label("Description").fill("Their words")
    other.get_by_role("button", name="Save").click()
    expect(other.get_by_text("Nexus two is saved.")).to_be_visible()
    watch.allow(409, EDIT)
    edit.get_by_label("Name", exact=True).fill("Nexus mine")
    edit.get_by_role("button", name="Save").click()
    expect(edit.get_by_role("heading", name="admin saved Nexus two")).to_be_visible()
    expect(edit.get_by_label("Name", exact=True)).to_have_value("Nexus mine")
    expect(edit.get_by_label("Description")).to_have_value("Their words")
    assert not violations(edit)
    edit.get_by_role("button", name="Save anyway").click()
    expect(edit.get_by_role("heading", name="Nexus mine")).to_be_visible()


@pytest.mark.parametrize("width", [390, 1280])
def test_the_form_fits_and_is_accessible(
    new_page: Callable[..., Page], admin: User, demo: None, violations: Any, width: int
) -> None:
    page = new_page(admin, width=width)
    for path in (EDIT, "/applications/new/", "/applications/nexus/deactivate/", "/api/docs/"):
        page.goto(path)
        assert not violations(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_the_description_of_the_json_interface_opens_and_leads_to_its_objects(page: Page) -> None:
    page.goto("/api/docs/")
    page.locator("#applications_list > summary").click()
    page.locator("#applications_list").get_by_role("link", name="list of Application").click()
    expect(page.locator("#object-Application")).to_be_in_viewport()
