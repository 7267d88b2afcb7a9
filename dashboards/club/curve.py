"""The Lorenz curve of a feature as SVG: it needs no script, prints, and can be tested as text."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.html import format_html
from django.utils.safestring import SafeString

SIDE = 100.0


def lorenz_curve(points: Sequence[tuple[float, float]], *, label: str) -> SafeString:
    """The curve below the line that it would be if everybody contributed alike. `label` says the same in words."""
    line = " ".join(f"{SIDE * share:.1f},{SIDE * (1 - sum_):.1f}" for share, sum_ in points)
    return format_html(
        '<svg class="lorenz" viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<path class="grid" d="M0 25H100M0 50H100M0 75H100M25 0V100M50 0V100M75 0V100"/>'
        '<polygon points="{} 100,100"/><path class="even" d="M0 100L100 0"/><polyline points="{}"/></svg>',
        label,
        line,
        line,
    )
