"""The cache of published documents: what may be in it, what is, and emptying it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from dashboards.shell.exports import FORMATS, stream
from domains.base.errors import NotFound
from domains.club import reads
from domains.orchestration.start import run_now
from domains.permissions.access import permission

CLEAR = permission("club.collect_club")
STATES = {"": "All", "set": "In the cache", "unset": "Not in it"}
HEADINGS = {"key": "Key", "is_set": "In the cache", "bytes": "Size"}


@require_safe
def cache_page(request: HttpRequest) -> HttpResponseBase:
    """Every possible key, with quick search `q`, `state` set or unset, and `export`."""
    query, state = request.GET.get("q", "").strip()[:200], request.GET.get("state", "")
    status = reads.cache_status()
    found = _matching(reads.cache_entries(), query, state)
    if kind := request.GET.get("export", ""):
        return _export(found, kind)
    context = {
        "page_title": "Cache",
        "status": status,
        "entries": found,
        "query": query,
        "state": state,
        "states": [(name, title, _url(query, name)) for name, title in STATES.items()],
        "exports": [(kind, _url(query, state, export=kind)) for kind in FORMATS],
        "may_clear": CLEAR.allows(request.user),
        "permission": CLEAR.permission,
    }
    return render(request, "club/cache.html", context)


@require_POST
def clear_cache(request: HttpRequest) -> HttpResponse:
    """Forget one key, or all of them. The next question for each reads the published document again."""
    CLEAR.check(request.user)
    keys = request.POST.getlist("key") or None
    result: Any = run_now("club", "clear_cache", actor=request.user, keys=keys).result
    messages.success(request, result["message"])
    return HttpResponseRedirect(reverse("club_cache"), status=303)


def _matching(entries: Sequence[Any], query: str, state: str) -> list[Any]:
    words = query.casefold().split()
    found = [entry for entry in entries if all(word in entry.key.casefold() for word in words)]
    return [entry for entry in found if entry.is_set == (state == "set")] if state in ("set", "unset") else found


def _export(entries: Sequence[Any], kind: str) -> HttpResponseBase:
    if kind not in FORMATS:
        raise NotFound(f"There is no export as “{kind[:20]}”, only as {' or '.join(FORMATS)}.")

    def records() -> Iterator[list[Any]]:
        for entry in entries:
            yield [getattr(entry, name) for name in HEADINGS]

    headings = list(HEADINGS.values()) if kind == "csv" else list(HEADINGS)
    return stream(headings, records(), kind=kind, title="club-cache")


def _url(query: str, state: str, **more: str) -> str:
    given = {name: value for name, value in {"q": query, "state": state, **more}.items() if value}
    return f"{reverse('club_cache')}?{urlencode(given)}" if given else reverse("club_cache")
