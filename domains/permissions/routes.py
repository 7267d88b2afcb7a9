"""The one way to declare a route: its pattern, its view, its name and who may reach it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, path
from rest_framework.permissions import SAFE_METHODS
from rest_framework.views import APIView

from domains.base import database
from domains.permissions.access import Access, drf_permission

View = Callable[..., HttpResponseBase]


def route(pattern: str, view: View | type[APIView], *, access: Access, name: str = "", **kwargs: Any) -> URLPattern:
    """A URL pattern whose view is reached only by those whom `access` lets pass.

    A class derived from APIView gets the rule as its permission class; any other view is wrapped. Either way the
    callback carries `vault_access`, which a test looks for on every route.
    """
    callback = _api(view, access) if isinstance(view, type) else guarded(view, access)
    return path(pattern, callback, kwargs or None, name=name or None)


def guarded(view: View, access: Access) -> View:
    """The view behind the rule; for callbacks that others put into a URLconf, such as the admin's."""

    @wraps(view)
    def guard(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        access.check(request.user)
        return view(request, *args, **kwargs)

    guard.vault_access = access  # type: ignore[attr-defined]
    return guard


def in_one_commit(view: View) -> View:
    """The view with everything that it changes in one transaction, for views of others that know of no events."""

    @wraps(view)
    def whole(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method in SAFE_METHODS:
            return view(request, *args, **kwargs)
        with database.atomic_write():
            return view(request, *args, **kwargs)

    return whole


def _api(view: type[APIView], access: Access) -> View:
    callback = view.as_view(permission_classes=[drf_permission(access)])
    callback.vault_access = access  # type: ignore[attr-defined]
    return callback
