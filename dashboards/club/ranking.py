"""The ranked members of a feature as a list: searched, filtered, sorted, paged and exported.

A ranking is kept as one packed row, so this list is made here and not by a query.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from dashboards.club import words
from dashboards.club.words import Move
from dashboards.shell import exports
from dashboards.shell.paging import Page, address, read_page
from dashboards.shell.viewer import preferences_of
from domains.club import reads
from domains.club.reads import FeatureDetail, Person, Place

MOVES: Mapping[str, tuple[str, Callable[[Place], bool]]] = {
    "up": ("Moved up", lambda place: (place.moved or 0) > 0),
    "down": ("Moved down", lambda place: (place.moved or 0) < 0),
    "new": ("Not ranked before", lambda place: place.moved is None),
}
SORTS: Mapping[str, tuple[str, Callable[[Place], Any]]] = {
    "": ("By rank", lambda place: place.rank),
    "up": ("Who climbed most", lambda place: (-(place.moved or 0), place.rank)),
    "down": ("Who fell most", lambda place: (place.moved or 0, place.rank)),
}
HEADINGS = ("rank", "rank_before", "moved", "name", "pseudonym", "score", "share")
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Row:
    """A place on the page."""

    place: Place
    person: Person
    move: Move
    score: str
    share: str
    figures: str


class _Places(list[Place]):
    """Places that pages are cut from as from a queryset."""

    def count(self) -> int:  # type: ignore[override]  # a queryset's, which takes no value
        """How many there are."""
        return len(self)


class RankingList:
    """`?q=&moved=up|down|new&sort=up|down&page=&page_size=` of a feature's page. Two queries at most."""

    def __init__(self, request: HttpRequest, detail: FeatureDetail) -> None:
        self.request, self.detail, self.query = request, detail, request.GET
        self.text = request.GET.get("q", "").replace("\0", "").strip()[:200]
        self.moved = request.GET.get("moved", "") if detail.since and request.GET.get("moved") in MOVES else ""
        self.sort = request.GET.get("sort", "") if detail.since and request.GET.get("sort") in SORTS else ""

    @cached_property
    def places(self) -> _Places:
        """The places that are asked for, in order."""
        found: Sequence[Place] = self.detail.places
        if self.moved:
            found = [place for place in found if MOVES[self.moved][1](place)]
        if self.text:
            named = reads.named_like(self.detail.feature, self.text)
            found = [place for place in found if place.member in named]
        return _Places(sorted(found, key=SORTS[self.sort][1]))

    @cached_property
    def page(self) -> Page:
        """The page of places."""
        size = preferences_of(self.request).page_size
        return read_page(self.places, self.query, default_size=size, capped=False)  # type: ignore[arg-type]  # as above

    @cached_property
    def rows(self) -> list[Row]:
        """The page in words; whoever was erased a moment ago is left out."""
        people = reads.people(self.page.rows)
        return [self._row(place, people[place.member]) for place in self.page.rows if place.member in people]

    @property
    def is_filtered(self) -> bool:
        """Whether anything is asked for that leaves places out."""
        return bool(self.text or self.moved)

    @property
    def status(self) -> str:
        """The result in one sentence."""
        page = self.page
        return f"Rows {page.first_row:,} to {page.last_row:,} of {page.total_words}." if page.rows else "No rows."

    def url(self, **changes: str) -> str:
        """This page with some parameters changed; "" takes one away."""
        return address(self.request.path, self.query, changes)

    @property
    def previous_url(self) -> str:
        """The page before."""
        return self.url(page=str(self.page.number - 1) if self.page.number > 2 else "")

    @property
    def next_url(self) -> str:
        """The page after."""
        return self.url(page=str(self.page.number + 1))

    @property
    def clear_url(self) -> str:
        """Every place."""
        return self.url(q="", moved="", page="")

    @property
    def csv_url(self) -> str:
        """Every place that is asked for, as CSV."""
        return self.url(export="csv", page="", page_size="")

    @property
    def json_url(self) -> str:
        """Every place that is asked for, as JSON."""
        return self.url(export="json", page="", page_size="")

    def export(self, kind: str) -> HttpResponseBase:
        """Every place that is asked for, as "csv" or "json"."""
        names = sorted({name for place in self.places for name in place.figures})
        title = f"club-{self.detail.feature.application}-{self.detail.feature.slug}"
        return exports.stream([*HEADINGS, *names], self._records(names), kind=kind, title=title)

    def _records(self, names: Sequence[str]) -> Iterator[list[Any]]:
        left = iter(self.places)
        while chunk := list(islice(left, CHUNK)):
            people = reads.people(chunk)
            for place in chunk:
                if place.member in people:
                    yield _record(place, people[place.member], names)

    def _row(self, place: Place, person: Person) -> Row:
        figures = ", ".join(f"{words.amount(value)} {name.replace('_', ' ')}" for name, value in place.figures.items())
        move = words.places_moved(place.moved, place.before, self.detail.since)
        return Row(place, person, move, words.amount(place.score), words.share(place.share), figures)


def _record(place: Place, person: Person, names: Sequence[str]) -> list[Any]:
    figures = [place.figures.get(name) for name in names]
    own = [place.rank, place.before, place.moved, person.name, person.pseudonym, place.score, round(place.share, 6)]
    return [*own, *figures]
