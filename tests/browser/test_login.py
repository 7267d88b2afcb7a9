"""Signing in and out."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from tests.browser.watch import Watch
from tests.conftest import PASSWORD


def sign_in(page: Page, name: str, password: str) -> None:
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


@pytest.fixture
def visitor(new_page: Callable[..., Page]) -> Page:
    """The page of somebody who has not signed in."""
    return new_page()


def test_the_form_leads_to_the_page_that_was_wanted(visitor: Page, admin: User) -> None:
    visitor.goto("/preferences/")
    expect(visitor).to_have_url(re.compile("/accounts/login/"))
    sign_in(visitor, "admin", PASSWORD)
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Preferences")


def test_a_wrong_password_is_told_without_saying_which_part_is_wrong(visitor: Page, admin: User) -> None:
    visitor.goto("/accounts/login/")
    sign_in(visitor, "admin", "not the password")
    alert = visitor.get_by_role("alert")
    expect(alert).to_contain_text("password")
    expect(visitor.get_by_label("Username")).to_have_value("admin")
    expect(visitor.get_by_label("Password")).to_be_focused()
    sign_in(visitor, "nobody", "not the password")
    expect(alert).to_contain_text("password")


def test_five_wrong_passwords_lock_the_name_and_say_how_long(visitor: Page, admin: User, watch: Watch) -> None:
    watch.allow(429, "/accounts/login/")
    visitor.goto("/accounts/login/")
    for _ in range(settings.AXES_FAILURE_LIMIT):
        sign_in(visitor, "admin", "not the password")
        visitor.wait_for_load_state()
    expect(visitor.get_by_text("Wait 10 minutes")).to_be_visible()
    visitor.goto("/accounts/login/")
    sign_in(visitor, "admin", PASSWORD)
    expect(visitor.get_by_text("Wait 10 minutes")).to_be_visible()


def test_who_is_no_staff_is_told_so(new_page: Callable[..., Page], db: None, watch: Watch) -> None:
    from django.contrib.auth import get_user_model

    watch.allow(403, "/")
    page = new_page(get_user_model().objects.create_user("customer", password=PASSWORD))
    page.goto("/")
    expect(page.get_by_text("This page is for staff")).to_be_visible()


def test_logging_out_closes_every_page(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Your account").click()
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url(lambda url: "/accounts/login/" in url)
    page.goto("/preferences/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
