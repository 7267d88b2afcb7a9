"""Tags and filters of Trace's templates: `{% load trace %}`."""

from __future__ import annotations

from django import template

from dashboards.trace import kinds, tables
from domains.trace import rules

register = template.Library()
register.filter("status_tag", tables.status_tag)
register.filter("counted", rules.counted)
register.filter("has_gone", lambda kind: any(item.change == "gone" for item in kind.properties))
register.filter("has_news", lambda kind: any(item.change for item in kind.properties))
register.filter("member", lambda mapping, key: mapping.get(key))
register.simple_tag(kinds.row_url, name="row_url")
