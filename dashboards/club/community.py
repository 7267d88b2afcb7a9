"""The decision of each application whether its members' names are published."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from domains.club import reads
from domains.orchestration.start import run_now
from domains.permissions.access import permission

MANAGE = permission("club.manage_sources")


@require_safe
def community_page(request: HttpRequest) -> HttpResponse:
    """Every application with what it has decided."""
    context = {
        "page_title": "Names in public JSON",
        "communities": reads.community_list(),
        "may_manage": MANAGE.allows(request.user),
        "permission": MANAGE.permission,
    }
    return render(request, "club/community.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def decide_page(request: HttpRequest, app: str) -> HttpResponse:
    """Ask, then change the decision of one application to the other one."""
    state = reads.community_get(app)
    wanted = not state.publish_names
    if request.method == "POST":
        # What the person saw is what is decided, also when somebody else was faster.
        wanted = request.POST.get("publish_names") == "yes"
        run_now("club", "set_community", actor=request.user, application=app, app=app, publish_names=wanted)
        said = "are published" if wanted else "are not published"
        messages.success(request, f"Names of {state.title} {said} from the next publication on.")
        return redirect("club_community")
    question = f"Publish the names of {state.title}?" if wanted else f"Stop publishing the names of {state.title}?"
    return render(request, "club/decide.html", {"page_title": question, "state": state, "wanted": wanted})
