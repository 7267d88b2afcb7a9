"""The form that makes and changes schedules."""

from __future__ import annotations

from typing import Any

from django import forms

from dashboards.schedules.fields import ArgumentsField, SpanField
from dashboards.shell.forms import DressedForm
from domains.applications.reads import application_choices
from domains.base.errors import ValidationFailed
from domains.base.time_zones import time_zones
from domains.orchestration import reads

DAY_S = 86_400
FIXED = ("name", "what")
"""What stays as it is where an extension brings the schedule."""
FIELD_OF = {"orchestrator": "what", "method": "what"}
MOST_PRIORITY = 32_767


def what_choices(user: Any, present: str) -> list[tuple[str, str]]:
    """What this person may have started, and what is started at present."""
    found = {each.name: f"{each.title} ({each.name})" for each in reads.startables(user)}
    return [("", "Choose what runs"), *({present: present} | found if present else found).items()]


def zone_choices() -> list[tuple[str, str]]:
    """Every time zone, by name."""
    return [(zone, zone) for zone in sorted(time_zones())]


class ScheduleForm(DressedForm):
    """What runs, with which arguments, when, and what happens when a time is missed or the run before is not over."""

    name = forms.CharField(label="Name", max_length=100)
    what = forms.ChoiceField(label="What runs")
    args = ArgumentsField(label="Arguments", required=False, help_text="A JSON object; leave it {} for none.")
    cron = forms.CharField(
        label="Cron expression",
        required=False,
        help_text="Minute, hour, day of the month, month, day of the week: 0 3 * * * is every day at 03:00.",
    )
    interval_s = SpanField(label="Or every", help_text="In place of a cron expression; at least a minute.")
    time_zone = forms.ChoiceField(label="Time zone", choices=zone_choices, initial="UTC")
    overlap = forms.ChoiceField(label="While its run before is still active", choices=reads.overlap_choices)
    catch_up = forms.ChoiceField(label="Times that were missed", choices=reads.catch_up_choices, initial="latest")
    catch_up_window_s = SpanField(
        label="Missed for at most", initial=DAY_S, help_text="Older times are left out in any case."
    )
    queue = forms.ChoiceField(label="Queue", choices=reads.queue_choices, initial="default")
    priority = forms.IntegerField(
        label="Priority",
        initial=0,
        min_value=-MOST_PRIORITY,
        max_value=MOST_PRIORITY,
        help_text="Higher numbers are taken first within the queue.",
    )
    application = forms.ChoiceField(
        label="Application", required=False, choices=lambda: [("", "None"), *application_choices()]
    )

    def __init__(self, *args: Any, user: Any, built_in: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        what: Any = self.fields["what"]
        what.choices = what_choices(user, self.initial.get("what", ""))
        if built_in:
            for name in FIXED:
                self.fields[name].disabled = True

    @classmethod
    def of(cls, schedule: Any, user: Any, data: Any = None) -> ScheduleForm:
        """The form of a schedule, filled with its values, secrets hidden; with what was typed where there is `data`."""
        initial = {name: getattr(schedule, name) for name in cls.base_fields if name not in ("what", "args")}
        initial |= {"what": f"{schedule.orchestrator}.{schedule.method}", "args": reads.shown(schedule.args)}
        return cls(data, initial=initial, user=user, built_in=schedule.built_in)

    def values(self) -> dict[str, Any]:
        """What to store, of a valid form."""
        values = dict(self.cleaned_data)
        orchestrator, _, method = values.pop("what").partition(".")
        window = values["catch_up_window_s"]
        given = {"catch_up_window_s": DAY_S if window is None else window, "cron": values["cron"].strip()}
        return values | given | {"orchestrator": orchestrator, "method": method}

    def take_faults(self, error: ValidationFailed) -> None:
        """Put the domain's faults at their fields."""
        for name, faults in error.fields.items():
            field = FIELD_OF.get(name, name)
            for fault in faults:
                self.add_error(field if field in self.fields else None, fault)

    def times(self) -> dict[str, Any]:
        """What is typed of the times, however far it is, for a preview."""
        self.is_valid()
        typed = getattr(self, "cleaned_data", {})
        return {
            "cron": str(typed.get("cron") or "").strip(),
            "interval_s": typed.get("interval_s"),
            "time_zone": typed.get("time_zone") or "UTC",
        }
