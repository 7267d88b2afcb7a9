"""The pages of members: the list, one of them, and erasing one on request."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods, require_safe
from django_filters import ChoiceFilter, DateFromToRangeFilter

from dashboards.club import words
from dashboards.shell.filters import FilterSet
from dashboards.shell.list_page import ListPage
from dashboards.shell.tables import CodeColumn, Column, NumberColumn, Table
from domains.applications import reads as applications
from domains.club import reads
from domains.club.start import start_erasure
from domains.permissions.access import permission

ERASE = permission("club.erase_members")
EXTRA = {"th": {"class": "extra"}, "td": {"class": "extra"}}


def member_url(record: Any) -> str:
    """The page of a member."""
    return reverse("club_member", args=[record.uuid])


class MemberTable(Table):
    """One row a member of an application's community."""

    default_columns = ("name", "application", "pseudonym", "feature_count", "first_day", "last_day")

    name = Column(linkify=member_url, attrs={"td": {"class": "name"}})
    application = Column()
    pseudonym = CodeColumn(attrs=EXTRA)
    feature_count = NumberColumn(verbose_name="Features", orderable=False)
    first_day = Column(verbose_name="First seen", initial_sort_descending=True, attrs=EXTRA)
    last_day = Column(verbose_name="Last seen", initial_sort_descending=True)
    key = CodeColumn(verbose_name="Account", orderable=False, attrs=EXTRA)
    url = Column(verbose_name="Profile", orderable=False, attrs=EXTRA)

    def render_first_day(self, value: date) -> str:
        """The day."""
        return words.day(value)

    def value_first_day(self, value: date) -> date:
        """The day itself."""
        return value

    def render_last_day(self, value: date) -> str:
        """The day."""
        return words.day(value)

    def value_last_day(self, value: date) -> date:
        """The day itself."""
        return value

    def render_url(self, value: str) -> SafeString | str:
        """The account's own page, which leads away from Vault."""
        if not member_link(value):
            return value
        return format_html('<a href="{}" rel="noreferrer noopener">{}</a>', value, value.split("//", 1)[1][:60])

    def value_url(self, value: str) -> str:
        """The address."""
        return value


class MemberFilters(FilterSet):
    """By application, by feature, and by when somebody was seen first and last."""

    search_fields = ("name", "pseudonym", "key")

    app = ChoiceFilter(field_name="application", label="Application", choices=applications.application_choices)
    feature = ChoiceFilter(label="Feature", method="of_feature", choices=reads.feature_names)
    first = DateFromToRangeFilter(field_name="first_day", label="First seen")
    last = DateFromToRangeFilter(field_name="last_day", label="Last seen")

    def of_feature(self, rows: Any, name: str, value: str) -> Any:
        """Those who were ever present in the feature."""
        return reads.members_of_feature(rows, value)


class MembersPage(ListPage):
    """Everybody who appears in the figures."""

    key, title, icon = "club.members", "Members", "users"
    template_name = "club/members.html"
    table_class, filterset_class = MemberTable, MemberFilters
    search_label = "Search members"
    empty_text = "Nobody was found yet. Members appear with the first collection."
    empty_action = ("Go to collections", "/club/collections/")
    approximate_count = True

    def queryset(self) -> Any:
        """Every member by name."""
        return reads.member_list()

    def context(self) -> dict[str, Any]:
        """Who was erased, without a name."""
        return {"erased": reads.erasure_count(), "erasures": reads.erasure_list()}


@require_safe
def member_page(request: HttpRequest, member_uuid: UUID) -> HttpResponse:
    """One member: the account, and the places in the newest rankings."""
    found = reads.member_detail(member_uuid)
    context = {
        "page_title": found.member.name,
        "found": found,
        "member": found.member,
        "profile": member_link(found.member.url),
        "names": reads.community_of(found.member.application).publish_names,
        "may_erase": ERASE.allows(request.user),
        "permission": ERASE.permission,
    }
    return render(request, "club/member.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def erase_page(request: HttpRequest, member_uuid: UUID) -> HttpResponse:
    """Say what goes, then start the run that erases it, and lead to that run."""
    found = reads.member_detail(member_uuid)
    if request.method == "POST":
        run = start_erasure(request.user, found.member)
        messages.success(request, "The erasure has been queued." if run.created else "It is being erased already.")
        return HttpResponseRedirect(reverse("run", args=[run.uuid]), status=303)
    context = {"page_title": f"Erase {found.member.name}?", "found": found, "member": found.member}
    return render(request, "club/erase.html", context)


def member_link(url: str) -> str:
    """The account's own page, "" unless it is an address that a browser may be led to."""
    return url if url.startswith(("https://", "http://")) else ""
