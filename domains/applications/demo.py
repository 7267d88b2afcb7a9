"""Two applications to look at."""

from __future__ import annotations

from typing import Any

from domains.applications import reads
from domains.orchestration.start import run_now

LIVE: dict[str, Any] = {
    "or": [
        {"field": "status", "operator": "equals", "value": "Shipped"},
        {"field": "status", "operator": "equals", "value": "Beta"},
    ]
}


def _own(slug: str) -> dict[str, Any]:
    return {"field": "applications", "operator": "contains", "value": slug}


DEMO: tuple[dict[str, Any], ...] = (
    {
        "slug": "skyflow",
        "name": "Skyflow",
        "description": "Planning on boards, with recognition between colleagues. Its roadmap is public.",
        "features": ["flow", "clout", "kudos"],
        "filters": {
            "feature": {
                "and": [_own("skyflow"), {"field": "status", "operator": "not_in", "value": ["Idea", "Deprecated"]}]
            },
            "gateway": _own("skyflow"),
            "tier": {"and": [_own("skyflow"), {"field": "status", "operator": "not_equals", "value": "Archived"}]},
            "tag": _own("skyflow"),
        },
        "position": 1,
    },
    {
        "slug": "nexus",
        "name": "Nexus",
        "description": "Connectors and pipelines between the systems of a company. Shows what can be used today.",
        "features": ["connectors", "pipelines", "profiles"],
        "filters": {
            "feature": {"and": [_own("nexus"), LIVE]},
            "gateway": _own("nexus"),
            "tier": _own("nexus"),
        },
        "position": 2,
    },
)


def load_demo() -> None:
    """Add the demo applications that are not there yet."""
    there = {info.slug for info in reads.application_list()}
    for values in DEMO:
        if values["slug"] not in there:
            run_now("applications", "create", application=values["slug"], values=values)
