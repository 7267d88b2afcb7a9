"""What each kind of Notion property value must look like. Pure.

A check gets the value and its path in the file and reports what is wrong to a `Faults`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from domains.base.json_values import is_storable, kind_of

MAX_FAULTS = 50
MAX_SHOWN = 60
_UUID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)
_PLAIN = re.compile(r"\w+")


class Faults:
    """What is wrong with a file: every fault with its path, at most `MAX_FAULTS` of them kept, all of them counted."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str]] = []
        self.count = 0

    def add(self, path: str, message: str) -> None:
        """Note one fault."""
        self.count += 1
        if len(self.found) < MAX_FAULTS:
            self.found.append((path, message))

    def by_path(self) -> dict[str, list[str]]:
        """The faults by their paths; under "" how many more there are."""
        fields: dict[str, list[str]] = {}
        for path, message in self.found:
            fields.setdefault(path, []).append(message)
        more = self.count - len(self.found)
        return fields | {"": [f"and {more:,} more"]} if more else fields


Check = Callable[[Any, str, Faults], None]


def shown(value: object) -> str:
    """A value of the file as it may stand in a sentence: short, on one line."""
    if value is None:
        return kind_of(value)
    text = f"“{value}”" if isinstance(value, str) else json.dumps(value, default=str)
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"


def member(path: str, key: str) -> str:
    """Path of a member: `a.Tier`, or `a["Target date"]` when the key is no plain word."""
    if _PLAIN.fullmatch(key):
        return f"{path}.{key}"
    return f'{path}["{key[:80]}"]'


def is_id(value: object) -> bool:
    """Whether this is a UUID as Notion writes them."""
    return isinstance(value, str) and bool(_UUID.fullmatch(value))


def is_time(value: object) -> bool:
    """Whether this is a date or a date with time."""
    if not isinstance(value, str):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def expect(value: object, kinds: type | tuple[type, ...], path: str, faults: Faults, wanted: str) -> bool:
    """Whether the value is of that type; a fault if not. `bool` never counts as a number."""
    if not isinstance(value, kinds) or (isinstance(value, bool) and kinds is not bool):
        faults.add(path, f"expected {wanted}, found {kind_of(value)}")
        return False
    if isinstance(value, str) and not is_storable(value):
        faults.add(path, "holds a character that cannot be stored: U+0000 or half of a pair")
        return False
    return True


def _items(value: Any, path: str, faults: Faults, check: Check) -> None:
    if expect(value, list, path, faults, "a list"):
        for index, item in enumerate(value):
            at = f"{path}[{index}]"
            if expect(item, dict, at, faults, "an object"):
                check(item, at, faults)


def _rich_item(item: Any, path: str, faults: Faults) -> None:
    expect(item.get("plain_text"), str, f"{path}.plain_text", faults, "a text")


def _text(value: Any, path: str, faults: Faults) -> None:
    _items(value, path, faults, _rich_item)


def _option(value: Any, path: str, faults: Faults) -> None:
    if value is not None and expect(value, dict, path, faults, "an option with a name, or null"):
        _option_name(value, path, faults)


def _option_name(value: Any, path: str, faults: Faults) -> None:
    if expect(value.get("name"), str, f"{path}.name", faults, "a text") and not value["name"].strip():
        faults.add(f"{path}.name", "is empty")


def _options(value: Any, path: str, faults: Faults) -> None:
    _items(value, path, faults, _option_name)


def _number(value: Any, path: str, faults: Faults) -> None:
    if value is not None and expect(value, (int, float), path, faults, "a number or null") and not math.isfinite(value):
        faults.add(path, "is too large a number")


def _truth(value: Any, path: str, faults: Faults) -> None:
    expect(value, bool, path, faults, "true or false")


def _text_or_null(value: Any, path: str, faults: Faults) -> None:
    if value is not None:
        expect(value, str, path, faults, "a text or null")


def _time(value: Any, path: str, faults: Faults) -> None:
    if not is_time(value):
        faults.add(path, f"expected a time such as 2026-07-04T09:09:00.000Z, found {shown(value)}")


def _date(value: Any, path: str, faults: Faults) -> None:
    if value is None or not expect(value, dict, path, faults, "a date object or null"):
        return
    _time(value.get("start"), f"{path}.start", faults)
    if value.get("end") is not None:
        _time(value["end"], f"{path}.end", faults)
    _text_or_null(value.get("time_zone"), f"{path}.time_zone", faults)


def _people(value: Any, path: str, faults: Faults) -> None:
    _items(value, path, faults, _person)


def _person(value: Any, path: str, faults: Faults) -> None:
    _text_or_null(value.get("name"), f"{path}.name", faults)


def _user(value: Any, path: str, faults: Faults) -> None:
    if value is not None and expect(value, dict, path, faults, "a user or null"):
        _person(value, path, faults)


def _file(value: Any, path: str, faults: Faults) -> None:
    _text_or_null(value.get("name"), f"{path}.name", faults)
    external = value.get("external")
    if external is not None and expect(external, dict, f"{path}.external", faults, "an object"):
        _text_or_null(external.get("url"), f"{path}.external.url", faults)


def _files(value: Any, path: str, faults: Faults) -> None:
    _items(value, path, faults, _file)


def _reference(value: Any, path: str, faults: Faults) -> None:
    if not is_id(value.get("id")):
        faults.add(f"{path}.id", f"expected the id of a page, found {shown(value.get('id'))}")


def _relation(value: Any, path: str, faults: Faults) -> None:
    _items(value, path, faults, _reference)


def _unique_id(value: Any, path: str, faults: Faults) -> None:
    if value is not None and expect(value, dict, path, faults, "an object or null"):
        _text_or_null(value.get("prefix"), f"{path}.prefix", faults)
        _number(value.get("number"), f"{path}.number", faults)


def _computed(value: Any, path: str, faults: Faults) -> None:
    """Formula and rollup: the value stands under the name of its type. Others have no type."""
    if value is None or not expect(value, dict, path, faults, "an object or null"):
        return
    kind = value.get("type", "")
    if not expect(kind, str, f"{path}.type", faults, "a text"):
        return
    inner, at = value.get(kind), member(path, str(kind))
    if kind == "array":
        _items(inner, at, faults, check_value)
    elif kind in _COMPUTED and inner is not None:
        _COMPUTED[kind](inner, at, faults)


_COMPUTED: dict[str, Check] = {"string": _text_or_null, "number": _number, "boolean": _truth, "date": _date}
SHAPES: dict[str, Check] = {
    "title": _text,
    "rich_text": _text,
    "number": _number,
    "select": _option,
    "status": _option,
    "multi_select": _options,
    "date": _date,
    "people": _people,
    "files": _files,
    "checkbox": _truth,
    "url": _text_or_null,
    "email": _text_or_null,
    "phone_number": _text_or_null,
    "formula": _computed,
    "rollup": _computed,
    "relation": _relation,
    "created_time": _time,
    "last_edited_time": _time,
    "created_by": _user,
    "last_edited_by": _user,
    "unique_id": _unique_id,
    "verification": _computed,
}


def check_value(value: Any, path: str, faults: Faults) -> None:
    """Check one property value `{"type": t, t: …}`. Kinds that nobody knows yet are let through."""
    kind = value.get("type")
    if not expect(kind, str, f"{path}.type", faults, "a text"):
        return
    check = SHAPES.get(str(kind))
    if check is None:
        return
    if kind not in value:
        faults.add(path, f"says that it is a {kind}, but has no {kind}")
        return
    check(value[kind], member(path, str(kind)), faults)
    if value.get("has_more") is True:
        faults.add(f"{path}.has_more", "the list was cut; a complete one is needed")
