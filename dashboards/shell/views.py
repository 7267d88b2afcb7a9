"""The shell's own pages: the palette, the preferences and the theme."""

from __future__ import annotations

import json

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboards.shell import palette
from dashboards.shell.back import back_to
from dashboards.shell.forms import PreferencesForm
from dashboards.shell.partials import is_htmx, is_partial
from dashboards.shell.viewer import preferences_of
from domains.orchestration.start import run_now


@require_safe
def palette_page(request: HttpRequest) -> HttpResponse:
    """Search results: a page of its own, or the list inside the palette."""
    query = request.GET.get("q", "")[: palette.MAX_QUERY]
    template = "shell/_palette_results.html" if is_partial(request) else "shell/palette.html"
    return render(request, template, {"query": query, "groups": palette.results(request, query)})


@require_http_methods(["GET", "HEAD", "POST"])
def preferences_page(request: HttpRequest) -> HttpResponse:
    """The viewer's preferences."""
    form = PreferencesForm(request.POST) if request.method == "POST" else PreferencesForm.of(preferences_of(request))
    if form.is_bound and form.is_valid():
        run_now("identity", "save_preferences", user_id=request.user.pk, **form.cleaned_data)
        messages.success(request, "Preferences saved.")
        return redirect("preferences")
    return render(request, "shell/preferences.html", {"form": form}, status=422 if form.is_bound else 200)


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Save the theme alone; the page is told its new theme, or loaded again without script."""
    chosen = request.POST.get("theme", "")
    run_now("identity", "save_preferences", user_id=request.user.pk, theme=chosen)
    if is_htmx(request):
        return HttpResponse(status=204, headers={"HX-Trigger": json.dumps({"vault:theme": {"theme": chosen}})})
    return back_to(request, "/")


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """The icon, for pages that are not ours and browsers that ask unbidden."""
    return HttpResponseRedirect(static("favicon.svg"))
