"""The pages on which sources are made and changed. What was typed is never lost, but for the secret."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from dashboards.club.source_forms import SourceForm
from dashboards.club.source_uploads import with_uploads
from dashboards.shell.partials import is_partial
from domains.base.errors import Conflict, NotFound, ValidationFailed
from domains.club import reads
from domains.club.reads import SourceKind
from domains.club.start import save_source

METHODS = ["GET", "HEAD", "POST"]
WORDS = {
    "discourse": ("message-square", "A forum: its figures, and who is present in categories and tags."),
    "github": ("git-fork", "Repositories and organisations: stars, contributors, issues and discussions."),
    "http": ("globe", "Any address that answers JSON. Expressions say where the figures stand in it."),
    "file": ("file-json", "JSON and CSV files, uploaded here or put into a folder by another program."),
}
"""The icon of a built-in kind, and what it is."""


@require_http_methods(METHODS)
def create_page(request: HttpRequest) -> HttpResponse:
    """Choose a kind, then enter what it asks for."""
    name = request.GET.get("kind", "")
    kind = reads.find_kind(name)
    if kind is None:
        context = {"page_title": "Add a source", "kinds": _cards(), "unknown": name[:100]}
        return render(request, "club/kinds.html", context)
    if request.method != "POST":
        return _page(request, SourceForm(kind, initial={"application": request.GET.get("app", "")}))
    form = _sent(request, kind, None)
    return _reshaped(request, form) or _saved(request, form)


@require_http_methods(METHODS)
def edit_page(request: HttpRequest, source_uuid: UUID) -> HttpResponse:
    """Change a source."""
    source = reads.source_get(source_uuid)
    kind = reads.find_kind(source.kind)
    if kind is None:
        raise NotFound(f"The extension that brings sources of the kind {source.kind} is not installed.")
    if request.method != "POST":
        return _page(request, SourceForm(kind, source))
    form = _sent(request, kind, source)
    return _reshaped(request, form) or _saved(request, form)


def _cards() -> list[tuple[str, str, str, str]]:
    """Name, title, icon and a sentence of each kind."""
    found = reads.kinds().items()
    return [
        (name, kind.title, *WORDS.get(name, ("boxes", f"Brought by the extension {name}."))) for name, kind in found
    ]


def _sent(request: HttpRequest, kind: SourceKind, source: Any) -> SourceForm:
    data, faults = with_uploads(kind, request.POST, request.FILES)
    return SourceForm(kind, source, data, upload_faults=faults)


def _saved(request: HttpRequest, form: SourceForm) -> HttpResponse:
    if not form.is_valid():
        return _page(request, form, status=422)
    values = form.values()
    try:
        saved = save_source(
            actor=request.user,
            uuid=form.source.uuid if form.source else None,
            values=values,
            secret=form.secret(),
            version=form.cleaned_data["version"],
        )
    except ValidationFailed as error:
        form.take_faults(error)
        return _page(request, form, status=422)
    except Conflict as error:
        form.add_error(None, error.message)
        return _page(request, form, status=409)
    messages.success(request, f"{values['name']} is saved. “Test” asks whether it works.")
    return redirect("club_source", source_uuid=saved)


def _reshaped(request: HttpRequest, form: SourceForm) -> HttpResponse | None:
    """The form after one of the buttons beside the rows; None when it is to be saved."""
    index = request.POST.get("_remove", "")
    if "_add" in request.POST:
        form.rows.add()
    elif index.isascii() and index.isdigit():
        form.rows.remove(int(index[:4]))
    else:
        return None
    if is_partial(request):
        return render(request, "club/_rows.html", {"rows": form.rows})
    shown = SourceForm(form.kind, form.source, initial={name: form.data.get(name, "") for name in form.fields})
    shown.rows = form.rows
    return _page(request, shown)


def _page(request: HttpRequest, form: SourceForm, *, status: int = 200) -> HttpResponse:
    title = f"Edit {form.source.name}" if form.source else f"Add a source: {form.kind.title}"
    context = {"page_title": title, "form": form, "rows": form.rows, "source": form.source, "kind": form.kind}
    return render(request, "club/edit_source.html", context, status=status)
