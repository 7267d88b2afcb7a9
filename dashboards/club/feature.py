"""The page of a feature: who and what is most present, how that has moved, and how it is spread."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from dashboards.club import words
from dashboards.club.choice import Choice, choice_of
from dashboards.club.curve import lorenz_curve
from dashboards.club.figure_charts import FigureChart, compared, side_by_side
from dashboards.club.overview import chart_csv
from dashboards.club.ranking import MOVES, SORTS, RankingList
from dashboards.shell import exports
from dashboards.shell.partials import is_partial
from domains.applications import reads as applications
from domains.club import reads
from domains.club.reads import FeatureDetail

MOST_ITEMS = 10
ITEM_HEADINGS = ("rank", "title", "url", "score")
SINCE = {"day": "A day", "week": "A week", "month": "A month"}


@require_safe
def feature_page(request: HttpRequest, app: str, slug: str) -> HttpResponseBase:
    """`?since=day|week|month` for movements, `?range=` for the charts, and what `RankingList` takes.

    `export` is csv or json for the members, items for the items, or the name of a chart; all but json are CSV.
    """
    since = request.GET.get("since", "")
    detail = reads.feature_detail(reads.feature_get(app, slug), since if since in SINCE else "week")
    ranking = RankingList(request, detail)
    if request.GET.get("export") in exports.FORMATS:
        return ranking.export(request.GET["export"])
    if request.GET.get("export") == "items":
        return _items_csv(detail)
    context = {"detail": detail, "ranking": ranking, "moves": MOVES, "sorts": SORTS}
    if is_partial(request):
        response: HttpResponse = render(request, "club/_ranking.html", context | {"partial": True})
        response["HX-Push-Url"] = ranking.url()
        return response
    choice = choice_of(request)
    charts = charts_of(choice, detail)
    if "export" in request.GET:
        return chart_csv(charts, request.GET["export"])
    context |= _context(choice, ranking, charts, since if since in SINCE else "week")
    return render(request, "club/feature.html", context)


def charts_of(choice: Choice, detail: FeatureDetail) -> list[FigureChart]:
    """Contributions beside the period before, and the members of each day."""
    if detail.point is None:
        return []
    history = reads.feature_history(detail.feature, choice.span, detail.point.at)
    said = words.trend(history.contributions, history.window, "contributions")
    members = {
        "Present": history.members.values,
        "New": history.new.values,
        "Returning": history.returning.values,
    }
    every = "week" if choice.span.every == "week" else "day"
    counted = f"Present on a {every}, and of them those who had never been there and those who came back."
    return [
        compared("contributions", "Contributions", "activity", history.contributions, history.window, words=said),
        side_by_side("members", f"Members by {every}", "users", members, history.window, words=counted),
    ]


def _context(choice: Choice, ranking: RankingList, charts: Sequence[FigureChart], since: str) -> dict[str, Any]:
    detail = ranking.detail
    info = applications.application_get(detail.feature.application, active_only=False)
    preview, public = reverse("club_preview"), reads.feature_links(detail.feature, detail.point)
    return {
        "page_title": detail.feature.name,
        "application": info,
        "spans": [(span, ranking.url(range=span.name, page="")) for span in reads.SPANS.values()],
        "chosen_span": choice.span,
        "charts": [(chart, ranking.url(export=chart.name)) for chart in charts],
        "since": since,
        "sinces": [(name, label, f"{ranking.url(since=name, page='')}#members") for name, label in SINCE.items()],
        "contributions": words.amount(detail.point.contributions) if detail.point else "",
        "top_share": words.share(detail.point.top_share) if detail.point else "",
        "gini": f"{detail.point.gini:.2f}" if detail.point and detail.point.gini is not None else "–",
        "curve": _curve(detail),
        "concentration": concentration(detail),
        "items": detail.items[:MOST_ITEMS],
        "items_url": ranking.url(export="items"),
        "links": [(label, href, f"{preview}?{urlencode({'address': href})}") for label, href in public],
    }


def concentration(detail: FeatureDetail) -> list[str]:
    """How contributions are spread, in sentences."""
    point = detail.point
    if point is None or point.top_share is None or point.gini is None:
        return []
    top = f"The ten most present have {words.share(point.top_share)} of all contributions."
    if point.members <= 10:
        top = f"There are {point.members} members, so the ten most present have everything."
    half = next((place for place, least in enumerate(_sums(detail), 1) if least >= 0.5), 0)
    most = f"{half} member{'' if half == 1 else 's'} of {point.members:,} made half of them."
    return [top, most, f"The Gini coefficient is {point.gini:.2f}: 0 if all gave alike, near 1 if one gave everything."]


def _sums(detail: FeatureDetail) -> list[float]:
    """Which share the most present have together, one more with each."""
    sums, total = [], 0.0
    for place in detail.places:
        total += place.share
        sums.append(round(total, 9))
    return sums


def _curve(detail: FeatureDetail) -> str:
    points = reads.lorenz(place.score for place in detail.places)
    return lorenz_curve(points, label=" ".join(concentration(detail))) if points else ""


def _items_csv(detail: FeatureDetail) -> HttpResponseBase:
    names = sorted({name for item in detail.items for name in item.figures})
    records = (
        [item.rank, item.title, item.url, item.score, *(item.figures.get(name) for name in names)]
        for item in detail.items
    )
    title = f"club-{detail.feature.application}-{detail.feature.slug}-items"
    return exports.stream([*ITEM_HEADINGS, *names], records, kind="csv", title=title)
