"""Filter rules: which rows of a data type belong to an application. Pure: rows in, yes or no out.

A rule is JSON, one of
    {"field": "status", "operator": "not_equals", "value": "Draft"}     operators.py lists the operators
    {"field": "target.start", "operator": "less", "value": "2027"}      a dot leads into an object of the row
    {"and": [rule, …]}   {"or": [rule, …]}                              nested up to MAX_DEPTH
    {"function": "<extension>.<name>"}                                  a Python predicate that an extension registered
No rule at all lets every row pass.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from domains.applications.operators import OPERATORS
from domains.base.errors import ValidationFailed
from domains.base.json_values import is_storable, kind_of
from domains.extensions.extension import Row, RowFilter

Rule = dict[str, Any]

MAX_DEPTH = 6
MAX_PARTS = 100
MAX_VALUES = 200
MAX_TEXT = 500
MAX_NUMBER = 2**53
JOINERS = ("and", "or")
DATA_TYPES = ("feature", "gateway", "tier", "tag")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and where: a path such as `feature.and[1].operator`."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


def validate_rule(rule: object, *, at: str, functions: Collection[str] = ()) -> list[Fault]:
    """Every fault of the rule, in reading order; none for a rule that compiles. `at` is the path of the rule itself."""
    check = _Check(functions)
    check.rule(rule, at, depth=1)
    return check.faults


def compile_rule(rule: Rule | None, functions: Mapping[str, RowFilter] | None = None) -> RowFilter:
    """A fast predicate of rows from a valid rule.

    Raises ValidationFailed when a function that the rule names is not registered: rather no answer than everything.
    """
    if not rule:
        return _everything
    if "function" in rule:
        return _function(rule["function"], functions or {})
    if "field" in rule:
        return _condition(rule)
    joiner = "and" if "and" in rule else "or"
    parts = [compile_rule(part, functions) for part in rule[joiner]]
    return _every(parts) if joiner == "and" else _some(parts)


def text_fault(value: str, limit: int) -> str:
    """What is wrong with a text that is to be stored and published; "" when nothing is."""
    if len(value) > limit:
        return f"at most {limit} characters, this has {len(value)}"
    if not is_storable(value):
        return "holds a character that cannot be stored"
    return ""


def _everything(row: Row) -> bool:
    return True


def _function(name: str, functions: Mapping[str, RowFilter]) -> RowFilter:
    if name not in functions:
        raise ValidationFailed(
            f"A filter uses the function {name}, which no installed extension registers.",
            detail=f"registered: {', '.join(sorted(functions)) or 'none'}",
        )
    return functions[name]


def _condition(rule: Rule) -> RowFilter:
    field = rule["field"]
    test = OPERATORS[rule["operator"]].test(rule.get("value"))
    if "." in field:
        path = field.split(".")
        return lambda row: test(_inside(row, path))
    return lambda row: test(row.get(field))


def _inside(row: Row, path: list[str]) -> object:
    found: object = row
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _every(parts: list[RowFilter]) -> RowFilter:
    if len(parts) == 2:
        first, second = parts
        return lambda row: first(row) and second(row)
    return parts[0] if len(parts) == 1 else lambda row: all(part(row) for part in parts)


def _some(parts: list[RowFilter]) -> RowFilter:
    if len(parts) == 2:
        first, second = parts
        return lambda row: first(row) or second(row)
    return parts[0] if len(parts) == 1 else lambda row: any(part(row) for part in parts)


class _Check:
    """One walk over a rule. It stops at the bounds, so that no input can make it slow."""

    def __init__(self, functions: Collection[str]) -> None:
        self.functions = functions
        self.faults: list[Fault] = []
        self.parts = 0

    def rule(self, rule: object, path: str, *, depth: int) -> None:
        self.parts += 1
        if self.parts > MAX_PARTS:
            if self.parts == MAX_PARTS + 1:
                self._fault(path, f"a rule may have at most {MAX_PARTS} parts")
        elif depth > MAX_DEPTH:
            self._fault(path, f"rules may be nested at most {MAX_DEPTH} deep")
        elif not isinstance(rule, dict):
            self._fault(path, f"must be an object, not {kind_of(rule)}")
        else:
            self._shape(rule, path, depth)

    def _shape(self, rule: Rule, path: str, depth: int) -> None:
        kinds = [key for key in ("field", "function", *JOINERS) if key in rule]
        if len(kinds) != 1:
            found = " and ".join(kinds) or "none of them"
            self._fault(path, f"must have exactly one of field, function, and, or; it has {found}")
            return
        kind = kinds[0]
        known = {"field", "operator", "value"} if kind == "field" else {kind}
        for key in [key for key in rule if key not in known][:5]:
            self._fault(path, f"has an unknown key {str(key)[:40]!r}")
        if kind in JOINERS:
            self._joined(rule[kind], f"{path}.{kind}", depth)
        elif kind == "function":
            self._named(rule["function"], f"{path}.function")
        else:
            self._condition(rule, path)

    def _joined(self, parts: object, path: str, depth: int) -> None:
        if not isinstance(parts, list) or not parts:
            self._fault(path, "must be a list of one or more rules")
            return
        for index, part in enumerate(parts):
            if self.parts > MAX_PARTS:
                return
            self.rule(part, f"{path}[{index}]", depth=depth + 1)

    def _named(self, name: object, path: str) -> None:
        if not isinstance(name, str) or name not in self.functions:
            known = ", ".join(sorted(self.functions)) or "none is"
            self._fault(path, f"no function {_short(name)} is registered (registered: {known})")

    def _condition(self, rule: Rule, path: str) -> None:
        field = rule["field"]
        if not isinstance(field, str) or not field.strip():
            self._fault(f"{path}.field", "must be the name of a field")
        elif fault := text_fault(field, 100):
            self._fault(f"{path}.field", fault)
        name = rule.get("operator")
        if not isinstance(name, str) or name not in OPERATORS:
            problem = "is missing" if name is None else f"there is no operator {_short(name)}"
            self._fault(f"{path}.operator", f"{problem}; use one of {', '.join(OPERATORS)}")
        elif fault := _value_fault(OPERATORS[name].takes, rule.get("value")):
            self._fault(f"{path}.value", fault)

    def _fault(self, path: str, message: str) -> None:
        self.faults.append(Fault(path, message))


def _value_fault(takes: str, value: object) -> str:
    if takes == "nothing":
        return "" if value is None else "this operator takes no value"
    if takes != "list":
        return _scalar_fault(takes, value)
    if not isinstance(value, list) or not value:
        return "must be a list of one or more values"
    if len(value) > MAX_VALUES:
        return f"may list at most {MAX_VALUES} values, this lists {len(value)}"
    return next(
        (f"item {n}: {fault}" for n, item in enumerate(value, 1) if (fault := _scalar_fault("scalar", item))), ""
    )


def _scalar_fault(takes: str, value: object) -> str:
    if value is None or value == "":
        return "is missing; to ask for an empty field use is_empty"
    if isinstance(value, str):
        return text_fault(value, MAX_TEXT)
    if takes == "text":
        return f"must be a text, not {kind_of(value)}"
    if isinstance(value, bool):
        return "must be a number or a text such as a date" if takes == "measure" else ""
    if not isinstance(value, int | float):
        return f"must be a text, a number, true or false, not {kind_of(value)}"
    return "" if abs(value) <= MAX_NUMBER else "the number is too large"  # not-a-number neither


def _short(value: object) -> str:
    return repr(value) if len(repr(value)) <= 60 else repr(value)[:57] + "…"
