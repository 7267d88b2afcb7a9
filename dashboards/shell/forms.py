"""How forms look: Vault's classes on every control, and the preferences form."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django_filters.widgets import BooleanWidget

from domains.base.time_zones import time_zones
from domains.identity.reads import Preferences
from domains.identity.rules import DENSITIES, PAGE_SIZES, THEMES

ANY_YES_NO = [("", "Any"), ("true", "Yes"), ("false", "No")]


def dress(form: forms.BaseForm) -> None:
    """Put Vault's classes, input types and names for screen readers on the controls of any form."""
    for field in form.fields.values():
        parts = getattr(field.widget, "widgets", None)
        if parts is None:
            _dress_widget(field.widget, field)
            continue
        for part, kind, bound in zip(parts, getattr(field, "fields", ()), ("from", "to"), strict=False):
            _dress_widget(part, kind)
            part.attrs["aria-label"] = f"{field.label}, {bound}"


def _dress_widget(widget: forms.Widget, field: forms.Field) -> None:
    if isinstance(widget, (forms.CheckboxInput, forms.RadioSelect, forms.CheckboxSelectMultiple)):
        return
    widget.attrs.setdefault("class", "field")
    if isinstance(widget, forms.SelectMultiple):
        widget.attrs.setdefault("size", "4")
    elif isinstance(widget, BooleanWidget):
        widget.choices = ANY_YES_NO
    elif isinstance(field, (forms.DateField, forms.DateTimeField)) and isinstance(widget, forms.TextInput):
        widget.input_type = "date" if isinstance(field, forms.DateField) else "datetime-local"


class DressedForm(forms.Form):
    """A form in Vault's look; render it with {% include "shell/_form.html" %}."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress(self)


def _zones() -> list[tuple[str, str]]:
    return [
        ("", f"The installation's ({settings.TIME_ZONE})"),
        *((zone, zone) for zone in sorted(time_zones())),
    ]


class PreferencesForm(DressedForm):
    """What a person may choose."""

    theme = forms.ChoiceField(choices=THEMES, label="Theme")
    density = forms.ChoiceField(choices=DENSITIES, label="Density", help_text="Compact shows more rows on a screen.")
    page_size = forms.TypedChoiceField(
        choices=[(size, f"{size} rows") for size in PAGE_SIZES], coerce=int, label="Rows on a page of a list"
    )
    time_zone = forms.ChoiceField(choices=_zones, required=False, label="Time zone")
    shortcuts = forms.BooleanField(
        required=False, label="Keyboard shortcuts", help_text="Single keys such as / and ?. Press ? for the list."
    )

    @classmethod
    def of(cls, preferences: Preferences) -> PreferencesForm:
        """The form filled with what is in force."""
        return cls(initial={name: getattr(preferences, name) for name in cls.base_fields})
