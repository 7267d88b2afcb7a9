"""Figures in words: sizes, spans of time and counts, always with their unit. Pure."""

from __future__ import annotations

UNITS = ("B", "kB", "MB", "GB", "TB", "PB", "EB")


def size(value: float) -> str:
    """Bytes in SI units, three significant digits: 1,240,000 is "1.24 MB"."""
    amount, unit = float(value), 0
    while abs(amount) >= 999.5 and unit < len(UNITS) - 1:
        amount, unit = amount / 1000, unit + 1
    digits = 0 if unit == 0 or abs(amount) >= 99.95 else 1 if abs(amount) >= 9.995 else 2
    return f"{amount:.{digits}f} {UNITS[unit]}"


def duration(seconds: float) -> str:
    """A span of time in its two largest units: "0.4 s", "12 s", "3 min 5 s", "2 h 10 min", "4 d 1 h"."""
    if seconds < 0:
        return f"-{duration(-seconds)}"
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    for unit, name, next_unit, next_name in ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= unit:
            rest = whole % unit // next_unit
            return f"{whole // unit} {name}" + (f" {rest} {next_name}" if rest else "")
    return f"{whole} s"


def age(seconds: float) -> str:
    """How long ago, in one unit: "just now", "12 s ago", "5 min ago", "3 h ago", "6 d ago". The same rule as
    vault.js, which keeps it up to date."""
    if seconds < -1:
        return f"in {_one_unit(-seconds)}"
    return "just now" if seconds < 2 else f"{_one_unit(seconds)} ago"


def _one_unit(seconds: float) -> str:
    for unit, name in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= unit:
            return f"{int(seconds // unit)} {name}"
    return f"{int(seconds)} s"


def thousands(value: float) -> str:
    """A number with separators: "12,400", "3.5"."""
    return f"{value:,}"
