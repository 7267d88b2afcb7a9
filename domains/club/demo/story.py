"""What the communities of the demo did, day by day, made up so that the same days give the same figures. Pure."""

from __future__ import annotations

import math
import random
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from domains.club.demo.places import FIRST_NAMES, LAST_NAMES, DemoCommunity, DemoFeature
from domains.club.readings import Item, Presence, Reading

SHOWN_DAYS = 90
WINDOW_DAYS = 30
WEEKEND = 0.35
SITE = "https://community.example.org"


@dataclass(frozen=True, slots=True)
class Person:
    """`energy` is how often somebody contributes in a day, `begins` the day of the story that they come."""

    number: int
    name: str
    energy: float
    begins: int


def story(community: DemoCommunity, until: date) -> Iterator[tuple[date, Mapping[str, Reading]]]:
    """The readings of the last 90 days up to and with `until`, by slug of the feature, "" for the hero metrics."""
    chance = random.Random(community.application)  # noqa: S311 - a story, no secret
    people = [_person(chance, community, number) for number in range(community.people)]
    tellers = {feature.slug: _FeatureStory(feature, community, people) for feature in community.features}
    active: deque[set[int]] = deque(maxlen=WINDOW_DAYS)
    total = SHOWN_DAYS + WINDOW_DAYS
    for number in range(total):
        day = until - timedelta(days=total - 1 - number)
        told = {slug: teller.live(number, day, chance) for slug, teller in tellers.items()}
        active.append(set().union(*told.values()))
        if number >= WINDOW_DAYS:
            members = {slug: teller.reading(chance) for slug, teller in tellers.items()}
            yield day, {"": _hero(community, people, active, number, chance), **members}


class _FeatureStory:
    """One feature as the days go by: who did how much in the last 30 of them, and on what."""

    def __init__(self, feature: DemoFeature, community: DemoCommunity, people: list[Person]) -> None:
        taste = random.Random(f"{community.application} {feature.slug}")  # noqa: S311 - a story, no secret
        self.feature, self.community, self.people = feature, community, people
        self.liking = {person.number: taste.random() ** 2 * 2.4 for person in people}
        self.begins = {number: taste.randrange(-60, SHOWN_DAYS) for number in range(len(feature.topics) * 3)}
        self.days: deque[Counter[int]] = deque()
        self.sums: Counter[int] = Counter()
        self.heat: Counter[int] = Counter()

    def live(self, number: int, day: date, chance: random.Random) -> set[int]:
        """One more day; who contributed on it."""
        share = max(0.0, (number - WINDOW_DAYS) / SHOWN_DAYS)
        mood = self.feature.pull * (1 + self.feature.trend * share) * (WEEKEND if day.weekday() > 4 else 1.0)
        did: Counter[int] = Counter()
        for person in self.people:
            if person.begins <= number:
                did[person.number] += _poisson(chance, person.energy * self.liking[person.number] * mood)
        did = +did
        self.days.append(did)
        self.sums.update(did)
        if len(self.days) > WINDOW_DAYS:
            self.sums.subtract(self.days.popleft())
            self.sums = +self.sums
        self._warm(number, did.total(), chance)
        return set(did)

    def _warm(self, number: int, amount: int, chance: random.Random) -> None:
        open_topics = [topic for topic, begins in self.begins.items() if begins <= number]
        for topic in list(self.heat):
            self.heat[topic] = round(self.heat[topic] * 0.93)
        for topic in chance.choices(open_topics, [1 / (1 + i) for i in range(len(open_topics))], k=amount):
            self.heat[topic] += 1

    def reading(self, chance: random.Random) -> Reading:
        """What a source would say now about the last 30 days."""
        members = [self._presence(self.people[number], posts) for number, posts in sorted(self.sums.items())]
        return Reading(members=members, items=[self._item(t, heat) for t, heat in sorted((+self.heat).items())])

    def _presence(self, person: Person, posts: int) -> Presence:
        likes = round(posts * (0.4 + person.number % 7 / 5))
        key = f"file:{self.community.application}:{person.number}"
        figures = {"posts": float(posts), "likes": float(likes)}
        return Presence(key, person.name, float(posts + likes), figures, f"{SITE}/u/{person.number}")

    def _item(self, topic: int, heat: int) -> Item:
        titles = self.feature.topics
        part = topic // len(titles)
        title = titles[topic % len(titles)] + (f", part {part + 1}" if part else "")
        address = f"{SITE}/t/{self.feature.slug}-{topic}"
        return Item(f"{self.feature.slug}-{topic}", title, float(heat), {"posts": float(heat)}, address)


def _person(chance: random.Random, community: DemoCommunity, number: int) -> Person:
    first, last = FIRST_NAMES.split(), LAST_NAMES.split()
    name = f"{first[number % len(first)]} {last[(11 * number + number // len(first)) % len(last)]}"
    begins = 0 if chance.random() < 0.7 else chance.randrange(WINDOW_DAYS, SHOWN_DAYS + WINDOW_DAYS - 2)
    return Person(number, name, min(1.2, 0.05 * chance.paretovariate(1.15)), begins)


def _hero(
    community: DemoCommunity, people: list[Person], active: deque[set[int]], number: int, chance: random.Random
) -> Reading:
    share = number / WINDOW_DAYS
    joined = sum(person.begins <= number for person in people)
    readers = round(community.readers * (1 + 0.03 * share))
    seen = {f"active_{days}d": _seen(active, days) for days in (1, 7, 30)}
    hero: dict[str, float] = {"members": readers + 3 * joined}
    hero |= {name: round(count * 2.2 + chance.random() * 4) for name, count in seen.items()}
    hero |= {name: round(begun + monthly * share) for name, (begun, monthly) in community.hero.items()}
    return Reading(hero=hero)


def _seen(active: deque[set[int]], days: int) -> int:
    return len(set().union(*list(active)[-days:]))


def _poisson(chance: random.Random, mean: float) -> int:
    """A Poisson draw by Knuth's method, which suits means as small as these."""
    limit, product, count = math.exp(-mean), chance.random(), 0
    while product > limit:
        product *= chance.random()
        count += 1
    return count
