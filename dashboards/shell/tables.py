"""Table and its columns: hand-declared, sortable by real links, exportable as exact values."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django_tables2 import Column
from django_tables2 import Table as BaseTable
from django_tables2.rows import BoundRow

from dashboards.shell import figures
from dashboards.shell.templatetags.shell import ago, localtime, state_tag

__all__ = [
    "AgeColumn",
    "CodeColumn",
    "Column",
    "DurationColumn",
    "MomentColumn",
    "NumberColumn",
    "StateColumn",
    "Table",
    "TagsColumn",
]
END = {"th": {"class": "end"}, "td": {"class": "end num"}}


class Table(BaseTable):  # type: ignore[misc]
    """A list's table. `default_columns` are shown to whoever chose none; empty means all of them."""

    default_columns: ClassVar[tuple[str, ...]] = ()

    class Meta:
        default = "–"

    @classmethod
    def column_names(cls) -> list[str]:
        """Every column, in order of declaration."""
        return list(cls.base_columns)

    @classmethod
    def choose(cls, wanted: Sequence[str] | None) -> list[str]:
        """The columns to show: those wanted that exist, else the default ones."""
        known = cls.column_names()
        chosen = [name for name in wanted or () if name in known]
        return chosen or [name for name in cls.default_columns if name in known] or known

    def cells(self, record: Any, names: Sequence[str]) -> list[Any]:
        """The cells of one record as a page shows them. Override where there are many and they are plain."""
        row = BoundRow(record, table=self)
        return [row.get_cell(name) for name in names]

    def values(self, record: Any, names: Sequence[str]) -> list[Any]:
        """The cells of one record as exports hold them; override it with `cells`."""
        row = BoundRow(record, table=self)
        return [row.get_cell_value(name) for name in names]

    def labels(self) -> list[tuple[str, str]]:
        """Name and heading of every column, for the dialog that chooses them."""
        return [(column.name, str(column.header)) for column in self.columns.iterall()]


class NumberColumn(Column):  # type: ignore[misc]
    """Numbers, aligned at the end, with separators. Exported as they are."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("attrs", END)
        super().__init__(*args, **kwargs)

    def render(self, value: Any) -> str:
        """The number in words."""
        return figures.thousands(value) if isinstance(value, (int, float)) else str(value)

    def value(self, value: Any) -> Any:
        """The number itself."""
        return value


class DurationColumn(NumberColumn):
    """Seconds, shown as a span of time, exported in seconds."""

    def render(self, value: Any) -> str:
        """The span in words."""
        return figures.duration(float(value))


class AgeColumn(Column):  # type: ignore[misc]
    """Moments as an age that stays up to date; the exact time is the title. Exported as ISO 8601."""

    def render(self, value: datetime) -> SafeString:
        """The age."""
        return ago(value)

    def value(self, value: Any) -> Any:
        """The moment itself."""
        return value


class MomentColumn(AgeColumn):
    """Moments in the viewer's time zone. Exported as ISO 8601."""

    def render(self, value: datetime) -> SafeString:
        """Date and time."""
        return localtime(value)


class StateColumn(Column):  # type: ignore[misc]
    """States as tags. Exported by their name."""

    def render(self, value: Any) -> SafeString:
        """The tag."""
        return state_tag(value)

    def value(self, value: Any) -> Any:
        """The state's name."""
        return value


class TagsColumn(Column):  # type: ignore[misc]
    """A list of words as tags. Exported as a list."""

    def render(self, value: Iterable[Any]) -> SafeString:
        """The tags."""
        return format_html(
            '<span class="row tight">{}</span>',
            format_html_join("", '<span class="tag">{}</span>', ((v,) for v in value)),
        )

    def value(self, value: Any) -> Any:
        """The words."""
        return list(value)


class CodeColumn(Column):  # type: ignore[misc]
    """Names that machines use, in fixed width."""

    def render(self, value: Any) -> SafeString:
        """The name."""
        return format_html("<code>{}</code>", value if isinstance(value, str) else json.dumps(value))

    def value(self, value: Any) -> Any:
        """The name itself."""
        return value
