"""A filter rule while it is edited: rows of field, operator and value, or JSON for what rows cannot say.

A draft keeps exactly what was typed, however wrong, and knows where each fault belongs.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from dataclasses import field as made
from itertools import zip_longest
from typing import Any

from django.http import QueryDict

from dashboards.applications.values import read_value, show_value
from domains.applications import reads
from domains.applications.rules import DATA_TYPES, Rule, validate_rule

MAX_ROWS = 100
BOTH = "Use either the conditions above or JSON: one of them must be empty."
_PART = re.compile(r"(?:\.(?:and|or)\[(\d+)\])?\.(\w+)")


@dataclass(slots=True)
class Row:
    """One condition as typed. `faults` are shown beneath it."""

    field: str = ""
    operator: str = "equals"
    value: str = ""
    faults: list[str] = made(default_factory=list)

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing to say; a blank row is left out."""
        return not self.field.strip() and not self.value.strip()


@dataclass(slots=True)
class Draft:
    """The rule of one data type as typed.

    `faults` concern the JSON, or the rule as a whole; `focus` is the row to go on with, -1 for none.
    """

    data_type: str
    match: str = "and"
    rows: list[Row] = made(default_factory=list)
    json: str = ""
    faults: list[str] = made(default_factory=list)
    focus: int = -1

    @classmethod
    def of(cls, data_type: str, rule: Rule | None) -> Draft:
        """A stored rule, as rows where they can say it."""
        draft = cls(data_type)
        if rule and not draft._fill_rows(rule):
            draft.json = json.dumps(rule, indent=2, ensure_ascii=False)
        return draft._with_a_row()

    @classmethod
    def posted(cls, data_type: str, data: QueryDict) -> Draft:
        """What the form sent."""
        columns = [data.getlist(f"{data_type}-{name}")[:MAX_ROWS] for name in ("field", "operator", "value")]
        rows = [Row(name, operator, value) for name, operator, value in zip_longest(*columns, fillvalue="")]
        match = "or" if data.get(f"{data_type}-match") == "or" else "and"
        return cls(data_type, match, rows, data.get(f"{data_type}-json", ""))._with_a_row()

    def add(self) -> None:
        """One more blank row at the end."""
        self.rows.append(Row())
        self.focus = len(self.rows) - 1

    def remove(self, index: int) -> None:
        """Take a row away; the last one leaves a blank one."""
        del self.rows[index : index + 1]
        self._with_a_row()
        self.focus = min(index, len(self.rows) - 1)

    def to_json(self) -> None:
        """Say the rows as JSON, unless they have faults."""
        rule = self.rule()
        if rule is not None and not self.has_faults:
            self.json = json.dumps(rule, indent=2, ensure_ascii=False)
            self.rows = [Row()]

    @property
    def has_faults(self) -> bool:
        """Whether anything in it must be mended."""
        return bool(self.faults or any(row.faults for row in self.rows))

    @property
    def advanced(self) -> bool:
        """Whether the part with JSON is to be open."""
        return bool(self.json.strip() or self.faults)

    def rule(self) -> Rule | None:
        """The rule that was meant, None for none. Notes its faults at the rows or at the draft."""
        written = [row for row in self.rows if not row.is_blank]
        if self.json.strip():
            if written:
                self.faults.append(BOTH)
            return self._from_json()
        return self._from_rows(written) if written else None

    def _from_json(self) -> Rule | None:
        try:
            rule: Any = json.loads(self.json)
        except ValueError as error:
            self.faults.append(f"This is not JSON: {error}.")
            return None
        except RecursionError:
            self.faults.append("This is nested too deeply.")
            return None
        found = validate_rule(rule, at=self.data_type, functions=reads.function_names())
        self.faults += [str(fault) for fault in found]
        return None if found else rule

    def _from_rows(self, rows: list[Row]) -> Rule:
        conditions = [_condition(row) for row in rows]
        rule = conditions[0] if len(conditions) == 1 else {self.match: conditions}
        for fault in validate_rule(rule, at=self.data_type):
            part = _PART.fullmatch(fault.path.removeprefix(self.data_type))
            if part is None:
                self.faults.append(str(fault))
            elif not (row := rows[int(part[1] or 0)]).faults:
                row.faults.append(f"{part[2].capitalize()}: {fault.message}.")
        return rule

    def _fill_rows(self, rule: Rule) -> bool:
        joiner = next((name for name in ("and", "or") if name in rule), "")
        conditions = rule[joiner] if joiner else [rule]
        if not all("field" in condition for condition in conditions):
            return False
        self.match = joiner or "and"
        self.rows = [Row(c["field"], c["operator"], show_value(c.get("value"))) for c in conditions]
        return True

    def _with_a_row(self) -> Draft:
        self.rows = self.rows or [Row()]
        return self


def drafts_of(filters: dict[str, Rule]) -> list[Draft]:
    """A draft for each data type."""
    return [Draft.of(data_type, filters.get(data_type)) for data_type in DATA_TYPES]


def posted_drafts(data: QueryDict) -> list[Draft]:
    """What the form sent for each data type."""
    return [Draft.posted(data_type, data) for data_type in DATA_TYPES]


def _condition(row: Row) -> Rule:
    takes = {name: kind for name, _, kind in reads.operator_choices()}.get(row.operator, "scalar")
    condition: Rule = {"field": row.field.strip(), "operator": row.operator}
    try:
        value = read_value(row.value, takes)
    except ValueError as error:
        row.faults.append(f"Value: {error}")
        value = row.value
    return condition if value is None else condition | {"value": value}
