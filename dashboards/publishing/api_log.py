"""The API log: who read the public JSON, how often, and how long they waited."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe
from django_filters import CharFilter, ChoiceFilter

from dashboards.core.charts import Chart
from dashboards.publishing.tables import LogTable
from dashboards.shell.filters import FilterSet
from dashboards.shell.list_page import ListPage
from dashboards.shell.panels import SharedPanel, panel_view
from domains.applications import reads as applications
from domains.publishing import api_log_reads as reads
from domains.publishing.api_log_reads import LogWindow, Use


class LogFilters(FilterSet):
    """Buckets by service, endpoint, application, status and outcome. `window` is chosen above the charts."""

    search_fields = ("service", "endpoint", "application", "outcome")
    window = CharFilter(method="kept", widget=forms.HiddenInput)
    service = ChoiceFilter(label="Service")
    endpoint = ChoiceFilter(label="Endpoint")
    application = ChoiceFilter(label="Application", choices=applications.application_choices)
    status = ChoiceFilter(label="Status")
    outcome = ChoiceFilter(label="Outcome")

    def get_form_class(self) -> Any:
        """The form, with what stands in the log."""
        for name in ("service", "endpoint", "status", "outcome"):
            self.filters[name].extra["choices"] = reads.log_choices(name)
        return super().get_form_class()

    def chips(self, query: Any) -> Any:
        """Without the window, which is no filter that can be taken away."""
        return [chip for chip in super().chips(query) if chip.label != "window"]

    def kept(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """The rows are those of the window already."""
        return rows


class ApiLogPage(ListPage):
    """Charts and totals of a window, and the buckets that they are made of."""

    key, title, icon = "publishing.api_log", "API log", "activity"
    template_name = "publishing/api_log.html"
    table_class, filterset_class = LogTable, LogFilters
    search_label = "Search endpoints"
    empty_text = "Nobody has read the public JSON in this time."
    default_sort = "-at"
    approximate_count: ClassVar[bool] = True

    @property
    def window(self) -> LogWindow:
        """What the address asks for."""
        return reads.log_window(self.request.GET.get("window", ""))

    def queryset(self) -> Any:
        """The buckets of the window."""
        return reads.log_list(self.window)

    def context(self) -> dict[str, Any]:
        """The panel above the list."""
        links = [(window, self._window_url(window)) for window in reads.WINDOWS]
        return {
            "windows": links,
            "window": self.window,
            "use_panel": UsePanel(self.window.name, *narrowed(self.request)),
        }

    def _window_url(self, window: LogWindow) -> str:
        query = self.request.GET.copy()
        query["window"] = window.name
        query.pop("page", None)
        return f"{self.request.path}?{query.urlencode()}"


class UsePanel(SharedPanel):
    """Charts and totals of one window, for one service and one application or for all ("")."""

    title = "Use of the public JSON"
    template = "publishing/_use.html"
    keep = 5.0

    def __init__(self, window: str, service: str = "", application: str = "") -> None:
        chosen = {name: value for name, value in (("service", service), ("application", application)) if value}
        super().__init__(
            name="-".join(["api-use", window, *(f"{name}-{value}" for name, value in chosen.items())]),
            url=reverse("public_api_use", args=[window]) + (f"?{urlencode(chosen)}" if chosen else ""),
        )
        self.window = reads.log_window(window)
        self.chosen = chosen

    def figures(self) -> dict[str, Any]:
        """The charts, the totals by endpoint, and what they add up to."""
        times, uses = reads.log_slots(self.window, **self.chosen)
        return {
            "charts": charts_of(times, uses),
            "rows": reads.log_endpoints(self.window, **self.chosen)[:50],
            "total": sum(use.requests for use in uses),
            "window": self.window,
        }


def charts_of(times: Sequence[int], uses: Sequence[Use]) -> list[Chart]:
    """How many requests were answered how, and how long they took."""
    answered: list[tuple[str, str, Callable[[Use], Any]]] = [
        ("Answered", "accent", lambda use: use.requests - use.unchanged - use.refused - use.failed),
        ("Unchanged (304)", "ok", lambda use: use.unchanged),
        ("Refused (4xx)", "warn", lambda use: use.refused),
        ("Failed (5xx)", "bad", lambda use: use.failed),
    ]
    waited: list[tuple[str, str, Callable[[Use], Any]]] = [
        ("Mean", "accent", lambda use: use.mean_ms),
        ("95 % within", "warn", lambda use: use.usual_ms),
    ]
    empty = "" if any(use.requests for use in uses) else "Nobody has asked for anything in this time."
    return [
        _chart("chart-requests", "Requests", "activity", "", answered, times, uses, empty),
        _chart("chart-latency", "Time to answer", "clock", "ms", waited, times, uses, empty),
    ]


def _chart(
    id: str,
    title: str,
    icon: str,
    unit: str,
    lines: Sequence[tuple[str, str, Callable[[Use], Any]]],
    times: Sequence[int],
    uses: Sequence[Use],
    empty: str,
) -> Chart:
    series = [{"label": label, "tone": tone, "values": [value(use) for use in uses]} for label, tone, value in lines]
    return Chart(id, title, icon, {"x": times, "series": series, "unit": unit, "span": True}, empty, None)


@require_safe
def use_panel(request: HttpRequest, window: str) -> HttpResponseBase:
    """The panel's fragment, for the service and the application that the address names."""
    service, application = narrowed(request)
    name = reads.log_window(window).name
    return panel_view(UsePanel)(request, window=name, service=service, application=application)


def narrowed(request: HttpRequest) -> tuple[str, str]:
    """The service and the application that the address asks for, "" for one that there is not."""
    service, application = (request.GET.get(name, "") for name in ("service", "application"))
    return (
        service if service and service in dict(reads.log_choices("service")) else "",
        application if application in dict(applications.application_choices()) else "",
    )
