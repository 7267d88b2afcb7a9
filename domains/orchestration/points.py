"""Named points of the engine at which a fault test lets the process die. Nothing happens at them otherwise."""

from __future__ import annotations

from collections.abc import Callable

_action: Callable[[str], None] | None = None


def reach(point: str) -> None:
    """The engine is at this point, such as "step.journalled"."""
    if _action is not None:
        _action(point)


def arm(action: Callable[[str], None] | None) -> None:
    """Have `action` called with the name of each point that is reached; None ends it."""
    global _action
    _action = action
