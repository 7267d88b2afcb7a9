"""What makes a member new or returning: when everybody was first present, and who was present the time before.

A point by day, by week and by month is made of the same ranking. A week's point holds the last day's ranking that was
collected in it; its new members are those who were first present in that week.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from domains.club import rules
from domains.club.digest import Merged, totals
from domains.club.models import FeaturePoint
from domains.club.models.figures import Every
from domains.club.rankings import Ranked, pack_items, pack_ranking

STARTS = {Every.DAY: lambda day: day, Every.WEEK: rules.monday, Every.MONTH: rules.month_start}
"""Under which day a point of a day is kept."""


@dataclass(slots=True)
class Ledger:
    """Of one feature: `firsts` is the first day of each member, `before` who was present in the period before, by
    length; without an entry there was none, and then nobody is new.
    """

    feature_id: int
    firsts: dict[int, date] = field(default_factory=dict)
    before: dict[Every, frozenset[int]] = field(default_factory=dict)

    def points(self, day: date, collected: datetime, rows: Sequence[Ranked], merged: Merged) -> list[FeaturePoint]:
        """The points of this day, its week and its month; whoever is present for the first time is noted."""
        present = frozenset(row.member for row in rows)
        for member in present - self.firsts.keys():
            self.firsts[member] = day
        amounts = totals(rows)
        values = {name: getattr(amounts, name) for name in amounts.__dataclass_fields__}
        values |= {"ranking": pack_ranking(rows), "items": pack_items(merged.items), "stale": dict(merged.stale)}
        return [self._point(every, day, present, collected=collected, **values) for every in STARTS]

    def _point(self, every: Every, day: date, present: frozenset[int], **values: object) -> FeaturePoint:
        start, before = STARTS[every](day), self.before.get(every)
        new = returning = 0
        if before is not None:
            firsts = {member: self.firsts[member] for member in present}
            new = sum(rules.is_new(first, start) for first in firsts.values())
            returning = sum(
                rules.is_returning(first, start, was_present=member in before) for member, first in firsts.items()
            )
        return FeaturePoint(feature_id=self.feature_id, every=every, at=start, new=new, returning=returning, **values)
