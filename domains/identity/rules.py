"""What a preference may be. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from domains.base.errors import ValidationFailed
from domains.base.time_zones import time_zones

THEMES = [("system", "As the system"), ("light", "Light"), ("dark", "Dark")]
DENSITIES = [("comfortable", "Comfortable"), ("compact", "Compact")]
PAGE_SIZES = (25, 50, 100, 200)
MAX_COLUMNS = 60


@dataclass(frozen=True, slots=True)
class Preferences:
    """`page_size` is in rows; `time_zone` is a name of the IANA database, "" for the installation's."""

    theme: str = "system"
    density: str = "comfortable"
    page_size: int = 50
    time_zone: str = ""
    shortcuts: bool = True


def check_preferences(changes: Mapping[str, object]) -> dict[str, object]:
    """The changes, if each is a preference with an allowed value. Raises ValidationFailed naming every fault."""
    allowed: dict[str, set[object]] = {
        "theme": {name for name, _ in THEMES},
        "density": {name for name, _ in DENSITIES},
        "page_size": set(PAGE_SIZES),
        "time_zone": {*time_zones(), ""},
        "shortcuts": {True, False},
    }
    known = {field.name for field in fields(Preferences)}
    faults = {name: ["There is no such preference."] for name in changes if name not in known}
    faults |= {
        name: [f"{value!r} is not one of the allowed values."]
        for name, value in changes.items()
        if name in known and (not isinstance(value, (str, int)) or value not in allowed[name])
    }
    if faults:
        raise ValidationFailed("These preferences cannot be saved.", fields=faults)
    return dict(changes)


def check_columns(key: str, columns: object) -> list[str]:
    """The columns, if they are a short list of names for a named list. Raises ValidationFailed."""
    if not key or len(key) > 100:
        raise ValidationFailed("The list whose columns are saved needs a name of at most 100 characters.")
    if not isinstance(columns, list) or len(columns) > MAX_COLUMNS or not all(isinstance(c, str) for c in columns):
        raise ValidationFailed(f"Columns are a list of at most {MAX_COLUMNS} names.")
    return list(dict.fromkeys(columns))
