"""Exports of a list: exactly the rows that are filtered and the columns that are shown, streamed."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.html import strip_tags

from dashboards.shell.tables import Table

FORMATS = ("csv", "json")
CHUNK = 500
# A spreadsheet runs what starts like this as a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def export(table: Table, names: Sequence[str], rows: QuerySet[Any], *, kind: str, title: str) -> StreamingHttpResponse:
    """The rows as a download. `kind` is "csv" or "json"; CSV has a heading line, JSON is an array of objects."""
    headings = [str(table.columns[name].header) for name in names] if kind == "csv" else names
    return stream(headings, _records(table, names, rows), kind=kind, title=title)


def stream(headings: Sequence[str], records: Iterator[list[Any]], *, kind: str, title: str) -> StreamingHttpResponse:
    """Records as a download, each a list of values in the order of the headings, which are the keys of JSON."""
    body = _csv(headings, records) if kind == "csv" else _json(headings, records)
    content_type = "text/csv; charset=utf-8" if kind == "csv" else "application/json"
    file_name = f"vault-{title}-{timezone.now():%Y-%m-%d}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{file_name}"', "Cache-Control": "no-store"}
    return StreamingHttpResponse(body, content_type=content_type, headers=headers)


def _records(table: Table, names: Sequence[str], rows: QuerySet[Any]) -> Iterator[list[Any]]:
    for record in rows.iterator(chunk_size=CHUNK):
        yield [_plain(value) for value in table.values(record, names)]


def _plain(value: Any) -> Any:
    """Text without markup; other values as they are."""
    return strip_tags(value) if hasattr(value, "__html__") else value


def _csv(headings: Sequence[str], records: Iterator[list[Any]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield writer.writerow([_defused(heading) for heading in headings])
    for record in records:
        yield writer.writerow([_csv_cell(value) for value in record])


def _csv_cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, (list, tuple, set)):
        return _defused("; ".join(str(part) for part in value))
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return _defused(json.dumps(value, cls=DjangoJSONEncoder) if isinstance(value, dict) else str(value))


def _defused(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text


def _json(names: Sequence[str], records: Iterator[list[Any]]) -> Iterator[str]:
    yield "["
    for index, record in enumerate(records):
        row = json.dumps(dict(zip(names, record, strict=True)), cls=DjangoJSONEncoder, ensure_ascii=False, default=str)
        yield (",\n" if index else "\n") + row
    yield "\n]\n"
