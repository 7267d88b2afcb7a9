"""Routes of the shell: account, preferences, palette and Django's admin."""

from __future__ import annotations

from allauth.account import views as account
from django.urls import path

from dashboards.shell import accounts, views
from domains.permissions.access import PUBLIC, STAFF
from domains.permissions.routes import in_one_commit, route

urlpatterns = [
    route("accounts/login/", account.login, name="account_login", access=PUBLIC),
    route("accounts/logout/", account.logout, name="account_logout", access=PUBLIC),
    route("accounts/inactive/", account.account_inactive, name="account_inactive", access=PUBLIC),
    route(
        "accounts/password/change/",
        in_one_commit(accounts.PasswordChange.as_view()),
        name="account_change_password",
        access=STAFF,
    ),
    route("preferences/", views.preferences_page, name="preferences", access=STAFF),
    route("preferences/theme/", views.theme, name="theme", access=STAFF),
    route("palette/", views.palette_page, name="palette", access=STAFF),
    route("favicon.ico", views.favicon, name="favicon", access=PUBLIC),
    path("admin/", accounts.admin_urls()),
]
