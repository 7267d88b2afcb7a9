"""What kinds check in their configurations. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError

from domains.base.errors import ValidationFailed
from domains.base.outbound.client import checked_url
from domains.club.metrics import METRICS
from domains.club.sources.errors import Unreadable

LONGEST = 500
MOST_FORMS = 50
"""Each list or object that an expression builds repeats its input as often as it has entries, and they multiply."""
Faults = dict[str, list[str]]


def pairs(lines: object) -> dict[str, str]:
    """Lines such as `stars = data.stars`, by what stands before the sign."""
    texts = [str(line) for line in lines] if isinstance(lines, list) else []
    return {name.strip(): value.strip() for name, sign, value in (line.partition("=") for line in texts) if sign}


def url_faults(text: object) -> list[str]:
    """What is wrong with the address of a source. Whether its host may be asked is seen when it is asked."""
    if not isinstance(text, str) or not text.strip():
        return ["Enter the address, such as https://forum.example.org."]
    try:
        checked_url(text)
    except ValidationFailed as error:
        return [error.message]
    return []


def path_faults(expression: object) -> list[str]:
    """What is wrong with an expression of JMESPath; "" stands for the whole."""
    if not isinstance(expression, str):
        return ["Enter an expression of JMESPath, such as data.users."]
    if len(expression) > LONGEST:
        return [f"Use at most {LONGEST} characters."]
    try:
        compiled = jmespath.compile(expression or "@")
    except (JMESPathError, RecursionError) as error:
        return [f"This is no expression of JMESPath: {str(error).splitlines()[0]}"]
    if _forms(compiled.parsed) > MOST_FORMS:
        return ["This builds so many lists and objects that its answer might fill the memory. Use a simpler one."]
    return []


def _forms(node: Mapping[str, Any]) -> int:
    """By how much an expression can multiply its input: the entries of each list and object it builds, multiplied."""
    children = [child for child in node["children"] if isinstance(child, Mapping)]  # a slice has numbers
    entries = len(children) if node["type"] in {"multi_select_list", "multi_select_dict"} else 1
    return prod([max(1, entries), *map(_forms, children)])


def lines_faults(lines: object, *, metrics: bool = False) -> list[str]:
    """What is wrong with lines of names and expressions, which name hero metrics when `metrics` is set."""
    if not isinstance(lines, list):
        return ["Enter one line for each figure."]
    faults = [f"{line}: write a name, =, and an expression." for line in lines if "=" not in str(line)]
    for name, expression in pairs(lines).items():
        if metrics and name not in METRICS:
            faults.append(f"{name} is none of the hero metrics: {', '.join(METRICS)}.")
        faults += [f"{name}: {fault}" for fault in path_faults(expression)]
    return faults


def number_faults(value: object, least: int, most: int) -> list[str]:
    """What is wrong with a whole number."""
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        return [f"Enter a whole number from {least:,} to {most:,}."]
    return []


def choice_faults(value: object, choices: Sequence[tuple[str, str]]) -> list[str]:
    """What is wrong with a choice."""
    known = [name for name, _ in choices]
    return [] if value in known else [f"Choose one of {', '.join(name for name in known if name)}."]


def found_at(expression: str, data: Any, what: str) -> Any:
    """What an expression finds in an answer. Raises Unreadable when it cannot be applied to it.

    The message is kept and shown, so nothing of the answer is in it: that may be a member's name.
    """
    try:
        return jmespath.search(expression or "@", data)
    except (JMESPathError, RecursionError, ArithmeticError, TypeError, ValueError) as error:
        raise Unreadable(f"{what}: the expression {expression} does not fit the answer.") from error


def only_faults(found: Mapping[str, Sequence[str]]) -> Faults:
    """Those fields that have faults."""
    return {name: list(faults) for name, faults in found.items() if faults}
