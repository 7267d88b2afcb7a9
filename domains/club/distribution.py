"""How contributions are spread over members. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate

POINTS = 100
"""A curve has at most so many points after the first: enough for any screen."""


def lorenz(scores: Iterable[float]) -> list[tuple[float, float]]:
    """The Lorenz curve from (0, 0) to (1, 1): which share of all contributions the least present have together.

    As in M. O. Lorenz, "Methods of measuring the concentration of wealth", 1905. Empty without scores above 0.
    """
    ascending = sorted(score for score in scores if score > 0)
    if not ascending:
        return []
    count, sums = len(ascending), list(accumulate(ascending))
    steps = min(count, POINTS)
    places = [-(-count * step // steps) for step in range(1, steps + 1)]
    return [(0.0, 0.0), *((place / count, sums[place - 1] / sums[-1]) for place in places)]
