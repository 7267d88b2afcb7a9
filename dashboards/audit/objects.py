"""What the pages of changes know of the objects that change: where each has its page, and words for its values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode


@dataclass(frozen=True, slots=True)
class ObjectKind:
    """`href(event)` is the page of the event's object; `words(field, value)` says a value in words, or None."""

    href: Callable[[Any], str] | None = None
    words: Callable[[str, Any], str | None] | None = None


_kinds: dict[str, ObjectKind] = {}
_UNKNOWN = ObjectKind()


def register_kind(object_type: str, kind: ObjectKind) -> None:
    """Tell how objects of this type are shown. Raises ValueError for a type that is known already."""
    if object_type in _kinds:
        raise ValueError(f"The object type {object_type} is registered already.")
    _kinds[object_type] = kind


def kind_of(object_type: str) -> ObjectKind:
    """What is known of the type; a type that nobody registered is shown in the general form."""
    return _kinds.get(object_type, _UNKNOWN)


def history_url(object_type: str, object_id: str) -> str:
    """The list of changes, of this object only."""
    return f"{reverse('events')}?{urlencode({'object_type': object_type, 'object': object_id})}"


def action_words(action: str) -> str:
    """ "applications.application.updated" as "Application updated"."""
    return " ".join(action.split(".")[-2:]).replace("_", " ").capitalize()
