"""The form that makes and changes applications."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict

from dashboards.applications.drafts import Draft, drafts_of, posted_drafts
from dashboards.shell.forms import DressedForm
from domains.applications import reads

CHANGED = ("name", "description", "features", "position")


class ApplicationForm(DressedForm):
    """Name, description, features and place; `drafts` beside it are the filters."""

    slug = forms.CharField(
        label="Address",
        max_length=63,
        help_text="Stands in public addresses, such as /trace/public/skyflow/features/. It cannot be changed later.",
    )
    name = forms.CharField(label="Name", max_length=100)
    description = forms.CharField(
        label="Description", required=False, max_length=2000, widget=forms.Textarea({"rows": 3})
    )
    features = forms.CharField(
        label="Features",
        required=False,
        widget=forms.Textarea({"rows": 4}),
        help_text="One key a line, such as flow or kudos.",
    )
    position = forms.IntegerField(
        label="Position", min_value=0, max_value=32_767, help_text="Lower numbers come first in lists."
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: QueryDict | None = None, *, info: reads.ApplicationInfo | None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        if info is not None:
            del self.fields["slug"]
        self.drafts: list[Draft] = drafts_of({}) if data is None else posted_drafts(data)

    @classmethod
    def of(cls, info: reads.ApplicationInfo | None, values: dict[str, Any] | None = None) -> ApplicationForm:
        """The form filled with an application's values, or with `values` in their place."""
        shown = values or (
            {name: getattr(info, name) for name in (*CHANGED, "filters")} if info else {"position": _last() + 1}
        )
        initial = shown | {"features": "\n".join(shown.get("features", ()))}
        form = cls(info=info, initial=initial | ({"version": info.version} if info else {}))
        form.drafts = drafts_of(shown.get("filters", {}))
        return form

    def clean_features(self) -> list[str]:
        """One feature for each line that is not blank."""
        return [line.strip() for line in self.cleaned_data["features"].splitlines() if line.strip()]

    def clean(self) -> dict[str, Any]:
        """The fields by the domain's own rules, each fault at its field; those of the filters at their drafts."""
        found = {name: value for name, value in self.cleaned_data.items() if name != "version"}
        for name, faults in reads.application_faults(found).items():
            for fault in faults:
                self.add_error(name, fault)
        rules = {draft.data_type: draft.rule() for draft in self.drafts}
        if any(draft.has_faults for draft in self.drafts):
            self.add_error(None, "A filter does not fit. Nothing was saved; mend what is marked below.")
        self.cleaned_data["filters"] = {name: rule for name, rule in rules.items() if rule}
        return self.cleaned_data

    def values(self) -> dict[str, Any]:
        """What to store, of a valid form."""
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}


def _last() -> int:
    return max((info.position for info in reads.application_list()), default=0)
