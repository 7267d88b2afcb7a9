"""The newest figures of a host, ready before anybody asks: the snapshot, its JSON and its panels in the cache.

The cache is shared by all processes and hosts, so every key carries the host that the sample is of.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from django.core.cache import cache

from domains.base.ready import KEPT, VERSION, ReadyBytes, made
from domains.core.snapshot import Snapshot, snapshot_json


@dataclass(frozen=True, slots=True)
class Renderer:
    """Makes the bytes of one panel; `with_processes` ones change with the process list only."""

    name: str
    render: Callable[[Snapshot], str]
    with_processes: bool = False


log = structlog.get_logger(__name__)
_renderers: dict[str, Renderer] = {}
_broken: set[str] = set()


def register_renderer(renderer: Renderer) -> None:
    """Have a panel rendered with each sample. Raises ValueError for a name that is taken."""
    if renderer.name in _renderers:
        raise ValueError(f"The panel {renderer.name} is registered already.")
    _renderers[renderer.name] = renderer


def key(name: str, host: str) -> str:
    """The cache key of something kept for a host, free of characters that a cache may not take."""
    return f"core:{VERSION}:{name}:{hashlib.sha256(host.encode()).hexdigest()[:16]}"


def publish(snapshot: Snapshot) -> None:
    """Put the snapshot, its JSON and its panels into the cache."""
    kept: dict[str, object] = {
        key("json", snapshot.host): made(snapshot_json(snapshot), snapshot.at),
        key("snapshot", snapshot.host): snapshot,
    }
    for renderer in _renderers.values():
        if not renderer.with_processes or snapshot.processes_at >= snapshot.at - 0.5:
            panel = rendered(renderer, snapshot)
            kept |= {key(f"panel:{renderer.name}", snapshot.host): panel} if panel else {}
    cache.set_many(kept, KEPT)


def rendered(renderer: Renderer, snapshot: Snapshot) -> ReadyBytes | None:
    """The panel of this snapshot; None when its template breaks, which is logged once and never ends the measuring."""
    try:
        return made(renderer.render(snapshot).encode(), snapshot.at)
    except Exception as error:  # a page's mistake must not blind every other reader of the snapshot
        if renderer.name not in _broken:
            log.error("core.panel_broke", panel=renderer.name, error=str(error), exc_info=True)
        _broken.add(renderer.name)
        return None


def renderer_of(name: str) -> Renderer | None:
    """The registered renderer of that name."""
    return _renderers.get(name)


def find(name: str, host: str) -> ReadyBytes | None:
    """Ready bytes of a host: "json", or "panel:" and the panel's name."""
    found = cache.get(key(name, host))
    return found if isinstance(found, ReadyBytes) else None


def find_snapshot(host: str) -> Snapshot | None:
    """The latest snapshot of a host that the cache knows."""
    found = cache.get(key("snapshot", host))
    return found if isinstance(found, Snapshot) else None


def may_sample(host: str, seconds: float) -> bool:
    """Whether this process may take the place of the missing sampler; True for one caller in that many seconds."""
    return cache.add(key("sampling", host), 1, seconds)
