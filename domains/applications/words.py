"""Filter rules as sentences. Pure."""

from __future__ import annotations

import json

from domains.applications.operators import OPERATORS
from domains.applications.rules import Rule


def describe_rule(rule: Rule | None) -> str:
    """The rule as a sentence without its full stop: "Applications contains skyflow and Status is not Draft"."""
    return _words(rule, inner=False) if rule else "No condition"


def _words(rule: Rule, *, inner: bool) -> str:
    if "function" in rule:
        return f"the function {rule['function']} says yes"
    if "field" in rule:
        operator, value = OPERATORS[rule["operator"]], rule.get("value")
        values = value if isinstance(value, list) else [] if value is None else [value]
        shown = ", ".join(json.dumps(item) if isinstance(item, bool) else str(item) for item in values)
        return " ".join(filter(None, [_label(rule["field"]), operator.words, shown]))
    joiner = "and" if "and" in rule else "or"
    words = f" {joiner} ".join(_words(part, inner=True) for part in rule[joiner])
    return f"({words})" if inner and len(rule[joiner]) > 1 else words


def _label(field: str) -> str:
    return field.replace("_", " ").replace(".", " ").capitalize()
