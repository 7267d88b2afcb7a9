"""Signing in and out: allauth's views that Vault uses, and Django's admin behind the same door."""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.views import PasswordChangeView
from django.contrib import admin
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, URLResolver, reverse

from domains.base.errors import Conflict
from domains.permissions.access import STAFF
from domains.permissions.routes import guarded, in_one_commit


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up: administrators make accounts."""

    error_messages: ClassVar[dict[str, Any]] = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": "The username or the password is wrong. Try again.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Back to the preferences."""
        return reverse("preferences")


class PasswordChange(PasswordChangeView):  # type: ignore[misc]
    """allauth's page, for those who have a password."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Show or save the form. Raises Conflict for an account that signs in without a password."""
        user: Any = request.user
        if not user.has_usable_password():
            raise Conflict("This account has no password. Ask an administrator to set one.")
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response


def admin_urls() -> tuple[list[Any], str, str]:
    """Django's admin with every route behind staff access; who may do what inside is its own matter."""
    admin.site.site_header = admin.site.site_title = "Vault administration"
    admin.site.index_title = "Users and groups"
    patterns, app_name, namespace = admin.site.urls
    _guard(patterns)
    return patterns, app_name, namespace


def _guard(patterns: list[Any]) -> None:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            _guard(pattern.url_patterns)
        elif isinstance(pattern, URLPattern):
            pattern.callback = guarded(in_one_commit(pattern.callback), STAFF)
