"""`@context_manager`: a method or step declares which context keys it reads and sets, and is held to it.

A declaration is a dict of buckets. "common" always holds; any other bucket holds while the context value of its name
is truthy; "else" holds while none of those does. A function that returns such a dict may stand in its place: it is
called with the arguments of the decorated call, with all of them if it takes `**kwargs`, else with those it names.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from domains.orchestration.exceptions import StagingError

if TYPE_CHECKING:
    from domains.orchestration.main import MainOrchestrator

P = ParamSpec("P")
R = TypeVar("R")
BucketSpec = Mapping[str, Sequence[str]]
Spec = BucketSpec | Callable[..., BucketSpec] | None
COMMON, ELSE = "common", "else"


@dataclass(frozen=True, slots=True)
class Buckets:
    """A compiled declaration; `every` is what can hold in any case."""

    common: frozenset[str] = frozenset()
    conditional: tuple[tuple[str, frozenset[str]], ...] = ()
    otherwise: frozenset[str] = frozenset()
    every: frozenset[str] = frozenset()

    def allows(self, key: str, is_true: Callable[[str], bool]) -> bool:
        """Whether the key may be used now; `is_true` tells whether the context value of a bucket's name is truthy."""
        if key in self.common:
            return True
        if key not in self.every:
            return False
        holding = [keys for name, keys in self.conditional if is_true(name)]
        return any(key in keys for keys in holding or [self.otherwise])


@dataclass(frozen=True, slots=True)
class Frame:
    """What the method or step that runs now may use, and the arguments that it was called with."""

    name: str
    gets: Buckets
    sets: Buckets
    synced: bool = True
    arguments: Mapping[str, Any] = field(default_factory=dict)


class Declaration:
    """The declaration of one decorated function; what does not depend on arguments is compiled once."""

    def __init__(self, function: Callable[..., Any], gets: Spec, sets: Spec, *, synced: bool) -> None:
        self.name = function.__name__
        self.signature = inspect.signature(function)
        self.synced = synced
        self.gets, self.sets = _prepared(gets), _prepared(sets)
        self._fixed: Frame | None = None
        if isinstance(self.gets, Buckets) and isinstance(self.sets, Buckets):
            self._fixed = Frame(self.name, self.gets, self.sets, synced)

    def frame_of(self, main: MainOrchestrator, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Frame:
        """The frame of a call; its arguments are known where the declaration or the run's own record needs them."""
        return self._fixed if self._fixed and main.values.entry else self.frame(*args, **kwargs)

    def frame_to_stage(self, main: MainOrchestrator, kwargs: Mapping[str, Any]) -> Frame:
        """The frame of a call as a step. Whether arguments fit depends on their names alone."""
        if self._fixed is None:
            return self.frame(main, **kwargs)
        _check_names(self, tuple(kwargs))
        return self._fixed

    def frame(self, *args: Any, **kwargs: Any) -> Frame:
        """The frame of a call with these arguments, the orchestrator being the first."""
        arguments = _bound(self.signature, args, kwargs)
        return Frame(self.name, _ask(self.gets, arguments), _ask(self.sets, arguments), self.synced, arguments)


def context_manager(
    get_contexts: Spec = None, set_contexts: Spec = None, sync_with_parent_context: bool = True
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare the context keys of an orchestrator's method or of a step.

    Using an undeclared key raises ContextError. With `sync_with_parent_context` whoever calls or stages the function
    must have declared every key of it, else StagingError is raised at that moment.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        declaration = Declaration(function, get_contexts, set_contexts, synced=sync_with_parent_context)

        @wraps(function)
        def declared(*args: P.args, **kwargs: P.kwargs) -> R:
            main = _main_of(args, kwargs)
            main.values.enter(declaration.frame_of(main, args, kwargs))
            try:
                return function(*args, **kwargs)
            finally:
                main.values.leave()

        declared.vault_context = declaration  # type: ignore[attr-defined]
        return declared

    return decorate


def declaration_of(function: Callable[..., Any]) -> Declaration:
    """The function's declaration; one without the decorator has declared nothing."""
    declared: Declaration | None = getattr(function, "vault_context", None)
    return declared or _nothing_declared(function)


def check_parent(child: Frame, parent: Frame | None) -> None:
    """Raises StagingError unless the parent has declared whatever the child uses."""
    if not child.synced:
        return
    gets, sets = (parent.gets.every, parent.sets.every) if parent else (frozenset[str](), frozenset[str]())
    missing = [f"get {key}" for key in sorted(child.gets.every - gets - sets)]
    missing += [f"set {key}" for key in sorted(child.sets.every - sets)]
    if missing:
        name = parent.name if parent else "The caller"
        raise StagingError(f"{name} does not declare what {child.name} uses: {', '.join(missing)}.")


@lru_cache(maxsize=4096)
def _nothing_declared(function: Callable[..., Any]) -> Declaration:
    return Declaration(function, None, None, synced=True)


@lru_cache(maxsize=4096)
def _check_names(declaration: Declaration, names: tuple[str, ...]) -> None:
    _bound(declaration.signature, (None,), dict.fromkeys(names))


def _main_of(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> MainOrchestrator:
    first = args[0] if args else kwargs["orchestrator"]
    main: MainOrchestrator = getattr(first, "orchestrator", first)
    return main


def _compile(spec: BucketSpec) -> Buckets:
    conditional = tuple((name, frozenset(keys)) for name, keys in spec.items() if name not in (COMMON, ELSE))
    common, otherwise = frozenset(spec.get(COMMON, ())), frozenset(spec.get(ELSE, ()))
    return Buckets(common, conditional, otherwise, common | otherwise | frozenset().union(*(k for _, k in conditional)))


def _prepared(spec: Spec) -> Buckets | tuple[Callable[..., BucketSpec], frozenset[str] | None]:
    if not callable(spec):
        return _compile(spec or {})
    parameters = inspect.signature(spec).parameters
    takes_all = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    return spec, None if takes_all else frozenset(parameters)


def _ask(
    prepared: Buckets | tuple[Callable[..., BucketSpec], frozenset[str] | None], arguments: Mapping[str, Any]
) -> Buckets:
    if isinstance(prepared, Buckets):
        return prepared
    spec, names = prepared
    return _compile(spec(**{k: v for k, v in arguments.items() if names is None or k in names}))


def _bound(signature: inspect.Signature, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    try:
        bound = signature.bind(*args, **kwargs)
    except TypeError as error:
        raise StagingError(f"{error}: {', '.join(kwargs) or 'no arguments'}.") from error
    bound.apply_defaults()
    arguments = dict(list(bound.arguments.items())[1:])
    for name, parameter in signature.parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD:
            arguments.update(arguments.pop(name, {}))
    return arguments
