"""Context values as JSON: what a step sets is stored at once, so that a resumed run reads exactly the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin
from uuid import UUID

from domains.base.json_values import is_storable
from domains.orchestration.exceptions import ContextError

TAG = "$t"
ANY = "any"
TYPES: dict[str, type] = {
    "str": str,
    "int": int,
    "float": float,
    "bool": bool,
    "list": list,
    "dict": dict,
    "datetime": datetime,
    "date": date,
    "decimal": Decimal,
    "uuid": UUID,
    "none": NoneType,
}
NAMES = {kind: name for name, kind in TYPES.items()}
READERS: dict[str, Callable[[str], object]] = {
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "decimal": Decimal,
    "uuid": UUID,
}


def encode(value: object, key: str) -> Any:
    """The value as JSON; dates, decimals and UUIDs become {"$t": type, "v": text}.

    Raises ContextError naming `key` for anything else, such as a file, a model instance or a function.
    """
    kind = type(value)
    if kind is str:
        return _storable(value, key)
    if value is None or kind in (bool, int):
        return value
    if kind is float:
        return _finite(value, key)
    if kind in (list, tuple):
        return [encode(item, key) for item in value]  # type: ignore[attr-defined]
    if kind is dict:
        return {_name(name, key): encode(item, key) for name, item in value.items()}  # type: ignore[attr-defined]
    if kind in (datetime, date):
        return {TAG: NAMES[kind], "v": value.isoformat()}  # type: ignore[attr-defined]
    if kind in (Decimal, UUID):
        return {TAG: NAMES[kind], "v": str(value)}
    raise ContextError(
        f"The context key {key!r} cannot hold a {kind.__name__}: only JSON values, dates, Decimal and UUID."
    )


def decode(value: Any) -> Any:
    """What `encode` was given; lists and dicts are fresh copies."""
    if isinstance(value, list):
        return [decode(item) for item in value]
    if isinstance(value, dict):
        if TAG in value:
            return READERS[value[TAG]](value["v"])
        return {name: decode(item) for name, item in value.items()}
    return value


def type_names(kind: Any, key: str) -> list[str]:
    """Names of the types that `kind` stands for, such as `str`, `list[int]`, `date | None` or `object`."""
    if kind is object or kind is Any:
        return [ANY]
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        return [name for part in get_args(kind) for name in type_names(part, key)]
    base = NoneType if kind is None else origin or kind
    if base not in NAMES:
        raise ContextError(f"The context key {key!r} cannot have the type {kind!r}. Possible: {', '.join(TYPES)}.")
    return [NAMES[base]]


def fits(value: object, names: list[str]) -> bool:
    """Whether the value is of one of the named types. True is no int; an int is a float; a datetime is no date."""
    kind = type(value)
    name = "list" if kind is tuple else NAMES.get(kind, "")
    return ANY in names or name in names or (name == "int" and "float" in names)


def encode_mapping(values: Mapping[str, object], what: str) -> dict[str, Any]:
    """Each value encoded; `what` names the mapping in an error, such as "argument"."""
    return {name: encode(value, f"{what} {name}") for name, value in values.items()}


def _storable(value: Any, key: str) -> str:
    if not is_storable(value):
        raise ContextError(f"The context key {key!r} holds text with NUL or half characters, which no database stores.")
    return str(value)


def _finite(value: Any, key: str) -> float:
    if value != value or value in (float("inf"), float("-inf")):
        raise ContextError(f"The context key {key!r} cannot hold {value}: JSON has no such number.")
    return float(value)


def _name(name: object, key: str) -> str:
    if not isinstance(name, str) or name == TAG:
        raise ContextError(f"The context key {key!r} holds a dict whose key {name!r} cannot be stored.")
    return _storable(name, key)
