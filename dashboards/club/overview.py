"""The overview of the communities: how they are doing, what has moved, and what is out of date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from dashboards.club import words
from dashboards.club.choice import Choice, choice_of
from dashboards.club.figure_charts import FigureChart, compared, side_by_side
from dashboards.club.words import Move
from dashboards.shell import exports
from domains.base.errors import NotFound
from domains.club import reads
from domains.club.reads import Figure, Overview, Standing, Trouble

ICONS = {
    "members": "users",
    "topics": "message-square",
    "posts": "pencil",
    "likes": "thumbs-up",
    "stars": "star",
    "forks": "git-fork",
    "watchers": "eye",
    "contributors": "user",
    "open_issues": "circle-alert",
}
OLD = timedelta(hours=36)
"""A daily collection has failed to come when figures are older."""
MOST_FEATURES, MOST_LINES, MOST_MOVES = 10, 5, 6
LEAST_BEFORE = 10
"""Of fewer contributions a change in percent says nothing."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A hero metric on the page; its link draws it below."""

    figure: Figure
    icon: str
    href: str
    chosen: bool
    value: str
    moves: Sequence[tuple[str, Move]]


@dataclass(frozen=True, slots=True)
class SourceTrouble:
    """What a source fails about in one way: slugs of features, "" for the hero metrics. `at` is the time of the oldest
    figures that stand in.
    """

    first: Trouble
    application: str
    features: Sequence[str]
    at: datetime


@dataclass(frozen=True, slots=True)
class FeatureRow:
    """A feature on the page."""

    standing: Standing
    href: str
    application: str
    contributions: str
    top_share: str
    gini: str
    move: Move
    percent: Move
    stale_since: datetime | None


@require_safe
def overview_page(request: HttpRequest) -> HttpResponseBase:
    """`?app=&range=7|30|90|year|all&metric=`; with `export=<chart>` that chart as CSV."""
    choice = choice_of(request)
    shown = reads.overview(choice.slugs, choice.span)
    charts = charts_of(choice, shown) if shown else []
    if "export" in request.GET:
        return chart_csv(charts, request.GET["export"])
    context = {
        "page_title": "Community",
        "choice": choice,
        "places": _places(choice),
        "shown": shown,
        "charts": [(chart, choice.url(export=chart.name)) for chart in charts],
        "troubles": troubles_by_source(choice, reads.troubles(choice.slugs)),
        "collection": reads.latest_collection(),
        **(_figures(choice, shown) if shown else {}),
    }
    return render(request, "club/overview.html", context)


def troubles_by_source(choice: Choice, troubles: Sequence[Trouble]) -> list[SourceTrouble]:
    """What fails about each source in the same way, as one: a forum that is down fails in each of its features."""
    grouped: dict[tuple[UUID, str], list[Trouble]] = {}
    for trouble in troubles:
        grouped.setdefault((trouble.uuid, trouble.error), []).append(trouble)
    return [
        SourceTrouble(
            each[0],
            choice.titles.get(each[0].application, ""),
            [one.feature for one in each],
            min(one.at for one in each),
        )
        for each in grouped.values()
    ]


def _figures(choice: Choice, shown: Overview) -> dict[str, Any]:
    return {
        "tiles": tiles_of(choice, shown),
        "features": [feature_row(choice, shown, each) for each in shown.standings[:MOST_FEATURES]],
        "feature_count": len(shown.standings),
        "moves": [feature_row(choice, shown, each) for each in moved_most(shown.standings)],
        "moved_since": words.covered(shown.window),
        "is_old": timezone.now() - shown.collected > OLD,
    }


def tiles_of(choice: Choice, shown: Overview) -> list[Tile]:
    """A tile for each metric that any source has."""
    drawn = _drawn(choice, shown)
    return [
        Tile(
            figure,
            ICONS.get(figure.metric.name, "activity"),
            f"{choice.url(metric=figure.metric.name)}#trend",
            figure is drawn,
            words.amount(figure.value),
            [(name, words.move(figure.growth[name], than)) for name, than in words.AGO.items()],
        )
        for figure in shown.figures
    ]


def charts_of(choice: Choice, shown: Overview) -> list[FigureChart]:
    """The chosen metric beside the period before, the same by application, and the most contributed features."""
    charts = []
    figure = _drawn(choice, shown)
    if figure:
        metric, window = figure.metric, shown.window
        said = f"{metric.meaning} {words.trend(figure.line, window, metric.unit)}"
        icon = ICONS.get(metric.name, "activity")
        charts.append(compared(f"{metric.name}-trend", metric.title, icon, figure.line, window, words=said))
        by_name = {
            choice.titles[slug]: lines[metric.name].values
            for slug, lines in shown.by_application.items()
            if any(value is not None for value in lines[metric.name].values)
        }
        if len(by_name) > 1:
            name, title = f"{metric.name}-by-application", f"{metric.title} by application"
            said = f"{words.listed(list(by_name))}, each by itself."
            charts.append(side_by_side(name, title, "boxes", by_name, window, words=said))
    if shown.standings:
        charts.append(_features_chart(choice, shown))
    return charts


def chart_csv(charts: Sequence[FigureChart], name: str) -> HttpResponseBase:
    """The chart of that name as CSV. Raises NotFound."""
    for chart in charts:
        if chart.name == name:
            return exports.stream(chart.headings, chart.records(), kind="csv", title=f"club-{name}")
    raise NotFound("There is no chart of that name on this page.")


def moved_most(standings: Sequence[Standing]) -> list[Standing]:
    """The features whose contributions have changed most since the beginning of the span, by their share."""
    moved = []
    for each in standings:
        change = each.change
        if change and change.share and change.before >= LEAST_BEFORE:
            moved.append((abs(change.share), each))
    return [each for _, each in sorted(moved, key=lambda pair: -pair[0])[:MOST_MOVES]]


def feature_row(choice: Choice, shown: Overview, standing: Standing) -> FeatureRow:
    """A feature with its figures in words."""
    point = standing.point
    stale = [datetime.fromisoformat(at) for at in point.stale.values()]
    begin = words.beginning(shown.window)
    return FeatureRow(
        standing,
        reverse("club_feature", args=[point.feature.application, point.feature.slug]),
        choice.titles[point.feature.application],
        words.amount(point.contributions),
        words.share(point.top_share),
        "–" if point.gini is None else f"{point.gini:.2f}",
        words.move(standing.change, begin),
        words.percent(standing.change, begin),
        min(stale, default=None),
    )


def _features_chart(choice: Choice, shown: Overview) -> FigureChart:
    lines = {}
    for each in shown.standings[:MOST_LINES]:
        feature = each.point.feature
        label = feature.name if choice.application else f"{feature.name} ({choice.titles[feature.application]})"
        lines[label] = each.line.values
    said = "Contributions to the features that have most of them."
    return side_by_side("features", "Contributions by feature", "list", lines, shown.window, words=said)


def _drawn(choice: Choice, shown: Overview) -> Figure | None:
    named = (figure for figure in shown.figures if figure.metric.name == choice.metric)
    return next(named, shown.figures[0] if shown.figures else None)


def _places(choice: Choice) -> list[tuple[str, str, bool]]:
    every = [("All applications", choice.url(app=""), choice.application is None)]
    return every + [(info.name, choice.url(app=info.slug), info is choice.application) for info in choice.applications]
