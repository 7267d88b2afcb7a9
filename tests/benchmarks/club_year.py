"""Days of figures of 3 applications with 10 features of 1,000 members each, and what the overview costs with them.

Run by `bench_club_overview`, which names a folder of its own as VAULT_HOME. It says "ready" when the tables are filled,
and then for each line on standard input answers with a line of JSON: the milliseconds of processor time of a page, and
its queries, by address.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

APPLICATIONS, FEATURES, MEMBERS, TIMES = ("alpha", "beta", "gamma"), 10, 1_000, 8
NEWEST = date(2026, 11, 20)
URLS = (
    "/club/",
    "/club/?range=90",
    "/club/?range=year",
    "/club/?app=beta",
    "/club/features/",
    "/club/features/beta/feature-0/",
)


def main() -> None:
    """Fill the tables, then measure as often as asked."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--days", type=int, required=True)
    days = parser.parse_args().days
    import django

    django.setup()
    fill(days)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    client = viewer()
    for _ in sys.stdin:
        sys.stdout.write(json.dumps({url: measured(client, url) for url in URLS}) + "\n")
        sys.stdout.flush()


def fill(days: int) -> None:
    """The tables as collections of so many days leave them."""
    from django.core.management import call_command

    from domains.club.models import FeaturePoint
    from domains.club.service import feature_points, features, hero_points
    from domains.orchestration.start import run_now

    call_command("migrate", interactive=False, verbosity=0)
    chance = random.Random(7)  # noqa: S311 - figures to measure with
    for slug in APPLICATIONS:
        run_now("applications", "create", application=slug, values={"slug": slug, "name": slug.capitalize()})
        hero_points.store(hero_rows(slug, days))
        present = members_of(slug)
        for number in range(FEATURES):
            feature = features.create(application=slug, slug=f"feature-{number}", name=f"Feature {number}")
            ranked = ranking(present, chance)
            feature_points.bulk_create(
                (FeaturePoint(feature=feature, **values) for values in points(days, ranked)), batch_size=100
            )


def members_of(application: str) -> list[int]:
    """Primary keys of a thousand members."""
    from domains.club.models import Member
    from domains.club.service import members

    rows = [
        Member(
            application=application,
            key=f"bench:{number}",
            name=f"Member {number}",
            pseudonym=f"member-{number:016x}",
            first_day=NEWEST,
            last_day=NEWEST,
        )
        for number in range(MEMBERS)
    ]
    members.bulk_create(rows)
    return list(members.filter(application=application).order_by("pk").values_list("pk", flat=True))


def ranking(present: list[int], chance: random.Random) -> dict[str, Any]:
    """What a point holds of a thousand members, packed as collections pack it."""
    from domains.club.digest import totals
    from domains.club.rankings import Ranked, pack_items, pack_ranking

    scores = sorted((round(chance.paretovariate(1.2) * 3) for _ in present), reverse=True)
    chosen = chance.sample(present, len(present))
    rows = [
        Ranked(member, place + 1, float(score), {"posts": float(score), "likes": float(score // 2)})
        for place, (member, score) in enumerate(zip(chosen, scores, strict=True))
    ]
    amounts = totals(rows)
    values: dict[str, Any] = {name: getattr(amounts, name) for name in amounts.__dataclass_fields__}
    return values | {"ranking": pack_ranking(rows), "items": pack_items([]), "new": 3, "returning": 5}


def points(days: int, ranked: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A point for each day, week and month."""
    for every, at, collected in slots(days):
        drift = 1 + (at.toordinal() % 17) / 40
        yield ranked | {"every": every, "at": at, "collected": collected, "contributions": 900 * drift}


def hero_rows(application: str, days: int) -> Iterator[Any]:
    """The hero metrics of each day, week and month."""
    from domains.club.metrics import METRICS
    from domains.club.models import HeroPoint

    for every, at, collected in slots(days):
        figures = {name: float(at.toordinal() % 1_000 + 40 * place) for place, name in enumerate(METRICS)}
        yield HeroPoint(application=application, every=every, at=at, collected=collected, figures=figures)


def slots(days: int) -> Iterator[tuple[str, date, datetime]]:
    """Length, day and time of each point that is kept after so many days."""
    from domains.club.rules import monday, month_start

    every = [NEWEST - timedelta(days=ago) for ago in reversed(range(days))]
    for name, kept in (("day", every), ("week", map(monday, every)), ("month", map(month_start, every))):
        for at in dict.fromkeys(kept):
            yield name, at, datetime.combine(at, datetime.min.time(), UTC)


def viewer() -> Any:
    """A client of a member of staff."""
    from django.contrib.auth import get_user_model
    from django.test import Client

    client = Client()
    client.force_login(get_user_model().objects.create_superuser("bench"))
    return client


def measured(client: Any, url: str) -> dict[str, float]:
    """Milliseconds of processor time, the least of some requests, and the number of queries of one."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    queries = len(captured)
    best = float("inf")
    for _ in range(TIMES):
        begun = time.process_time()
        client.get(url)
        best = min(best, time.process_time() - begun)
    return {"ms": 1000 * best, "queries": queries}


if __name__ == "__main__":
    main()
