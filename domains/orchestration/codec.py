"""Context values as JSON: what a step sets is stored at once, so that a resumed run reads exactly the same.

Model instances are stored as references and read from their table each time; see `Secret` for secrets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from importlib import import_module
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin
from uuid import UUID

from domains.base.json_values import is_storable
from domains.orchestration.exceptions import ContextError, ContextLost
from domains.orchestration.secrets import Secret
from domains.orchestration.service import instances

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
    "secret": Secret,
    "none": NoneType,
}
NAMES = {kind: name for name, kind in TYPES.items()}
ENUM, MODEL = "enum", "model"
EXACT = 1e16
"""From here on PostgreSQL would give back a whole float as an int."""


def encode(value: object, key: str) -> Any:
    """The value as JSON; what JSON does not have becomes {"$t": type, "v": …}.

    Raises ContextError naming `key` for anything that cannot be stored, such as a file, a function or an instance that
    is not saved.
    """
    kind = type(value)
    if kind is str:
        return _storable(value, key)
    if value is None or kind in (bool, int):
        return value
    if kind is float:
        return _exact(value, key)
    if kind in (list, tuple):
        return [encode(item, key) for item in value]  # type: ignore[attr-defined]
    if kind is dict:
        return {_name(name, key): encode(item, key) for name, item in value.items()}  # type: ignore[attr-defined]
    if kind in (datetime, date):
        return {TAG: NAMES[kind], "v": value.isoformat()}  # type: ignore[attr-defined]
    if kind in (Decimal, UUID):
        return {TAG: NAMES[kind], "v": str(value)}
    return _special(value, key)


def decode(value: Any) -> Any:
    """What `encode` was given; lists and dicts are fresh copies, model instances are read from their table.

    Raises ContextLost when what it refers to is gone.
    """
    if isinstance(value, list):
        return [decode(item) for item in value]
    if isinstance(value, dict):
        if TAG in value:
            return _reader(value[TAG])(value["v"])
        return {name: decode(item) for name, item in value.items()}
    return value


def _reader(tag: str) -> Callable[[Any], object]:
    try:
        return READERS[tag]
    except KeyError as error:
        raise ContextLost(f"A “{tag}” is stored, which this version of Vault does not know.") from error


def is_true(value: Any) -> bool:
    """Whether the decoded value is truthy. No row is fetched and no secret decrypted."""
    tag = value.get(TAG) if isinstance(value, dict) else None
    return bool(value) if tag in (None, MODEL, NAMES[Secret]) else bool(decode(value))


def type_names(kind: Any, key: str) -> list[str]:
    """Names of the types that `kind` stands for, such as `str`, `list[int]`, `date | None` or `object`."""
    if kind is object or kind is Any:
        return [ANY]
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        return [name for part in get_args(kind) for name in type_names(part, key)]
    base = NoneType if kind is None else origin or kind
    if isinstance(base, type) and issubclass(base, Enum):
        return [f"{ENUM}:{_dotted(base, key)}"]
    if instances.is_model(base):
        return [f"{MODEL}:{instances.label_of(base)}"]
    if base not in NAMES:
        raise ContextError(f"The context key {key!r} cannot have the type {kind!r}. Possible: {', '.join(TYPES)}.")
    return [NAMES[base]]


def fits(value: object, names: list[str]) -> bool:
    """Whether the value is of one of the named types. True is no int; an int is a float; a datetime is no date."""
    kind = type(value)
    name = NAMES.get(kind)
    if name is None:
        name = "list" if kind is tuple else _special_name(value)
    return name in names or ANY in names or (name == "int" and "float" in names)


def encode_mapping(values: Mapping[str, object], what: str) -> dict[str, Any]:
    """Each value encoded; `what` names the mapping in an error, such as "argument"."""
    return {name: encode(value, f"{what} {name}") for name, value in values.items()}


def _storable(value: Any, key: str) -> str:
    if not is_storable(value):
        raise ContextError(f"The context key {key!r} holds text with NUL or half characters, which no database stores.")
    return str(value)


def _exact(value: Any, key: str) -> Any:
    if value != value or value in (float("inf"), float("-inf")):
        raise ContextError(f"The context key {key!r} cannot hold {value}: JSON has no such number.")
    return {TAG: NAMES[float], "v": repr(value)} if abs(value) >= EXACT else value


def _name(name: object, key: str) -> str:
    if not isinstance(name, str) or name == TAG:
        raise ContextError(f"The context key {key!r} holds a dict whose key {name!r} cannot be stored.")
    return _storable(name, key)


def _special(value: object, key: str) -> Any:
    if isinstance(value, Secret):
        return {TAG: NAMES[Secret], "v": value.token}
    if isinstance(value, Enum) and value.name in type(value).__members__:
        return {TAG: ENUM, "v": [_dotted(type(value), key), value.name]}
    if instances.is_instance(value):
        try:
            label, pk = instances.reference(value)
        except ValueError as error:
            raise ContextError(f"The context key {key!r} cannot hold this: {error}.") from error
        return {TAG: MODEL, "v": [label, encode(pk, key)]}
    raise ContextError(
        f"The context key {key!r} cannot hold a {type(value).__name__}: only JSON values, dates, Decimal, UUID, enum "
        "members, saved model instances and Secret."
    )


def _special_name(value: object) -> str:
    if isinstance(value, Enum):
        return f"{ENUM}:{type(value).__module__}:{type(value).__qualname__}"
    return f"{MODEL}:{instances.label_of(value)}" if instances.is_instance(value) else ""


def _dotted(kind: type, key: str) -> str:
    """`module:qualified.name` of an enum that another process can import."""
    if "<locals>" in kind.__qualname__:
        raise ContextError(f"The context key {key!r} cannot hold a {kind.__name__}: it is defined inside a function.")
    return f"{kind.__module__}:{kind.__qualname__}"


@lru_cache(maxsize=256)
def _enum(dotted: str) -> type[Enum]:
    module, _, name = dotted.partition(":")
    found: Any = import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    if not isinstance(found, type) or not issubclass(found, Enum):
        raise TypeError(f"{dotted} is no enum")
    return found


def _member(stored: Any) -> Enum:
    dotted, name = stored
    try:
        return _enum(dotted)[name]
    except (ImportError, AttributeError, KeyError, TypeError) as error:
        raise ContextLost(f"The code no longer has {name} of {dotted.replace(':', '.')}.") from error


def _row(stored: Any) -> object:
    label, pk = stored
    found = instances.fetch(label, decode(pk))
    if found is None:
        raise ContextLost(f"The {label} with the key {decode(pk)} no longer exists.")
    return found


READERS: dict[str, Callable[[Any], object]] = {
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "decimal": Decimal,
    "uuid": UUID,
    "float": float,
    "secret": Secret.of_token,
    ENUM: _member,
    MODEL: _row,
}
