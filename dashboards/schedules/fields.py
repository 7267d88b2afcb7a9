"""Controls of the schedule's form: spans of time, and JSON that is kept as it was typed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

UNITS = (("60", "minutes"), ("3600", "hours"), ("86400", "days"), ("1", "seconds"))


def _each_once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """The object. Raises ValueError where a name stands twice, since only one of the values would be kept."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice in an object")
    return found


class SpanWidget(forms.MultiWidget):
    """A number and its unit."""

    def __init__(self, label: str) -> None:
        number = forms.NumberInput({"class": "field", "min": "0", "aria-label": f"{label}: how many"})
        unit = forms.Select({"class": "field", "aria-label": f"{label}: unit"}, choices=UNITS)
        super().__init__([number, unit])

    def decompress(self, value: int | None) -> list[Any]:
        """Seconds as the largest unit that leaves a whole number."""
        if value is None:
            return [None, UNITS[0][0]]
        size = next((int(unit) for unit in ("86400", "3600", "60") if value and value % int(unit) == 0), 1)
        return [value // size, str(size)]


class SpanField(forms.MultiValueField):
    """A span of time in seconds; None when the number is left out."""

    def __init__(self, *, label: str, **kwargs: Any) -> None:
        number = forms.IntegerField(required=False, min_value=0, max_value=40_000_000)
        unit = forms.ChoiceField(choices=UNITS, required=False)
        kwargs = {"required": False, "require_all_fields": False} | kwargs
        super().__init__(fields=(number, unit), widget=SpanWidget(label), label=label, **kwargs)

    def compress(self, data_list: Sequence[Any]) -> int | None:
        """Seconds."""
        if not data_list or data_list[0] is None:
            return None
        return int(data_list[0]) * int(data_list[1] or UNITS[0][0])


class ArgumentsField(forms.CharField):
    """A JSON object."""

    widget = forms.Textarea({"rows": 4, "class": "field code", "spellcheck": "false"})

    def prepare_value(self, value: Any) -> Any:
        """What was typed as it is; stored arguments as indented JSON."""
        return value if isinstance(value, str) else json.dumps(value or {}, indent=2, ensure_ascii=False)

    def to_python(self, value: Any) -> Any:
        """The object. Raises ValidationError with the place of the fault."""
        text = super().to_python(value) or "{}"
        try:
            found = json.loads(text, object_pairs_hook=_each_once)
        except RecursionError as error:
            raise ValidationError("This is nested too deeply.") from error
        except ValueError as error:
            raise ValidationError(f"This is no JSON: {error}.") from error
        if not isinstance(found, dict):
            raise ValidationError('The arguments are a JSON object, such as {"app": "skyflow"}.')
        return found
