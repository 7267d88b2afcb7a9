"""What is entered for a source of the kind HTTP JSON."""

from __future__ import annotations

from domains.club.sources.base import ConfigField

PAGINGS = [
    ("none", "One answer has all"),
    ("page", "By page number"),
    ("cursor", "By a cursor in the answer"),
    ("link", "By Link headers"),
]
FIELDS = [
    ConfigField("url", "Address", "Where the figures are, such as https://example.org/stats.json.", required=True),
    ConfigField("hero", "Hero metrics", "One line each: a metric, =, where it stands (JMESPath).", "lines", default=[]),
    ConfigField("header", "Header of the token", "Sent only when a token is entered.", default="Authorization"),
    ConfigField("prefix", "Word before the token", "Such as Bearer or Token; may be empty.", default="Bearer"),
    ConfigField("paging", "Paging", "How the next page is asked for.", "choice", default="none", choices=PAGINGS),
    ConfigField("page_parameter", "Parameter of the page number", default="page"),
    ConfigField("first_page", "Number of the first page", "0 or 1.", "number", default=1),
    ConfigField("size_parameter", "Parameter of the page size", default="per_page"),
    ConfigField("size", "Page size", "0 asks for none.", "number", default=100),
    ConfigField("cursor_parameter", "Parameter of the cursor", default="cursor"),
    ConfigField("cursor", "Cursor in the answer", "JMESPath, such as meta.next; an address is followed.", default=""),
    ConfigField("most_pages", "Most pages", "Further ones are not read.", "number", default=50),
]
SELECT_FIELDS = [
    ConfigField("url", "Path", "On the same host; empty for the source's address.", default=""),
    ConfigField(
        "rows", "Members", "Where the list of members stands (JMESPath); empty for the answer itself.", default=""
    ),
    ConfigField("key", "Key of a member", "What tells an account apart.", default="id"),
    ConfigField("name", "Name of a member", default="name"),
    ConfigField("score", "Score of a member", "What members are ranked by.", default="score"),
    ConfigField("link", "Page of a member", default=""),
    ConfigField("figures", "Figures of a member", "One line each: a name, =, where it stands.", "lines", default=[]),
    ConfigField("items", "Items", "Where the list of items stands; empty for none.", default=""),
    ConfigField("item_key", "Key of an item", default="id"),
    ConfigField("item_title", "Title of an item", default="title"),
    ConfigField("item_score", "Score of an item", default="score"),
    ConfigField("item_link", "Page of an item", default=""),
    ConfigField(
        "item_figures", "Figures of an item", "One line each: a name, =, where it stands.", "lines", default=[]
    ),
    ConfigField(
        "total", "Number of all rows", "JMESPath; lost rows are noticed by it. Empty when unknown.", default=""
    ),
]
