"""Filters of Trace's templates: `{% load trace %}`."""

from __future__ import annotations

from django import template

from dashboards.trace import tables
from domains.trace import rules

register = template.Library()
register.filter("status_tag", tables.status_tag)
register.filter("counted", rules.counted)
