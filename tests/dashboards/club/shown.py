"""Communities with a short past for the tests of Club's pages."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from domains.applications.demo import load_demo
from domains.club.digest import Contribution
from domains.club.history import HistoryDay, write_history
from domains.club.readings import Item, Presence, Reading


def today() -> date:
    """The newest day of figures."""
    return timezone.now().date()


def tell(application: str = "skyflow", days: int = 40, *, slug: str = "flow", **more: Any) -> None:
    """A feature and hero metrics that grow by one a day: on the last day there are `days` of everything.

    Every day Ada has as many contributions as days have passed, Bo always 20, Eva 5 from the last week on.
    """
    load_demo()
    write_history(application, {slug: slug.title()}, [_day(slug, number, days, more) for number in range(1, days + 1)])


def _day(slug: str, number: int, days: int, hero: Mapping[str, float]) -> HistoryDay:
    scores = {"Ada": float(number), "Bo": 20.0} | ({"Eva": 5.0} if number > days - 7 else {})
    members = [Presence(name.lower(), name, score, {"posts": score}) for name, score in scores.items()]
    items = [Item("t1", "How it began", 7, url="https://example.org/t/1"), Item("t2", "<b>bold</b>", 3)]
    readings = {slug: Reading(members=members, items=items), "": Reading(hero={"members": 1_000 + number, **hero})}
    said = {name: [Contribution("forum", "file", "forum", reading)] for name, reading in readings.items()}
    return HistoryDay(today() - timedelta(days=days - number), said)


def page_of(client: Client, address: str, status: int = 200) -> str:
    """The page as text."""
    answer = client.get(address)
    assert answer.status_code == status, answer.content[:500]
    return str(answer.content.decode())


def streamed(answer: Any) -> str:
    """The text of an export."""
    return b"".join(answer.streaming_content).decode()


def chart(page: str, name: str) -> dict[str, list[Any]]:
    """The lines of a chart by their labels."""
    found = re.search(rf'<script id="chart-{name}" type="application/json">(.*?)</script>', page)
    assert found, f"there is no chart {name}"
    return {line["label"]: line["values"] for line in json.loads(found[1])["series"]}


def text_of(page: str) -> str:
    """The words of a page, with single blanks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
