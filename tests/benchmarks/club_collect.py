"""Collections from sources on loopback, in a process of its own: what each took in seconds, as JSON.

Run by `bench_club_collect`; a folder of its own is VAULT_HOME, which the parent names and removes. The first one is
for warming up: it imports and connects what every later one finds.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from typing import Any

SELECT = {"url": "/all", "rows": "people", "key": "id", "name": "name", "score": "score"}


def main() -> None:
    """Collect a few times, and print a line for each."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--urls", nargs="+", required=True)
    parser.add_argument("--concurrency", type=int, required=True)
    parser.add_argument("--times", type=int, default=3)
    chosen = parser.parse_args()
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "vault_site.settings.test",
        "CLUB_CONCURRENCY": str(chosen.concurrency),
        "LOG_LEVEL": "ERROR",
    }
    import django

    django.setup()
    prepare(chosen.urls)
    for _ in range(chosen.times):
        sys.stdout.write(json.dumps(collected()) + "\n")


def prepare(urls: list[str]) -> None:
    """The tables, the applications, and a source for each address."""
    from django.core.management import call_command

    from domains.applications.demo import load_demo
    from domains.club.service import sources

    call_command("migrate", interactive=False, verbosity=0)
    load_demo()
    for number, url in enumerate(urls):
        sources.create(
            application="skyflow",
            name=f"source {number:02}",
            kind="http",
            config={"url": url, "hero": []},
            features=[{"slug": "help", "name": "Help", "select": SELECT}],
        )


def collected() -> dict[str, Any]:
    """One collection: seconds in which all sources were asked, and of the whole run; how many parts were read."""
    from domains.club.models import Collection, KeptAnswer, Part
    from domains.club.waiting import collect_now
    from domains.orchestration.models import Step

    KeptAnswer.objects.all().delete()
    began = time.monotonic()
    run = collect_now()
    took = time.monotonic() - began
    step = Step.objects.get(run=run, name__endswith=".fetch_parts")
    read = Part.objects.filter(collection=Collection.objects.latest("pk"), state="done").count()
    assert step.ended
    return {"state": run.state, "asked_s": (step.ended - step.started).total_seconds(), "run_s": took, "read": read}


if __name__ == "__main__":
    main()
