"""The overview of the communities: how they are doing, what has moved, and what is out of date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

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
from domains.club.reads import Figure, Hero, Standing, Window

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
    hero = reads.hero(choice.slugs, choice.span)
    window = hero.window if hero else None
    standings = reads.standings(choice.slugs, window)
    charts = charts_of(choice, hero, standings) if hero else []
    if "export" in request.GET:
        return chart_csv(charts, request.GET["export"])
    context = {
        "page_title": "Community",
        "choice": choice,
        "places": _places(choice),
        "hero": hero,
        "tiles": tiles_of(choice, hero) if hero else [],
        "charts": [(chart, choice.url(export=chart.name)) for chart in charts],
        "features": [feature_row(choice, each, window) for each in standings[:MOST_FEATURES]],
        "feature_count": len(standings),
        "moves": [feature_row(choice, each, window) for each in moved_most(standings)],
        "troubles": [(each, choice.titles.get(each.application)) for each in reads.troubles(choice.slugs)],
        "collection": reads.latest_collection(),
        "is_old": hero is not None and timezone.now() - hero.collected > OLD,
    }
    return render(request, "club/overview.html", context)


def tiles_of(choice: Choice, hero: Hero) -> list[Tile]:
    """A tile for each metric that any source has."""
    drawn = _drawn(choice, hero)
    return [
        Tile(
            figure,
            ICONS.get(figure.metric.name, "activity"),
            f"{choice.url(metric=figure.metric.name)}#trend",
            figure is drawn,
            words.amount(figure.value),
            [(name, words.move(figure.growth[name], than)) for name, than in words.AGO.items()],
        )
        for figure in hero.figures
    ]


def charts_of(choice: Choice, hero: Hero, standings: Sequence[Standing]) -> list[FigureChart]:
    """The chosen metric beside the period before, the same by application, and the most contributed features."""
    charts = []
    figure = _drawn(choice, hero)
    if figure:
        metric, window = figure.metric, hero.window
        said = f"{metric.meaning} {words.trend(figure.line, window, metric.unit)}"
        icon = ICONS.get(metric.name, "activity")
        charts.append(compared(f"{metric.name}-trend", metric.title, icon, figure.line, window, words=said))
        by_name = {
            choice.titles[slug]: lines[metric.name].values
            for slug, lines in hero.by_application.items()
            if any(value is not None for value in lines[metric.name].values)
        }
        if len(by_name) > 1:
            name, title = f"{metric.name}-by-application", f"{metric.title} by application"
            said = f"{words.listed(list(by_name))}, each by itself."
            charts.append(side_by_side(name, title, "boxes", by_name, window, words=said))
    if standings:
        charts.append(_features_chart(choice, hero, standings))
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


def feature_row(choice: Choice, standing: Standing, window: Window | None) -> FeatureRow:
    """A feature with its figures in words."""
    point = standing.point
    stale = [datetime.fromisoformat(at) for at in point.stale.values()]
    begin = words.beginning(window) if window else ""
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


def _features_chart(choice: Choice, hero: Hero, standings: Sequence[Standing]) -> FigureChart:
    lines = {}
    for each in standings[:MOST_LINES]:
        feature = each.point.feature
        label = feature.name if choice.application else f"{feature.name} ({choice.titles[feature.application]})"
        lines[label] = each.line.values
    said = "Contributions to the features that have most of them."
    return side_by_side("features", "Contributions by feature", "list", lines, hero.window, words=said)


def _drawn(choice: Choice, hero: Hero) -> Figure | None:
    named = (figure for figure in hero.figures if figure.metric.name == choice.metric)
    return next(named, hero.figures[0] if hero.figures else None)


def _places(choice: Choice) -> list[tuple[str, str, bool]]:
    every = [("All applications", choice.url(app=""), choice.application is None)]
    return every + [(info.name, choice.url(app=info.slug), info is choice.application) for info in choice.applications]
