"""The form that makes and changes sources: what every source has, and what its kind asks for."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import dropwhile
from typing import Any

from django import forms
from django.http import QueryDict

from dashboards.club.source_rows import FeatureRows
from dashboards.club.source_uploads import takes_uploads
from dashboards.shell.forms import DressedForm, dress
from domains.applications import reads as applications
from domains.base.errors import ValidationFailed
from domains.club.reads import ConfigField, SourceKind

PREFIX = "config."
UPLOAD = "upload."
MAX_TEXT = 4000
MANY = 6
"""A kind with more fields than this folds those that usually stay as they are."""
ROWS_FAULT = "A feature does not fit. Nothing was saved; mend what is marked below."


def _applications() -> list[tuple[str, str]]:
    return [("", "Choose an application"), *applications.application_choices()]


class SourceForm(DressedForm):
    """Name, application and state; the fields of the kind; the secret. `rows` beside it are the features."""

    name = forms.CharField(label="Name", max_length=100, help_text="Tells it from the application's other sources.")
    application = forms.ChoiceField(label="Application", choices=_applications)
    active = forms.BooleanField(label="Active", required=False, help_text="Collections leave out what is not.")
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        kind: SourceKind,
        source: Any = None,
        data: QueryDict | None = None,
        *,
        initial: Mapping[str, Any] | None = None,
        upload_faults: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(data, initial=_initial(source) | dict(initial or {}))
        self.kind, self.source, self.upload_faults = kind, source, upload_faults or {}
        for entry in kind.fields:
            self.fields[PREFIX + entry.name] = form_field(entry)
            if takes_uploads(kind):
                self.fields[UPLOAD + entry.name] = upload_field(entry)
        if kind.secret_label:
            self._add_secret(kind.secret_label)
        if source is not None:
            del self.fields["application"]
        self.order_fields(["name", "application", "active", *(name for name in self.fields if "." in name)])
        dress(self)
        stored = source.features if source is not None else []
        entries = kind.select_fields
        self.rows = FeatureRows.of(entries, stored) if data is None else FeatureRows.posted(entries, data)
        self.rows.takes_uploads = takes_uploads(kind)

    def _add_secret(self, label: str) -> None:
        stored = self.source is not None and self.source.has_secret
        self.fields["secret"] = forms.CharField(
            label=label,
            required=False,
            strip=True,
            max_length=MAX_TEXT,
            widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "off"}),
            help_text="One is stored; leave this empty to keep it." if stored else "Stored encrypted, and never shown.",
        )
        if stored:
            self.fields["forget"] = forms.BooleanField(label="Forget what is stored", required=False)

    def clean(self) -> dict[str, Any]:
        """The fields, and what was wrong with uploaded files."""
        for field, fault in self.upload_faults.items():
            if not self.rows.take_fault(field, fault):
                self.add_error(field if field in self.fields else None, fault)
        if self.rows.has_faults:
            self.add_error(None, ROWS_FAULT)
        return self.cleaned_data

    @property
    def general(self) -> list[Any]:
        """The bound fields that are seen at once: all, unless the kind has many."""
        return [field for field in self if field.name not in self._further]

    @property
    def further(self) -> list[Any]:
        """Those of a kind with many that usually stay as they are, for a part that is folded."""
        return [field for field in self if field.name in self._further]

    @property
    def is_further_open(self) -> bool:
        """Whether something in that part must be mended, or is not as usual."""
        stored = self.source.config if self.source is not None else {}
        return bool(self._further & (self.errors.keys() | {PREFIX + name for name in stored}))

    @property
    def _further(self) -> set[str]:
        """The entries from the first one with a usual value on, but for those that must be given."""
        entries = self.kind.fields
        if len(entries) <= MANY:
            return set()
        usual = dropwhile(lambda entry: entry.default in ("", []), entries)
        return {PREFIX + entry.name for entry in usual if not entry.required}

    def values(self) -> dict[str, Any]:
        """What to store, of a valid form, without the secret."""
        given = self.cleaned_data
        values = {entry.name: _plain(entry, given.get(PREFIX + entry.name)) for entry in self.kind.fields}
        usual = {entry.name: (entry.default, None) for entry in self.kind.fields if not entry.required}
        config = {name: value for name, value in values.items() if value not in usual.get(name, ())}
        return {
            "kind": self.kind.name if self.source is None else self.source.kind,
            "name": given["name"],
            "application": given["application"] if self.source is None else self.source.application,
            "active": given["active"],
            "config": config,
            "features": self.rows.values(),
        }

    def secret(self) -> str | None:
        """The secret to store; None to leave it as it is, "" to forget it."""
        if self.cleaned_data.get("forget"):
            return ""
        return self.cleaned_data.get("secret") or None

    def take_faults(self, error: ValidationFailed) -> None:
        """Put the domain's faults at their fields and rows."""
        for name, faults in error.fields.items():
            for fault in faults:
                if not self.rows.take_fault(name, fault):
                    self.add_error(name if name in self.fields else None, fault)
        if self.rows.has_faults:
            self.add_error(None, ROWS_FAULT)
        if not error.fields:
            self.add_error(None, error.message)


def form_field(entry: ConfigField) -> forms.Field:
    """The form's field for an entry of a kind's configuration."""
    common: dict[str, Any] = {"label": entry.label, "help_text": entry.help, "required": entry.required}
    if entry.type == "flag":
        return forms.BooleanField(**common | {"required": False}, initial=bool(entry.default))
    if entry.type == "number":
        return forms.IntegerField(**common, initial=entry.default if entry.default != "" else None)
    if entry.type == "choice":
        choices = list(entry.choices) if entry.required or entry.default else [("", "–"), *entry.choices]
        return forms.ChoiceField(**common, choices=choices, initial=entry.default)
    if entry.type == "lines":
        initial = "\n".join(entry.default or ())
        return forms.CharField(**common, initial=initial, max_length=MAX_TEXT, widget=forms.Textarea({"rows": 3}))
    return forms.CharField(**common, initial=entry.default, max_length=MAX_TEXT)


def upload_field(entry: ConfigField) -> forms.Field:
    """The field that uploads a file and has it named by that entry."""
    widget = forms.FileInput(attrs={"accept": ".json,.csv"})
    return forms.FileField(label=f"Upload: {entry.label}", required=False, widget=widget)


def _initial(source: Any) -> dict[str, Any]:
    if source is None:
        return {"active": True}
    config = {PREFIX + name: _typed(value) for name, value in source.config.items()}
    return config | {"name": source.name, "active": source.active, "version": source.version}


def _typed(value: Any) -> Any:
    return "\n".join(str(each) for each in value) if isinstance(value, list) else value


def _plain(entry: ConfigField, value: Any) -> Any:
    if entry.type == "lines":
        return [line.strip() for line in (value or "").splitlines() if line.strip()]
    return value
