"""The connection to Notion: what is entered, whether Notion lets Vault in, and what it finds there."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from dashboards.shell.forms import DressedForm
from dashboards.shell.panels import Panel
from dashboards.trace.kinds import KINDS
from domains.base.errors import NotFound, ValidationFailed
from domains.orchestration import reads as runs
from domains.orchestration.start import run_now, start
from domains.permissions.access import permission
from domains.trace import reads
from domains.trace.reads import Entered
from domains.trace.start import connect, show_webhook

CONNECT = permission("trace.connect_trace")
FIXED = "Given by the environment, which wins over what is entered here."
MAX_ADDRESS = 500


class ConnectionForm(DressedForm):
    """Token, databases and content. What the environment gives cannot be changed here."""

    token = forms.CharField(
        label="Token", required=False, strip=True, max_length=500, widget=forms.PasswordInput(render_value=False)
    )
    forget = forms.BooleanField(label="Forget the token", required=False)
    features = forms.CharField(label="Database of the features", required=False, max_length=MAX_ADDRESS)
    gateways = forms.CharField(label="Database of the gateways", required=False, max_length=MAX_ADDRESS)
    tiers = forms.CharField(label="Database of the tiers", required=False, max_length=MAX_ADDRESS)
    tags = forms.CharField(label="Database of the tags", required=False, max_length=MAX_ADDRESS)
    content = forms.MultipleChoiceField(
        label="Publish the content of pages too",
        required=False,
        choices=[(kind.name, kind.title) for kind in KINDS.values()],
        widget=forms.CheckboxSelectMultiple,
        help_text="As Markdown. Costs a request a page that was edited.",
    )

    def __init__(self, entered: Entered, data: Any = None) -> None:
        super().__init__(data, initial={**entered.databases, "content": list(entered.content)})
        self.entered = entered
        self.fields["token"].help_text = (
            "One is stored; leave this empty to keep it." if entered.has_token else "The secret of an integration."
        )
        self.fields["token"].widget.attrs["autocomplete"] = "off"
        if not entered.has_token or "token" in entered.fixed:
            del self.fields["forget"]
        for name in KINDS:
            self.fields[name].help_text = "A link to the database, its id, or the id of a data source."
        for name in entered.fixed & self.fields.keys():
            self.fields[name].disabled = True
            self.fields[name].help_text = FIXED

    def save(self, actor: Any) -> None:
        """Store what was entered. Raises ValidationFailed."""
        given, fixed = self.cleaned_data, self.entered.fixed
        token = "" if given.get("forget") else given["token"] or None
        connect(
            actor=actor,
            token=None if "token" in fixed else token,
            databases={name: given[name] for name in KINDS if name not in fixed},
            content=None if "content" in fixed else given["content"],
        )


class ReportPanel(Panel):
    """What the last check has found, looked at often, since somebody who has just asked waits for it."""

    name = "connection"
    title = "Connection"
    template = "trace/_connection.html"
    every = 3

    def __init__(self) -> None:
        super().__init__(url=reverse("trace_connection_report"))

    def context(self, request: HttpRequest) -> dict[str, Any]:
        """The report, and the check that is under way or has failed."""
        return {
            "report": reads.stored_report(),
            "entered": reads.entered(),
            "check": runs.latest_run("trace", "check_connection"),
            "may_connect": CONNECT.allows(request.user),
            "kinds": KINDS,
        }


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def connection_page(request: HttpRequest) -> HttpResponse:
    """The report and the form; a POST saves, then asks Notion."""
    if request.method == "POST":
        return _save(request)
    return _page(request, ConnectionForm(reads.entered()))


def _save(request: HttpRequest) -> HttpResponse:
    CONNECT.check(request.user)
    form = ConnectionForm(reads.entered(), request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        form.save(request.user)
    except ValidationFailed as error:
        for name, faults in error.fields.items():
            form.add_error(name if name in form.fields else None, faults)
        return _page(request, form, status=422)
    _check(request)
    messages.success(request, "The connection is saved. Vault asks Notion what it can see.")
    return _back()


def _page(request: HttpRequest, form: ConnectionForm, *, status: int = 200, shown: str = "") -> HttpResponse:
    context = {
        "page_title": "Connection to Notion",
        "form": form,
        "entered": form.entered,
        "report_panel": ReportPanel(),
        "webhook": reads.webhook(),
        "webhook_url": request.build_absolute_uri(reverse("trace_notion_webhook")),
        "shown_token": shown,
        "may_connect": CONNECT.allows(request.user),
        "permission": CONNECT.permission,
    }
    return render(request, "trace/connection.html", context, status=status)


def _check(request: HttpRequest) -> None:
    start("trace", "check_connection", actor=request.user, key=reads.CHECK_KEY)


def _back() -> HttpResponse:
    return HttpResponseRedirect(reverse("trace_connection"), status=303)


@never_cache
@require_POST
def connection_deed(request: HttpRequest, deed: str) -> HttpResponse:
    """Check, accept what is gone of a kind, show the webhook's token once, or forget the webhook."""
    CONNECT.check(request.user)
    if deed == "check":
        _check(request)
        messages.success(request, "Vault asks Notion what it can see.")
    elif deed == "accept":
        run = run_now("trace", "accept_schema", actor=request.user, kind=request.POST.get("kind", "")[:20])
        result: Any = run.result
        messages.success(request, result["message"])
        _check(request)
    elif deed == "show-webhook":
        return _page(request, ConnectionForm(reads.entered()), shown=show_webhook(actor=request.user))
    elif deed == "forget-webhook":
        run_now("trace", "forget_webhook", actor=request.user)
        messages.success(request, "The webhook is forgotten. Make a new one in Notion.")
    else:
        raise NotFound("Nothing of this name can be asked of the connection.")
    return _back()
