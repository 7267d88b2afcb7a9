"""Who may pass: everyone, staff, staff with a permission."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, Permission, User
from django.http import HttpRequest, HttpResponse
from django.test import Client
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from domains.base.errors import NotAuthenticated, PermissionDenied
from domains.permissions.access import PUBLIC, STAFF, Undeclared, drf_permission, permission
from domains.permissions.actors import actor_of
from domains.permissions.routes import route
from vault_site.urls import urlpatterns as site

EXPORT = permission("trace.export_trace")


def page(request: HttpRequest) -> HttpResponse:
    """A page."""
    return HttpResponse("in")


class Answer(APIView):
    """A JSON endpoint."""

    def get(self, request: Request) -> Response:
        """Say who passed."""
        return Response({"in": str(request.user)})


urlpatterns = [
    route("open/", page, access=PUBLIC),
    route("inside/", page, access=STAFF),
    route("export/", page, access=EXPORT),
    route("api/open/", Answer, access=PUBLIC),
    route("api/inside/", Answer, access=STAFF),
    route("api/export/", Answer, access=EXPORT),
    *site,
]


@pytest.fixture
def exporter(staff: User) -> User:
    staff.user_permissions.add(Permission.objects.get(codename="export_trace"))
    return User.objects.get(pk=staff.pk)


@pytest.mark.django_db
def test_everyone_passes_where_it_is_public() -> None:
    assert PUBLIC.allows(AnonymousUser())
    assert PUBLIC.allows(User(is_active=False))


@pytest.mark.django_db
def test_staff_pages_are_for_active_staff_only() -> None:
    with pytest.raises(NotAuthenticated):
        STAFF.check(AnonymousUser())
    for person in (User(is_staff=False), User(is_staff=True, is_active=False)):
        with pytest.raises(PermissionDenied, match="for staff"):
            STAFF.check(person)
    STAFF.check(User(is_staff=True))


@pytest.mark.django_db
def test_a_permission_is_named_to_whoever_lacks_it(staff: User, admin: User) -> None:
    with pytest.raises(PermissionDenied, match=r"trace\.export_trace") as caught:
        EXPORT.check(staff)
    assert caught.value.extra == {"permission": "trace.export_trace"}
    assert not EXPORT.allows(staff)
    assert EXPORT.allows(admin)


@pytest.mark.django_db
def test_a_permission_alone_lets_nobody_in_who_is_not_staff(exporter: User) -> None:
    assert EXPORT.allows(exporter)
    exporter.is_staff = False
    assert not EXPORT.allows(exporter)


@pytest.mark.django_db
@pytest.mark.urls(__name__)
@pytest.mark.parametrize(
    ("who", "expected"),
    [
        (
            "nobody",
            {"/open/": 200, "/inside/": 302, "/export/": 302, "/api/open/": 200, "/api/inside/": 0, "/api/export/": 0},
        ),
        (
            "staff",
            {
                "/open/": 200,
                "/inside/": 200,
                "/export/": 403,
                "/api/open/": 200,
                "/api/inside/": 200,
                "/api/export/": 403,
            },
        ),
        (
            "exporter",
            {
                "/open/": 200,
                "/inside/": 200,
                "/export/": 200,
                "/api/open/": 200,
                "/api/inside/": 200,
                "/api/export/": 200,
            },
        ),
    ],
)
def test_a_route_lets_pass_whom_it_declares(who: str, expected: dict[str, int], request: Any) -> None:
    client = Client()
    if who != "nobody":
        client.force_login(request.getfixturevalue(who))
    for url, status in expected.items():
        response = client.get(url)
        assert response.status_code == status or (status == 0 and response.status_code in {401, 403}), url


def test_a_route_carries_what_it_declares() -> None:
    callbacks: list[Any] = [getattr(entry, "callback", None) for entry in urlpatterns[:6]]
    assert [callback.vault_access for callback in callbacks] == [PUBLIC, STAFF, EXPORT] * 2


@pytest.mark.django_db
def test_an_endpoint_without_a_declaration_lets_nobody_pass(rf: Any, admin: User) -> None:
    request = rf.get("/")
    request.user = admin
    assert not Undeclared().has_permission(request, None)
    assert drf_permission(STAFF)().has_permission(request, None)  # type: ignore[arg-type]


@pytest.mark.django_db
def test_an_actor_is_a_user_the_system_or_nobody_known(staff: User) -> None:
    assert actor_of(staff) == {"actor_id": staff.pk, "actor_name": "staff"}
    assert actor_of(None) == {"actor_id": None, "actor_name": "system"}
    assert actor_of(AnonymousUser()) == {"actor_id": None, "actor_name": "anonymous"}
