"""What differs between two snapshots, and what became of one row: row by row, field by field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from dashboards.audit import differences as audit
from dashboards.shell.exports import FORMATS, stream
from dashboards.trace.kinds import KINDS
from domains.applications import reads as applications
from domains.base.errors import NotFound
from domains.trace import reads
from domains.trace.reads import FieldChange, RowName

MOST = 200
MOST_EXPORTED = 100_000
COLUMNS = ("what", "kind", "name", "slug", "id", "field", "before", "after")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for: two snapshots by name, and what of them."""

    before: str
    after: str
    kind: str
    application: str
    text: str

    def shows(self, row: RowName) -> bool:
        """Whether the search lets this row pass."""
        words = self.text.casefold().split()
        return all(word in f"{row.name} {row.slug}".casefold() for word in words)


@require_safe
def difference_page(request: HttpRequest) -> HttpResponseBase:
    """`?before=…&after=…`, the last change of what readers get where none is named; `kind`, `application` and `q`
    narrow it.
    """
    snapshots = list(reads.snapshot_list())
    asked = _asked(request, [snapshot.name for snapshot in snapshots])
    kind = request.GET.get("export", "")
    if kind and asked.before:
        return _export(asked, kind)
    context = {
        "page_title": "Difference of two snapshots",
        "snapshots": snapshots,
        "asked": asked,
        "kinds": KINDS.values(),
        "applications": applications.application_choices(),
        "found": _shown(asked) if asked.before else None,
        "most": MOST,
        "query": urlencode({key: value for key, value in _query(asked).items() if value}),
    }
    return render(request, "trace/difference.html", context)


def _query(asked: Asked) -> dict[str, str]:
    return {
        "before": asked.before,
        "after": asked.after,
        "kind": asked.kind,
        "application": asked.application,
        "q": asked.text,
    }


def _asked(request: HttpRequest, names: Sequence[str]) -> Asked:
    given = request.GET
    before, after = given.get("before", ""), given.get("after", "")
    if not before and not after:
        before, after = _usual()
    elif not before or not after:
        other = next((name for name in names if name not in (before, after)), "")
        before, after = before or other, after or other
    if not {before, after} <= {*names, ""}:
        raise NotFound("One of these snapshots is not kept, or never was.")
    kind = given.get("kind", "") if given.get("kind", "") in KINDS else ""
    known = [slug for slug, _ in applications.application_choices()]
    application = given.get("application", "") if given.get("application", "") in known else ""
    return Asked(before, after, kind, application, given.get("q", "")[:200])


def _usual() -> tuple[str, str]:
    """What readers got before, and what they get now; nothing while there is only one of them."""
    current = reads.current_publication()
    former = reads.compared_with(current.snapshot, current) if current else None
    return (former.name, current.snapshot.name) if current and former else ("", "")


def _found(asked: Asked, most: int) -> reads.Difference:
    return reads.difference(
        asked.before,
        asked.after,
        application=asked.application,
        kind=asked.kind,
        most=MOST_EXPORTED if asked.text else most,
    )


def _shown(asked: Asked) -> dict[str, Any]:
    found = _found(asked, MOST)
    changed = [each for each in found.changed if asked.shows(each.row)][:MOST]
    named = names_in(change for each in changed for change in each.fields)
    return {
        "counts": found.counts,
        "added": [row for row in found.added if asked.shows(row)][:MOST],
        "removed": [row for row in found.removed if asked.shows(row)][:MOST],
        "changed": [(each.row, in_words(each.fields, named)) for each in changed],
    }


def names_in(changes: Iterable[FieldChange]) -> dict[str, str]:
    """Names of the rows that relations of these changes lead to, by their ids."""
    values = (value for change in changes for value in (change.before, change.after) if isinstance(value, list))
    return reads.names_of({item for value in values for item in value if isinstance(item, str) and len(item) == 32})


def in_words(changes: Sequence[FieldChange], named: Mapping[str, str]) -> list[audit.Difference]:
    """Changes of fields in a form that reads: relations by the names of their rows."""

    def said(value: Any) -> Any:
        if not isinstance(value, list):
            return value
        return [named.get(item, item) if isinstance(item, str) else item for item in value]

    before = {change.name: said(change.before) for change in changes}
    return audit.differences(before, {change.name: said(change.after) for change in changes})


def _export(asked: Asked, kind: str) -> HttpResponseBase:
    if kind not in FORMATS:
        raise NotFound(f"There is no export as “{kind[:20]}”, only as {' or '.join(FORMATS)}.")
    return stream(COLUMNS, _records(asked), kind=kind, title=f"difference-{asked.before}-{asked.after}")


def _records(asked: Asked) -> Iterator[list[Any]]:
    found = _found(asked, MOST_EXPORTED)
    for what, rows in (("added", found.added), ("removed", found.removed)):
        yield from ([what, *_names(row), None, None, None] for row in rows if asked.shows(row))
    for each in found.changed:
        if asked.shows(each.row):
            yield from (["changed", *_names(each.row), field.name, field.before, field.after] for field in each.fields)


def _names(row: RowName) -> list[str]:
    return [row.kind, row.name, row.slug, row.page_id]


@require_safe
def history_page(request: HttpRequest, kind: str, page_id: str) -> HttpResponse:
    """What each kept publication did to one row. Raises NotFound when none has it."""
    versions = reads.row_history(kind, page_id) if kind in KINDS else []
    newest = next((version.row for version in versions if version.row), None)
    if newest is None:
        raise NotFound("No snapshot that is kept has this row.")
    named = names_in(change for version in versions for change in version.fields)
    context = {
        "page_title": f"History of {newest['name']}",
        "kind": KINDS[kind],
        "slug": newest["slug"] if versions[0].row else "",
        "versions": [(version, in_words(version.fields, named)) for version in versions],
    }
    return render(request, "trace/history.html", context)
