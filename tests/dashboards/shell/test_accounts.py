"""Signing in and out, the lock-out, the password, and Django's admin behind the same door."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import NoReverseMatch, reverse

from tests.conftest import PASSWORD

LOGIN = "/accounts/login/"


def sign_in(client: Client, name: str, password: str, query: str = "") -> int:
    return client.post(f"{LOGIN}{query}", {"login": name, "password": password}).status_code


def test_a_right_password_leads_back_to_the_page(staff: User) -> None:
    client = Client()
    response = client.post(f"{LOGIN}?next=/t/list/", {"login": "staff", "password": PASSWORD, "next": "/t/list/"})
    assert (response.status_code, response["Location"]) == (302, "/t/list/")
    assert client.get("/t/list/").status_code == 200


def test_the_way_back_after_signing_in_never_leads_to_another_site(staff: User) -> None:
    data = {"login": "staff", "password": PASSWORD, "next": "https://evil.example/"}
    assert Client().post(LOGIN, data)["Location"] == "/"


def test_a_wrong_password_is_said_without_saying_which_was_wrong(staff: User) -> None:
    client = Client()
    known = client.post(LOGIN, {"login": "staff", "password": "wrong"}).content.decode()
    unknown = client.post(LOGIN, {"login": "nobody", "password": "wrong"}).content.decode()
    assert "The username or the password is wrong. Try again." in known
    assert "The username or the password is wrong. Try again." in unknown


def test_five_wrong_passwords_lock_the_name_out_and_say_for_how_long(staff: User) -> None:
    client = Client()
    statuses = [sign_in(client, "staff", "wrong") for _ in range(5)]
    assert statuses[:4] == [200] * 4
    locked = client.post(LOGIN, {"login": "staff", "password": PASSWORD})
    assert locked.status_code == 429
    assert "Wait 10 minutes, then try again." in locked.content.decode()
    assert locked["Retry-After"] == "600"
    assert client.get("/t/list/").status_code == 302


def test_another_name_is_not_locked_out_with_it(staff: User, admin: User) -> None:
    client = Client()
    for _ in range(6):
        sign_in(client, "staff", "wrong")
    assert sign_in(client, "admin", PASSWORD) == 302


def test_one_address_cannot_try_name_after_name(db: None) -> None:
    client = Client()
    statuses = {sign_in(client, f"name{n}", "wrong") for n in range(30)}
    assert statuses == {200}
    refused = client.post(LOGIN, {"login": "another", "password": "wrong"})
    assert refused.status_code == 429
    assert "Wait a minute, then try again." in refused.content.decode()


def test_nobody_signs_up() -> None:
    with pytest.raises(NoReverseMatch):
        reverse("account_signup")


def test_logging_out_takes_a_post(staff_client: Client) -> None:
    assert "Log out?" in staff_client.get("/accounts/logout/").content.decode()
    assert staff_client.get("/t/page/").status_code == 200
    staff_client.post("/accounts/logout/")
    assert staff_client.get("/t/page/").status_code == 302


def test_the_password_is_changed_and_a_weak_one_refused(staff_client: Client, staff: User) -> None:
    url = "/accounts/password/change/"
    weak = staff_client.post(url, {"oldpassword": PASSWORD, "password1": "12345678", "password2": "12345678"})
    assert "too short" in weak.content.decode()
    new = "a staple of correct horses"
    changed = staff_client.post(url, {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert (changed.status_code, changed["Location"]) == (302, "/preferences/")
    staff.refresh_from_db()
    assert staff.check_password(new)


def test_an_account_without_a_password_is_told_so(staff_client: Client, staff: User) -> None:
    staff.set_unusable_password()
    staff.save()
    staff_client.force_login(staff)
    assert staff_client.get("/accounts/password/change/").status_code == 409


def test_those_who_are_not_staff_are_told_whom_to_ask(db: None) -> None:
    client = Client()
    client.force_login(User.objects.create_user("guest"))
    response = client.get("/t/page/")
    assert response.status_code == 403
    assert "make your account a staff account" in response.content.decode()
    assert "Log out guest" in response.content.decode()


def test_the_admin_is_behind_the_same_login(admin_client: Client, db: None) -> None:
    assert Client().get("/admin/")["Location"] == "/accounts/login/?next=%2Fadmin%2F"
    assert admin_client.get("/admin/auth/user/").status_code == 200
