"""Ids out of what people paste. Pure."""

from __future__ import annotations

import re
from urllib.parse import urlsplit
from uuid import UUID

_ID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)


def notion_id(text: str) -> str:
    """The id in an address of Notion, or the id itself, with dashes; "" when there is none.

    In an address the last one of the path counts: what follows as `?v=` is a view.
    """
    try:
        found = _ID.findall(urlsplit(text.strip()).path)
    except ValueError:
        return ""
    return str(UUID(found[-1])) if found else ""
