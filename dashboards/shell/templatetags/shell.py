"""The tags and filters of Vault's templates: `{% load shell %}`."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django import template
from django.template.context import Context
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from dashboards.shell import charts, figures, states
from dashboards.shell.panels import Panel

if TYPE_CHECKING:
    from dashboards.shell.listing import Listing

register = template.Library()
CLOCK_S = 43_200  # older moments are shown with their day; the same number is in vault.js
NONE = mark_safe('<span class="muted">–</span>')


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """A symbol of static/icons.svg; decoration unless it has a label."""
    voice = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html('<svg class="icon" {}><use href="{}#{}"/></svg>', voice, static("icons.svg"), name)


@register.filter
def filesize_si(value: float | None) -> str | SafeString:
    """Bytes in SI units."""
    return NONE if value is None else figures.size(value)


@register.filter
def duration(seconds: float | None) -> str | SafeString:
    """Seconds as a span of time."""
    return NONE if seconds is None else figures.duration(float(seconds))


@register.filter
def as_json(value: object) -> str:
    """A value as machines write it; text as it is."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


@register.filter
def thousands(value: float | None) -> str | SafeString:
    """A number with separators."""
    return NONE if value is None else figures.thousands(value)


@register.simple_tag
def ago(moment: datetime | None) -> SafeString:
    """How long ago, kept up to date by vault.js; the exact time as its title."""
    if moment is None:
        return NONE
    words = figures.age(time.time() - moment.timestamp())
    shown = timezone.localtime(moment).strftime("%d %b %Y %H:%M:%S %Z")
    return format_html(
        '<time datetime="{}" title="{}" data-ago>{}</time>', moment.isoformat(timespec="seconds"), shown, words
    )


@register.simple_tag
def localtime(moment: datetime | None) -> SafeString:
    """The moment in the viewer's time zone: 21 Nov 2026 14:02."""
    if moment is None:
        return NONE
    local = timezone.localtime(moment)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        moment.isoformat(timespec="seconds"),
        local.strftime("%d %b %Y %H:%M:%S %Z"),
        local.strftime("%d %b %Y %H:%M"),
    )


@register.simple_tag
def clock(moment: datetime) -> SafeString:
    """When, for fragments that every viewer shares: in UTC, and put into the viewer's time zone by vault.js."""
    shown = moment.astimezone(UTC)
    words = shown.strftime("%H:%M UTC" if time.time() - moment.timestamp() < CLOCK_S else "%d %b %H:%M UTC")
    return format_html('<time datetime="{}" data-clock>{}</time>', shown.isoformat(timespec="seconds"), words)


@register.simple_tag
def state_tag(name: str) -> SafeString:
    """A state as icon, word and tone."""
    look = states.state(str(name))
    return format_html('<span class="tag {}">{}{}</span>', look.tone, icon(look.icon), look.word)


@register.simple_tag
def sparkline(values: Iterable[float | None], label: str = "", max: float | None = None) -> SafeString:
    """A small line chart, oldest value first."""
    return charts.sparkline(values, label=label, maximum=max)


@register.simple_tag
def bar(value: float | None, max: float, label: str, tone: str = "") -> SafeString:
    """A filled bar; an absent value is a dash."""
    return NONE if value is None else charts.bar(float(value), float(max), label=label, tone=tone)


@register.simple_tag(takes_context=True)
def panel(context: Context, shown: Panel | type[Panel]) -> SafeString:
    """The panel with its first content, in the same trip as the page."""
    instance = shown() if isinstance(shown, type) else shown
    content = instance.content(context["request"])
    body = mark_safe(content.body.decode())  # noqa: S308 (rendered by the panel's own template)
    return render_to_string(
        "shell/_panel.html", {"panel": instance, "content": content, "at": f"{content.at:.1f}", "body": body}
    )


@register.inclusion_tag("shell/_refresh.html")
def refresh_button() -> dict[str, Any]:
    """ "Updated 12 s ago" for the panels of this page, and a button that refreshes them now."""
    return {"now": f"{time.time():.1f}"}


@register.simple_tag
def chart_scripts() -> SafeString:
    """The chart library, for the block `scripts` of pages that hold a `<div class="chart" data-series=…>`."""
    return format_html(
        '<link rel="stylesheet" href="{}"><script src="{}" defer></script>',
        static("vendor/uplot/uPlot.min.css"),
        static("vendor/uplot/uPlot.iife.min.js"),
    )


@register.simple_tag
def list_url(listing: Listing, **changes: object) -> str:
    """A list's address with some parameters changed; "" takes one away."""
    return listing.url(**{key: str(value) for key, value in changes.items()})
