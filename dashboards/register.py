"""What every dashboard adds to the navigation and the palette, in one visible list."""

from __future__ import annotations

from dashboards.api_docs import pages as api_docs
from dashboards.applications import pages as applications
from dashboards.audit import pages as audit
from dashboards.club import pages as club
from dashboards.core import pages as core
from dashboards.home import pages as home
from dashboards.publishing import pages as publishing
from dashboards.runs import pages as runs
from dashboards.schedules import pages as schedules
from dashboards.trace import pages as trace
from dashboards.workers import pages as workers


def register_pages() -> None:
    """Call each dashboard's `register`; the navigation shows groups and items in this order."""
    for dashboard in (home, runs, trace, club, applications, publishing, audit, schedules, workers, core, api_docs):
        dashboard.register()
