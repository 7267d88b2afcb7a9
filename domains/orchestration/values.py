"""The context of one run: typed values under declared keys, stored as they are set."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import NoneType
from typing import Any

from domains.orchestration import codec
from domains.orchestration.context import Frame, check_parent
from domains.orchestration.exceptions import ContextError, ContextLost, PlanMismatch, StagingError

RESULT, STATUS = "result", "result_status"
LIMIT = 256 * 1024
PLAIN = (int, bool, NoneType)
"""Their JSON is as long as their text."""
_quoted: Callable[[str], str] = json.encoder.encode_basestring_ascii


TAGGED = len('{"$t": , "v": }')


class RunContext:
    """`stored` holds every value encoded; a value read is a fresh copy, so a change of it must be set again.

    "result" and "result_status" belong to the engine: they need neither a declaration nor a type. `staged_by` is the
    declaration of the method that has staged the step that runs.
    """

    def __init__(self, schema: dict[str, list[str]], stored: Mapping[str, Any] | None = None) -> None:
        self.schema = schema
        self.stored: dict[str, Any] = dict(stored or {})
        self.entry: Frame | None = None
        self.staged_by: Frame | None = None
        self._frames: list[Frame] = []
        self._sizes = {key: _size(value) for key, value in self.stored.items()}
        self._total = sum(self._sizes.values())
        self._before: dict[str, Any] = {}
        self._delta: dict[str, Any] = {}

    @property
    def frame(self) -> Frame | None:
        """Whose declaration holds now."""
        return self._frames[-1] if self._frames else None

    @contextmanager
    def inside(self, frame: Frame) -> Iterator[None]:
        """Hold to this declaration for a while."""
        self.enter(frame)
        try:
            yield
        finally:
            self.leave()

    def enter(self, frame: Frame) -> None:
        """Hold to this declaration until `leave`; a nested one must be covered by that around it.

        Raises PlanMismatch when a step by now declares more than the method that has staged it did.
        """
        if self._frames:
            check_parent(frame, self._frames[-1])
        elif self.staged_by:
            self._check_staged(frame, self.staged_by)
        self.entry = self.entry or frame
        self._frames.append(frame)

    def leave(self) -> None:
        """Hold to the declaration that held before."""
        self._frames.pop()

    def add_schema(self, schema: Mapping[str, Any]) -> None:
        """Types of further keys. Raises ContextError when a key has another type already."""
        for key, kind in schema.items():
            names = codec.type_names(kind, key)
            if self.schema.setdefault(key, names) != names:
                raise ContextError(f"The context key {key!r} already has the type {' | '.join(self.schema[key])}.")

    def get(self, key: str, *, check: bool = True) -> Any:
        """The value; None for a declared key that nobody has set.

        Raises ContextError for an undeclared key unless `check` is off, ContextLost when what it refers to is gone.
        """
        if check and key not in (RESULT, STATUS):
            frame = self._frames[-1] if self._frames else None
            if frame is None or not (frame.gets.allows(key, self._is_true) or frame.sets.allows(key, self._is_true)):
                raise ContextError(f"{self._who()} has not declared that it gets the context key {key!r}.")
        value = self.stored.get(key)
        if type(value) not in (dict, list):
            return value
        try:
            return codec.decode(value)
        except ContextLost as error:
            raise ContextLost(f"The context key {key!r} is lost: {error}") from error

    def set(self, key: str, value: object, *, check: bool = True) -> None:
        """Store the value. Raises ContextError when it is not storable or too large; and when it is undeclared or of
        another type, unless `check` is off.
        """
        if check and key not in (RESULT, STATUS):
            self._check(key, value)
        encoded = codec.encode(value, key)
        size = _size(encoded)
        total = self._total + size - self._sizes.get(key, 0)
        if total > LIMIT:
            raise ContextError(f"The context key {key!r} makes the context larger than {LIMIT // 1024} KB.")
        if key not in self._delta:
            self._before[key] = self.stored.get(key, self)
        self.stored[key] = self._delta[key] = encoded
        self._sizes[key], self._total = size, total

    def begin(self) -> None:
        """Start to note what a step sets."""
        self._before, self._delta = {}, {}

    def delta(self) -> dict[str, Any]:
        """What has been set since `begin`, encoded."""
        return dict(self._delta)

    def undo(self, *, all_of_it: bool = False) -> None:
        """Forget what has been set since `begin`, except the result and its status unless it is `all_of_it`."""
        for key in [key for key in self._delta if all_of_it or key not in (RESULT, STATUS)]:
            before = self._before[key]
            del self._delta[key], self._before[key]
            self._total -= self._sizes.pop(key)
            if before is self:
                del self.stored[key]
            else:
                self.stored[key], self._sizes[key] = before, _size(before)
                self._total += self._sizes[key]

    def _check(self, key: str, value: object) -> None:
        frame = self._frames[-1] if self._frames else None
        if frame is None or not frame.sets.allows(key, self._is_true):
            raise ContextError(f"{self._who()} has not declared that it sets the context key {key!r}.")
        names = self.schema.get(key)
        if names is None:
            raise ContextError(f"The context key {key!r} is not in the context schema.")
        if not codec.fits(value, names):
            raise ContextError(f"The context key {key!r} is {' | '.join(names)}, not {type(value).__name__}.")

    def _check_staged(self, frame: Frame, staged_by: Frame) -> None:
        try:
            check_parent(frame, staged_by)
        except StagingError as error:
            raise PlanMismatch(str(error)) from error

    def _is_true(self, key: str) -> bool:
        return codec.is_true(self.stored.get(key))

    def _who(self) -> str:
        return self.frame.name if self.frame else "Code outside a step"


def _size(encoded: Any) -> int:
    if type(encoded) is str:
        return len(_quoted(encoded))
    if type(encoded) in PLAIN:
        return len(str(encoded))
    if type(encoded) is dict and codec.TAG in encoded and type(encoded["v"]) is str:
        return len(_quoted(encoded[codec.TAG])) + len(_quoted(encoded["v"])) + TAGGED
    return len(json.dumps(encoded))
