"""ListPage: one class, one URL for a list: page, partial for htmx, export, columns and bulk actions."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.generic import View

from dashboards.shell import exports
from dashboards.shell.bulk import BulkAction, chosen_rows
from dashboards.shell.filters import FilterSet
from dashboards.shell.listing import Listing
from dashboards.shell.partials import is_partial
from dashboards.shell.tables import Table
from dashboards.shell.viewer import preferences_of
from domains.base.errors import NotFound, PermissionDenied, ValidationFailed
from domains.identity import reads as identity
from domains.orchestration.start import run_now
from domains.permissions.access import STAFF, Access

__all__ = ["BulkAction", "ListPage"]


class ListPage(View):
    """Derive, set the attributes, answer `queryset`. The query string is the whole state, so every view has a link."""

    http_method_names = ["get", "head", "post", "options"]
    key: ClassVar[str]
    title: ClassVar[str]
    icon: ClassVar[str] = "list"
    table_class: type[Table]
    filterset_class: ClassVar[type[FilterSet]]
    template_name: ClassVar[str] = "shell/list.html"
    search_label: ClassVar[str] = "Search this list"
    empty_text: ClassVar[str] = "Nothing here yet."
    empty_action: ClassVar[tuple[str, str] | None] = None
    actions: ClassVar[tuple[BulkAction, ...]] = ()
    id_field: ClassVar[str] = "pk"
    default_sort: ClassVar[str] = ""
    approximate_count: ClassVar[bool] = False
    data_access: ClassVar[Access] = STAFF

    def queryset(self) -> QuerySet[Any]:
        """The rows before filters, from reads."""
        raise NotImplementedError

    def context(self) -> dict[str, Any]:
        """What a template of one's own needs beyond the list."""
        return {}

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """The page, the partial, or the export."""
        if not self.data_access.allows(request.user):
            return self._forbidden(request)
        listing = self._listing(request)
        if "export" in request.GET:
            return self._export(listing, request.GET["export"])
        context = {"page_title": self.title, "view": self, "list": listing, **self.context()}
        if not is_partial(request):
            return render(request, self.template_name, context)
        response = render(request, "shell/_results.html", context | {"partial": True})
        response["HX-Push-Url"] = listing.url()
        return response

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Save the columns, or run a bulk action; then back to the same list."""
        self.data_access.check(request.user)
        if "_columns" in request.POST:
            return self._save_columns(request)
        return self._bulk(request, request.POST.get("_action", ""))

    def allowed_actions(self) -> list[BulkAction]:
        """The bulk actions that the viewer may run."""
        return [action for action in self.actions if action.access.allows(self.request.user)]

    def _listing(self, request: HttpRequest) -> Listing:
        preferences = preferences_of(request)
        return Listing(
            request=request,
            table_class=self.table_class,
            filterset=self.filterset_class(data=request.GET, queryset=self.queryset(), request=request),
            columns=self.table_class.choose(identity.columns(request.user, self.key)),
            page_size=preferences.page_size,
            capped=self.approximate_count,
            default_sort=self.default_sort,
            id_field=self.id_field,
        )

    def _forbidden(self, request: HttpRequest) -> HttpResponse:
        if is_partial(request):
            raise PermissionDenied(f"You need the permission {self.data_access.permission} to see this list.")
        context = {"page_title": self.title, "view": self, "list": None, **self.context()}
        return render(request, self.template_name, context, status=403)

    def _export(self, listing: Listing, kind: str) -> HttpResponseBase:
        if kind not in exports.FORMATS:
            raise NotFound(f"There is no export as “{kind[:20]}”, only as {' or '.join(exports.FORMATS)}.")
        if listing.faults:
            raise ValidationFailed("Mend the filters before exporting.", fields={"": listing.faults})
        name = self.key.replace(".", "-")
        return exports.export(listing.table, listing.columns, listing.rows, kind=kind, title=name)

    def _save_columns(self, request: HttpRequest) -> HttpResponse:
        wanted = request.POST.getlist("column")
        known = self.table_class.column_names()
        run_now(
            "identity",
            "save_columns",
            user_id=request.user.pk,
            key=self.key,
            columns=[] if "_reset" in request.POST else [name for name in known if name in wanted],
        )
        return _back(request)

    def _bulk(self, request: HttpRequest, name: str) -> HttpResponse:
        action = next((action for action in self.actions if action.name == name), None)
        if action is None:
            raise ValidationFailed("This list has no such action.")
        action.access.check(request.user)
        rows = self._chosen(request)
        count = rows.count()
        if not count:
            messages.warning(request, "Nothing was chosen. Tick the rows first.")
            return _back(request)
        if action.confirm and "_confirmed" not in request.POST:
            return self._confirm(request, action, count)
        messages.success(request, action.run(request, rows) or f"{action.label}: done for {count:,}.")
        return _back(request)

    def _chosen(self, request: HttpRequest) -> QuerySet[Any]:
        listing = self._listing(request)
        if listing.faults:
            raise ValidationFailed("Mend the filters first.", fields={"": listing.faults})
        try:
            return chosen_rows(listing.rows, request.POST, self.id_field)
        except (ValueError, ValidationError) as error:
            raise ValidationFailed("Some of the chosen rows have names that cannot be.") from error

    def _confirm(self, request: HttpRequest, action: BulkAction, count: int) -> HttpResponse:
        context = {
            "page_title": self.title,
            "view": self,
            "action": action,
            "question": action.confirm.replace("{n}", f"{count:,}").replace("{s}", "" if count == 1 else "s"),
            "ids": request.POST.getlist("id"),
            "all": request.POST.get("_all", ""),
            "back": request.get_full_path(),
        }
        return render(request, "shell/confirm_bulk.html", context)


def _back(request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect(request.get_full_path(), status=303)
