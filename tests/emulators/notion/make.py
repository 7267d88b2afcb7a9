"""Workspaces of any size, the same every time."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

from tests.emulators.notion.schema import APPLICATIONS, AREAS, STATUSES, made_id
from tests.emulators.notion.workspace import START, File, Workspace

WORDS = [
    "board",
    "card",
    "queue",
    "report",
    "export",
    "filter",
    "search",
    "mobile",
    "offline",
    "secure",
    "shared",
    "weekly",
    "team",
    "plan",
    "gateway",
]
PEOPLE = ("Aiko Tanaka", "Björn Öster", "Chidi Okafor", "Dora Quist", "Emil Novák", "Fatima Noor")
FEW, MANY = 25, 60


def make_workspace(features: int = 100, seed: int = 1, contents: bool = False, **options: Any) -> Workspace:
    """A workspace with that many features, and as many gateways and tags as go with it; six tiers.

    1 % of the features have more than 25 gateways, tags and dependencies; some have more than 25 owners or mentions.
    With `contents` every feature's page has text. `options` go to `Workspace`.
    """
    workspace = Workspace(**options)
    source = random.Random(seed)  # noqa: S311 (the same every time is the point)
    gateways = [_gateway(workspace, source, n) for n in range(1, 1 + min(200, max(MANY, features // 50)))]
    tiers = [_tier(workspace, n) for n in range(1, 7)]
    tags = [_tag(workspace, source, n) for n in range(1, 1 + min(250, max(MANY, features // 40)))]
    for number in range(1, features + 1):
        text = _content(source, number) if contents else ""
        values = _feature(workspace, source, number, (gateways, tiers, tags))
        workspace.put("features", number, _when(source), values, text)
    return workspace


def _when(source: random.Random) -> datetime:
    """A minute of the year before; several rows share one."""
    return START - timedelta(minutes=1 + source.randrange(60 * 24 * 300))


def _applications(source: random.Random) -> list[str]:
    return source.choice([[APPLICATIONS[0]], [APPLICATIONS[1]], list(APPLICATIONS)])


def _gateway(workspace: Workspace, source: random.Random, number: int) -> str:
    values = {
        "Name": f"Gateway {number}",
        "Description": f"Connects {source.choice(WORDS)} to {source.choice(WORDS)}.",
        "Applications": _applications(source),
        "Status": source.choice(STATUSES),
        "Availability target": source.choice([0.99, 0.999, None]),
        "Contact": [source.choice(PEOPLE)],
    }
    return workspace.put("gateways", number, _when(source), values).id


def _tier(workspace: Workspace, number: int) -> str:
    values = {"Name": f"Tier {number}", "Applications": list(APPLICATIONS), "Position": number}
    return workspace.put("tiers", number, START - timedelta(days=400 + number), values).id


def _tag(workspace: Workspace, source: random.Random, number: int) -> str:
    values = {"Name": f"Tag {number}", "Applications": _applications(source), "Colour": source.choice(["Red", None])}
    return workspace.put("tags", number, _when(source), values).id


def _feature(
    workspace: Workspace, source: random.Random, number: int, others: tuple[list[str], list[str], list[str]]
) -> dict[str, Any]:
    gateways, tiers, tags = others
    many = number % 100 == 7
    earlier = [made_id("features", n) for n in range(max(1, number - 200), number)]
    return {
        "Name": f"{source.choice(WORDS).capitalize()} {source.choice(WORDS)} {number}",
        "Summary": _summary(source, number, gateways),
        "Applications": _applications(source),
        "Area": source.choice(AREAS),
        "Status": source.choice(STATUSES),
        "Tier": [source.choice(tiers)],
        "Gateways": source.sample(gateways, 40 if many else source.randrange(4)),
        "Tags": source.sample(tags, 55 if many else source.randrange(4)),
        "Depends on": source.sample(earlier, min(len(earlier), 30 if many else source.randrange(3))),
        **_scalars(workspace, source, number),
    }


def _summary(source: random.Random, number: int, gateways: list[str]) -> Any:
    """Words; for few rows a list of more than 25 mentions."""
    if number % 200 == 9:
        return [{"page": page, "text": f"see {n} "} for n, page in enumerate(gateways[:30])]
    return " ".join(source.choice(WORDS) for _ in range(source.randrange(4, 40)))


def _scalars(workspace: Workspace, source: random.Random, number: int) -> dict[str, Any]:
    owners = [f"Person {n}" for n in range(1, 28)] if number % 250 == 11 else [source.choice(PEOPLE)]
    return {
        "Owner": owners,
        "Effort": source.choice([None, 1, 2.5, 13]),
        "Target date": source.choice([None, "2027-01-15"]),
        "Documentation": f"https://docs.example.org/features/{number}",
        "Customer requested": source.random() < 0.5,
        "Attachments": [_file(workspace, number)] if number % 20 == 3 else [],
        "Contact mail": f"person{number}@example.org",
        "Contact phone": f"+49 30 {number:06d}",
        "Checked": source.choice(["verified", "unverified"]),
        "Where": "Berlin" if number % 10 == 1 else None,
    }


def _file(workspace: Workspace, number: int) -> str:
    name = f"drawing-{number}.png"
    workspace.files[name] = File(name, b"\x89PNG\r\n\x1a\n" + bytes(number % 251 for _ in range(600)))
    return name


def _content(source: random.Random, number: int) -> str:
    lines = [" ".join(source.choice(WORDS) for _ in range(12)) + "." for _ in range(6)]
    return f"# Feature {number}\n\n" + "\n\n".join(lines) + "\n"
