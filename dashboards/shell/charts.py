"""Small charts as SVG: they need no script, obey the content policy, print, and can be tested as text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WIDTH, HEIGHT, MARGIN = 100.0, 30.0, 1.5


def sparkline(values: Iterable[float | None], *, label: str, maximum: float | None = None) -> SafeString:
    """A line without axes, oldest value first; None leaves a gap. `maximum` fixes the scale from 0, else the values do.

    `label` is what a screen reader says. Fewer than two values give an empty frame of the same size.
    """
    points = list(values)
    lines = [" ".join(f"{x:.1f},{y:.1f}" for x, y in run) for run in _runs(points, maximum)]
    return format_html(
        '<svg class="spark" viewBox="0 0 100 30" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>',
        label,
        format_html_join("", '<polyline points="{}"/>', ((line,) for line in lines)),
    )


def _runs(points: Sequence[float | None], maximum: float | None) -> list[list[tuple[float, float]]]:
    """Unbroken stretches of at least two points, in the coordinates of the view box."""
    known = [value for value in points if value is not None]
    if len(points) < 2 or not known:
        return []
    low, high = (0.0, maximum) if maximum else (min(known), max(known))
    span = (high - low) or 1.0
    runs: list[list[tuple[float, float]]] = [[]]
    for index, value in enumerate(points):
        if value is None:
            runs.append([])
            continue
        share = min(1.0, max(0.0, (value - low) / span)) if high > low else 0.5
        runs[-1].append((index * WIDTH / (len(points) - 1), HEIGHT - MARGIN - share * (HEIGHT - 2 * MARGIN)))
    return [run for run in runs if len(run) > 1]


def bar(value: float, maximum: float, *, label: str, tone: str = "") -> SafeString:
    """A filled bar. `tone` is "", "ok", "warn" or "bad"; the label says in words what the length shows."""
    share = min(100.0, max(0.0, 100.0 * value / maximum)) if maximum else 0.0
    return format_html(
        '<svg class="bar {}" viewBox="0 0 100 4" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<rect class="track" width="100" height="4"/><rect class="fill" width="{}" height="4"/></svg>',
        tone,
        label,
        f"{share:.1f}",
    )
