"""The features of a source while they are edited: one row each, kept exactly as typed, with the faults of each."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as made
from itertools import zip_longest
from typing import Any

from django.http import QueryDict
from django.utils.text import slugify

from domains.club.reads import ConfigField

MAX_ROWS = 100
_PLACE = re.compile(r"features[.\[](\d+)\]?(?:\.(?:select\.)?(\w+))?")


@dataclass(frozen=True, slots=True)
class Cell:
    """One entry of a row's `select`: its field, its name in the form, and the text that was typed."""

    entry: ConfigField
    text: str

    @property
    def name(self) -> str:
        """Its name in the form."""
        return f"feature-select-{self.entry.name}"

    @property
    def choices(self) -> Sequence[tuple[str, str]]:
        """What may be chosen, for a choice or a flag."""
        return [("", "No"), ("yes", "Yes")] if self.entry.type == "flag" else self.entry.choices

    @property
    def is_default(self) -> bool:
        """Whether it says what is taken when nothing is said."""
        return self.text.strip() == _shown(self.entry, self.entry.default)

    @property
    def is_stored(self) -> bool:
        """Whether it must be said, or says something else than usual."""
        return self.entry.required or not self.is_default

    @property
    def value(self) -> Any:
        """What was typed as a value of its type; text that is no number stays as it is, for the kind to refuse."""
        text = self.text.strip()
        if self.entry.type == "lines":
            return [line.strip() for line in text.splitlines() if line.strip()]
        if self.entry.type == "flag":
            return text == "yes"
        if self.entry.type == "number" and re.fullmatch(r"-?\d{1,15}", text):
            return int(text)
        return text


@dataclass(slots=True)
class FeatureRow:
    """One feature as typed. `faults` are shown beneath it."""

    name: str = ""
    slug: str = ""
    cells: list[Cell] = made(default_factory=list)
    faults: list[str] = made(default_factory=list)

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing to say; a blank row is left out."""
        return not (self.name.strip() or self.slug.strip()) and all(cell.is_default for cell in self.cells)

    @property
    def is_open(self) -> bool:
        """Whether the entries that say which rows are the feature's are to be seen at once."""
        return bool(self.faults) or not self.name


class FeatureRows:
    """The rows of one form. `focus` is the row to go on with, -1 for none; `takes_uploads` says that texts name files
    that can be uploaded.
    """

    def __init__(self, entries: Sequence[ConfigField], rows: list[FeatureRow]) -> None:
        self.entries = entries
        self.rows = rows
        self.focus = -1
        self.takes_uploads = False

    @classmethod
    def of(cls, entries: Sequence[ConfigField], features: Sequence[Mapping[str, Any]]) -> FeatureRows:
        """Rows of stored features."""
        rows = [
            FeatureRow(
                each["name"], each["slug"], [Cell(e, _shown(e, each["select"].get(e.name, e.default))) for e in entries]
            )
            for each in features
        ]
        return cls(entries, rows)

    @classmethod
    def posted(cls, entries: Sequence[ConfigField], data: QueryDict) -> FeatureRows:
        """What the form sent."""
        names = ("feature-name", "feature-slug", *(Cell(entry, "").name for entry in entries))
        columns = [data.getlist(name)[:MAX_ROWS] for name in names]
        rows = [
            FeatureRow(name, slug, [Cell(entry, text) for entry, text in zip(entries, texts, strict=True)])
            for name, slug, *texts in zip_longest(*columns, fillvalue="")
        ]
        return cls(entries, rows)

    def add(self) -> None:
        """One more blank row at the end, as long as there is room."""
        if len(self.rows) < MAX_ROWS:
            self.rows.append(FeatureRow(cells=[Cell(entry, _shown(entry, entry.default)) for entry in self.entries]))
        self.focus = len(self.rows) - 1

    def remove(self, index: int) -> None:
        """Take a row away."""
        del self.rows[index : index + 1]
        self.focus = min(index, len(self.rows) - 1)

    def values(self) -> list[dict[str, Any]]:
        """What to store: the rows that say something. An address that is left empty is made of the name."""
        self.rows = [row for row in self.rows if not row.is_blank]
        return [
            {
                "slug": row.slug.strip() or slugify(row.name)[:100],
                "name": row.name.strip(),
                "select": {cell.entry.name: cell.value for cell in row.cells if cell.is_stored},
            }
            for row in self.rows
        ]

    def take_fault(self, field: str, fault: str) -> bool:
        """Put a fault such as that of `features.2.slug` at its row; False when it names none."""
        place = _PLACE.fullmatch(field)
        if place is None or int(place[1]) >= len(self.rows):
            return False
        label = self._label(place[2]) if place[2] else ""
        self.rows[int(place[1])].faults.append(f"{label}: {fault}" if label else fault)
        return True

    def _label(self, name: str) -> str:
        known = {"slug": "Address", "name": "Name"} | {entry.name: entry.label for entry in self.entries}
        return known.get(name, "")

    @property
    def has_faults(self) -> bool:
        """Whether any row must be mended."""
        return any(row.faults for row in self.rows)


def _shown(entry: ConfigField, value: Any) -> str:
    if value is None:
        return ""
    if entry.type == "flag":
        return "yes" if value else ""
    return "\n".join(str(each) for each in value) if isinstance(value, list) else str(value)
