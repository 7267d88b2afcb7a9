"""Whether the community figures are what they should be: published whole, fresh, and from sources that answer."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from domains.club.models.collections import CollectionState
from domains.club.published import store
from domains.club.service import collections, last_readings, publications, sources
from domains.extensions.extension import CheckResult

OVERDUE = timedelta(hours=26)
"""A day, and what a collection may take."""
NAMED = 5


def community_files() -> CheckResult:
    """Every file of the current publication exists with the bytes that were published."""
    should, served = publications.current_folder(), store.current_folder()
    if not should:
        return CheckResult("pass", "No community figures have been published yet.")
    if served != should:
        found = f"readers get {served}" if served else "readers get nothing"
        return CheckResult("fail", f"{should} should be published, but {found}. Publish the figures again.")
    try:
        bad, total = store.damaged(should), len(store.read_index(should)["files"])
    except FileNotFoundError:
        return CheckResult("fail", f"The index of {should} is gone. Publish the figures again.")
    if bad:
        words = f"Missing or altered: {', '.join(bad[:NAMED])}. Publish the figures again."
        return CheckResult("fail", words, len(bad), "files")
    return CheckResult("pass", f"{total} published files are complete.", total, "files")


def community_sources() -> CheckResult:
    """The active sources have answered when they were last asked, and that was not long ago."""
    active = sources.filter(active=True).count()
    if not active:
        return CheckResult("pass", "There are no active sources of community figures.")
    failing = last_readings.filter(source__active=True, failing_since__isnull=False)
    names = sorted(set(failing.values_list("source__name", flat=True)))
    if names:
        words = f"Figures are older than they should be: {', '.join(names[:NAMED])} could not be read."
        return CheckResult("warn", words, len(names), "sources")
    latest = collections.filter(state__in=(CollectionState.COMPLETE, CollectionState.PARTIAL)).first()
    if latest is None:
        return CheckResult("warn", "Nothing has been collected yet. Start a collection.")
    if timezone.now() - latest.started > OVERDUE:
        return CheckResult("warn", f"Nothing has been collected since {latest.started:%Y-%m-%d %H:%M} UTC.")
    return CheckResult("pass", f"{active} sources have answered.", active, "sources")
