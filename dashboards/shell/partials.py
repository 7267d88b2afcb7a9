"""Full page or partial: decided here and nowhere else."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest


def is_htmx(request: HttpRequest) -> bool:
    """Whether htmx sent this request."""
    return bool(getattr(request, "htmx", False))


def is_partial(request: HttpRequest) -> bool:
    """Whether the answer is to be the changed part only, not the whole page."""
    htmx: Any = getattr(request, "htmx", None)
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def came_from(request: HttpRequest, default: str) -> str:
    """Path of the page that the browser shows, `default` where it is unknown or another site's."""
    htmx: Any = getattr(request, "htmx", None)
    try:
        return (htmx.current_url_abs_path if htmx else "") or default
    except ValueError:  # what was sent is no address at all
        return default
