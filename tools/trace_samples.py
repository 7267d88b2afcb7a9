"""What a screenshot of Trace's pages rarely meets: requests of readers, a held snapshot, content, and a problem."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from domains.orchestration.start import run_now
from domains.publishing.models import APILog
from domains.publishing.service import api_log
from domains.trace.advice import address, clicks, gone
from domains.trace.connection import ConnectionReport, KindReport, PropertyReport, as_json
from domains.trace.models import Entry, Snapshot
from domains.trace.service import connections

HELD = "It would take away 34 of 213 features, more than the 10 % that an export may."
CONTENT = """## Why

Boards went stale as soon as somebody looked away. **Live boards** follow every change within a second.

| Step | Who | When |
|---|---|---|
| Prototype | Maria | July |
| Beta | Team skyflow | October |

- [x] agreed with support
- [ ] measured, see [the figures](https://docs.example/figures)

```
board.subscribe(changes)
```
"""
ADDRESS = "https://app.notion.com/p/0123456789abcdef0123456789abcdef"
READERS = (
    ("features", "skyflow", 200, "ready", 9, 0.00006),
    ("features", "skyflow", 304, "ready", 26, 0.00003),
    ("features", "nexus", 200, "ready", 4, 0.00007),
    ("tags", "", 200, "ready", 3, 0.00005),
    ("matrix", "skyflow", 200, "ready", 2, 0.0001),
    ("features", "skyflow", 200, "computed", 2, 0.011),
    ("feature", "nexus", 404, "refused", 1, 0.004),
)


def make_trace_samples() -> None:
    """Write them, once: two more publications, of which the first is held, and what stands above."""
    if api_log.all().exists():
        return
    workspace = Path(settings.VAULT_HOME) / "workspace.json"
    before = workspace.read_text()
    for text in (_changed(before), before):
        workspace.write_text(text)
        run_now("trace", "export")
    _readers(timezone.now())
    connections.create(report=as_json(_report()), databases={"features": ADDRESS})
    Snapshot.objects.exclude(publications__current=True).update(held=HELD)
    entry = Entry.objects.filter(kind="features", snapshot__publications__current=True).order_by("sort_name").first()
    if entry:
        entry.data["content"] = CONTENT
        entry.url = "https://app.notion.com/p/Sample-0123456789abcdef0123456789abcdef"
        entry.save()


def _report() -> ConnectionReport:
    """A connection to which something is still missing."""
    listed = [
        PropertyReport("title", "Name", "title", "name"),
        PropertyReport("a", "Applications", "multi_select", "applications"),
        PropertyReport("b", "Phase", "status", "status", "renamed", "Status"),
        PropertyReport("c", "Effort", "number", "effort", "changed", "select"),
        PropertyReport("d", "Docs", "url", "docs", "new"),
        PropertyReport("e", "Owner", "people", "owner", "gone"),
    ]
    kinds = [
        KindReport(
            "features", "found", ADDRESS, "page", title="Feature map", properties=listed, problems=[gone("Owner")]
        ),
        KindReport("gateways", "not shared", ADDRESS, "page", clicks=clicks("not shared", "gateways")),
        KindReport("tiers", "found", ADDRESS, "environment", title="Tiers", properties=listed[:2]),
        KindReport("tags", "not configured", clicks=address("tags")),
    ]
    return ConnectionReport("ok", timezone.now(), kinds, "page", "Vault exporter", "Nimbus", requests=7)


def _changed(workspace: str) -> str:
    """The workspace with other statuses, an idea less and a feature renamed."""
    document = json.loads(workspace)
    pages = document["data_sources"][0]["pages"]
    for page in pages[:8]:
        page["properties"]["Status"]["status"]["name"] = "Beta"
    title = pages[0]["properties"]["Name"]["title"][0]
    title["plain_text"] = title["text"]["content"] = "A name that it had before"
    pages[-1]["in_trash"] = True
    return json.dumps(document)


def _readers(now: datetime) -> None:
    for minute in (*range(70), *range(70, 24 * 60, 10)):
        moment = now - timedelta(minutes=minute)
        busy = 1.2 + math.sin(moment.timestamp() / 5000) + 0.3 * math.sin(moment.timestamp() / 400)
        rows = [row for each in READERS for row in _rows(moment, busy, *each)]
        api_log.add(rows)


def _rows(
    moment: datetime, busy: float, endpoint: str, app: str, status: int, outcome: str, count: int, took: float
) -> list[APILog]:
    requests = max(1, round(count * busy))
    figures = {"requests": requests, "seconds": requests * took, "slowest": took * 3, "ms1": requests * (took < 0.001)}
    figures |= {"ms10": requests * (took < 0.01), "ms100": requests, "ms1000": requests}
    starts = [(every, datetime.fromtimestamp(int(moment.timestamp()) // every * every, UTC)) for every in (60, 3600)]
    return [
        APILog(
            every=every,
            at=at,
            service="trace",
            endpoint=endpoint,
            application=app,
            status=status,
            outcome=outcome,
            **figures,
        )
        for every, at in starts
    ]
