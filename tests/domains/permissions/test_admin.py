"""Django's admin leaves an event of each change, and opens no way around runs or to more rights."""

from __future__ import annotations

import pytest
from django.contrib import admin as django_admin
from django.contrib.auth.models import Group, Permission, User
from django.test import Client

from domains.audit.models import Event
from domains.audit.reads import event_list
from tests.conftest import PASSWORD
from tests.domains.orchestration.processes import run_code

NEW = "a staple of correct horses"
USER = {"username": "maria", "date_joined_0": "2026-01-01", "date_joined_1": "00:00:00", "is_active": "on"}


def newest() -> Event:
    return event_list()[0]


@pytest.fixture
def editor_client(staff: User) -> Client:
    """A member of staff who may edit users and groups and is no superuser."""
    staff.user_permissions.set(Permission.objects.filter(content_type__app_label="auth"))
    client = Client()
    client.force_login(staff)
    return client


def test_a_user_made_in_the_admin_is_an_event_without_the_password(admin_client: Client) -> None:
    form = {"username": "maria", "usable_password": "true", "password1": NEW, "password2": NEW}
    assert admin_client.post("/admin/auth/user/add/", form).status_code == 302
    event = newest()
    assert (event.action, event.object_name, event.actor_name) == ("permissions.user.created", "maria", "admin")
    assert event.after is not None
    assert event.after["password"] == "[hidden]"
    assert event.request_id


def test_a_change_in_the_admin_says_what_was_before_and_after(admin_client: Client) -> None:
    maria, group = User.objects.create_user("maria"), Group.objects.create(name="Support")
    form = {**USER, "is_staff": "on", "groups": [str(group.pk)]}
    assert admin_client.post(f"/admin/auth/user/{maria.pk}/change/", form).status_code == 302
    event = newest()
    assert event.action == "permissions.user.updated"
    assert event.before is not None
    assert event.after is not None
    assert (event.before["groups"], event.after["groups"]) == ([], ["Support"])
    assert (event.before["is_staff"], event.after["is_staff"]) == (False, True)
    assert "username" not in event.after


def test_a_password_set_in_the_admin_is_an_event_that_does_not_hold_it(admin_client: Client, staff: User) -> None:
    form = {"usable_password": "true", "password1": NEW, "password2": NEW}
    assert admin_client.post(f"/admin/auth/user/{staff.pk}/password/", form).status_code == 302
    event = newest()
    assert (event.before, event.after) == ({"password": "[hidden]"}, {"password": "[hidden]"})


def test_users_deleted_together_are_an_event_each(admin_client: Client) -> None:
    ids = [User.objects.create_user(name).pk for name in ("maria", "noor")]
    form = {"action": "delete_selected", "_selected_action": ids, "post": "yes"}
    assert admin_client.post("/admin/auth/user/", form).status_code == 302
    assert {event.object_name for event in event_list().filter(action="permissions.user.deleted")} == {"maria", "noor"}
    assert not User.objects.filter(pk__in=ids).exists()


def test_a_group_changed_in_the_admin_is_an_event(admin_client: Client) -> None:
    right = Permission.objects.get(codename="export_trace")
    assert (
        admin_client.post("/admin/auth/group/add/", {"name": "Authors", "permissions": [right.pk]}).status_code == 302
    )
    after = newest().after
    assert after is not None
    assert (after["name"], len(after["permissions"])) == ("Authors", 1)


def test_a_change_whose_event_cannot_be_written_does_not_happen(
    admin: User, monkeypatch: pytest.MonkeyPatch, transactional_db: None
) -> None:
    def refuse(*args: object, **values: object) -> None:
        raise RuntimeError("no room")

    monkeypatch.setattr("domains.permissions.admin.record_event", refuse)
    client = Client(raise_request_exception=False)
    client.force_login(admin)
    ids = [User.objects.create_user("maria").pk]
    form = {"action": "delete_selected", "_selected_action": ids, "post": "yes"}
    assert client.post("/admin/auth/user/", form).status_code == 500
    assert User.objects.filter(username="maria").exists()


def test_a_person_who_changes_the_own_password_leaves_an_event(staff_client: Client) -> None:
    form = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert staff_client.post("/accounts/password/change/", form).status_code == 302
    event = newest()
    assert (event.action, event.actor_name, event.object_name) == ("permissions.password.changed", "staff", "staff")


def test_who_may_edit_users_cannot_become_more_than_they_are(editor_client: Client, staff: User, admin: User) -> None:
    group = Group.objects.create(name="All")
    form = {**USER, "username": "staff", "is_staff": "on", "is_superuser": "on", "groups": [group.pk]}
    assert editor_client.post(f"/admin/auth/user/{staff.pk}/change/", form).status_code == 302
    staff.refresh_from_db()
    assert not staff.is_superuser
    assert not staff.groups.exists()
    assert editor_client.post(f"/admin/auth/user/{admin.pk}/change/", USER).status_code == 403
    password = {"usable_password": "true", "password1": NEW, "password2": NEW}
    assert editor_client.post(f"/admin/auth/user/{admin.pk}/password/", password).status_code == 403
    assert editor_client.post(f"/admin/auth/group/{group.pk}/change/", {"name": "Mine"}).status_code == 403
    selected = {"action": "delete_selected", "_selected_action": [admin.pk], "post": "yes"}
    editor_client.post("/admin/auth/user/", selected)
    assert User.objects.filter(pk=admin.pk).exists()


def test_the_admin_changes_nothing_but_users_and_groups(admin_client: Client) -> None:
    shown = {model._meta.label for model in django_admin.site._registry}
    assert not {label for label in shown if label.startswith(("django_q.", "account.", "orchestration.", "trace."))}
    assert admin_client.get("/admin/axes/accessattempt/").status_code == 200
    assert admin_client.get("/admin/axes/accessattempt/add/").status_code == 403
    assert admin_client.get("/admin/django_q/schedule/add/").status_code == 404


def test_the_site_starts_with_the_queue_in_redis_too(db: None) -> None:
    done = run_code("print('started')", REDIS_URL="redis://127.0.0.1:1/15")
    assert "started" in done.stdout, done.stdout
