"""From what people paste to the data source that it means."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from domains.trace.notion.errors import NotionRefused, NotShared
from domains.trace.notion.ids import notion_id
from domains.trace.properties import plain_text

if TYPE_CHECKING:
    from domains.trace.notion.api import NotionApi

FOUND, NOT_SHARED, SEVERAL, UNREADABLE = "found", "not shared", "several data sources", "no address"


@dataclass(frozen=True, slots=True)
class Resolved:
    """What an address means. `choices` are the data sources of the database, ids and names; `source` is the data source
    itself where it was asked for on the way.
    """

    state: str
    data_source_id: str = ""
    title: str = ""
    choices: list[tuple[str, str]] = field(default_factory=list)
    source: dict[str, Any] | None = None


def resolve(api: NotionApi, text: str) -> Resolved:
    """The data source that an address or id of a database, or an id of a data source, stands for.

    One request for a database, two for a data source. Raises what the API raises, but NotShared.
    """
    wanted = notion_id(text)
    if not wanted:
        return Resolved(UNREADABLE)
    database = _asked(api.database, wanted)
    if database is None:
        source = _asked(api.data_source, wanted)
        return Resolved(FOUND, source["id"], title_of(source), source=source) if source else Resolved(NOT_SHARED)
    choices = [(str(item["id"]), str(item.get("name") or "")) for item in database.get("data_sources") or []]
    if len(choices) == 1:
        return Resolved(FOUND, choices[0][0], choices[0][1] or title_of(database), choices)
    return Resolved(SEVERAL if choices else NOT_SHARED, title=title_of(database), choices=choices)


def title_of(item: dict[str, Any]) -> str:
    """The title of a database or data source."""
    return plain_text(item.get("title") or [])


def _asked(ask: Any, wanted: str) -> dict[str, Any] | None:
    """The answer, or None when there is no such thing of this sort.

    Notion says 400 instead of 404 when an id belongs to a thing of another sort.
    """
    try:
        found: dict[str, Any] = ask(wanted)
    except NotShared:
        return None
    except NotionRefused as error:
        if error.code != NotionRefused.code:
            raise
        return None
    return found
