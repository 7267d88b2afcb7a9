"""The pages on which applications are made and changed. What was typed is never lost."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from dashboards.applications.conflicts import Overtaken, overtaken
from dashboards.applications.drafts import Draft
from dashboards.applications.forms import ApplicationForm
from dashboards.applications.views import application_of
from dashboards.shell.partials import is_partial
from domains.applications import reads
from domains.base.errors import Conflict, ValidationFailed
from domains.orchestration.start import run_now

METHODS = ["GET", "HEAD", "POST"]
Info = reads.ApplicationInfo


@require_http_methods(METHODS)
def create_page(request: HttpRequest) -> HttpResponse:
    """Add an application."""
    if request.method != "POST":
        return _page(request, ApplicationForm.of(None), None)
    form = ApplicationForm(request.POST, info=None)
    if draft := _reshaped(request, form):
        return _reshaped_page(request, form, None, draft)
    if not form.is_valid():
        return _page(request, form, None, status=422)
    values = form.values()
    try:
        run_now("applications", "create", actor=request.user, application=values["slug"], values=values)
    except ValidationFailed as error:
        _take_faults(form, error)
        return _page(request, form, None, status=422)
    messages.success(request, f"{values['name']} is added.")
    return redirect("application", app=values["slug"])


@require_http_methods(METHODS)
def edit_page(request: HttpRequest, app: str) -> HttpResponse:
    """Change an application."""
    info = application_of(request)
    if request.method != "POST":
        return _page(request, ApplicationForm.of(info), info)
    form = ApplicationForm(request.POST, info=info)
    if draft := _reshaped(request, form):
        return _reshaped_page(request, form, info, draft)
    if not form.is_valid():
        return _page(request, form, info, status=422)
    version, values = form.cleaned_data["version"] or info.version, form.values()
    try:
        reads.check_version(info, version)
        run_now("applications", "update", actor=request.user, application=app, app=app, values=values, version=version)
    except Conflict:
        return _conflict_page(request, reads.application_of(info.uuid), version, values)
    return _saved(request, app, version)


def _saved(request: HttpRequest, app: str, version: int) -> HttpResponse:
    now = reads.application_get(app, active_only=False)
    if now.version == version:
        messages.info(request, "Nothing was different, so nothing was changed.")
    else:
        messages.success(request, f"{now.name} is saved.")
    return redirect("application", app=app)


def _conflict_page(request: HttpRequest, now: Info, version: int, values: dict[str, Any]) -> HttpResponse:
    found = overtaken(now, version, values)
    if found is None:
        messages.warning(
            request, "This form was not made for the application as it is now. Look it over and save again."
        )
    form = ApplicationForm.of(now, found.values if found else values)
    return _page(request, form, now, status=409, conflict=found)


def _reshaped(request: HttpRequest, form: ApplicationForm) -> Draft | None:
    """The draft that one of the buttons beside the rows has changed; None when the form is to be saved."""
    for name in ("_add", "_remove", "_json"):
        data_type, _, index = request.POST.get(name, "").partition(":")
        draft = next((draft for draft in form.drafts if draft.data_type == data_type), None)
        if draft is None:
            continue
        if name == "_add":
            draft.add()
        elif name == "_json":
            draft.to_json()
        elif index.isascii() and index.isdigit():
            draft.remove(int(index[:4]))
        return draft
    return None


def _reshaped_page(request: HttpRequest, form: ApplicationForm, info: Info | None, draft: Draft) -> HttpResponse:
    if is_partial(request):
        return render(request, "applications/_rule.html", _rule_context() | {"draft": draft})
    shown = ApplicationForm(None, info=info, initial=request.POST.dict())
    shown.drafts = form.drafts
    return _page(request, shown, info)


def _take_faults(form: ApplicationForm, error: ValidationFailed) -> None:
    for name, faults in error.fields.items():
        for fault in faults:
            form.add_error(name if name in form.fields else None, fault)


def _page(
    request: HttpRequest,
    form: ApplicationForm,
    info: Info | None,
    *,
    status: int = 200,
    conflict: Overtaken | None = None,
) -> HttpResponse:
    title = f"Edit {info.name}" if info else "Add an application"
    context = {"page_title": title, "form": form, "info": info, "conflict": conflict}
    return render(request, "applications/edit.html", _rule_context() | context, status=status)


def _rule_context() -> dict[str, Any]:
    return {"operators": reads.operator_choices(), "functions": reads.function_names()}
