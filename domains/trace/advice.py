"""What to click in Notion, in its own words, so that a connection comes about. Pure."""

from __future__ import annotations

from domains.trace.notion import resolve

TOKEN = [
    "Open notion.so/profile/integrations and choose “New integration”, or the one that is there.",
    "Under “Configuration”, see that “Read content” is allowed.",
    "Choose “Show” beside the internal integration secret, copy it and enter it here as the token.",
]
APPLICATIONS = (
    "A property Applications of the type Multi-select is needed: it says to which applications a row belongs. "
    "Add it in Notion."
)


def gone(name: str) -> str:
    """A property that was published is not there any more."""
    return (
        f"The property {name} was published by the last export and is gone. "
        "Put it back in Notion, or accept the change of the schema."
    )


def address(kind: str) -> list[str]:
    """How to find the address of a database."""
    return [
        f"Open the database of the {kind} in Notion as a full page.",
        "Choose “Share”, then “Copy link”.",
        "Paste the link here.",
    ]


def clicks(state: str, kind: str) -> list[str]:
    """How to get from this state to a database that is found."""
    if state == resolve.SEVERAL:
        return [
            "This database has several data sources; choose one of those below.",
            "In Notion: the database's “⋯”, “Manage data sources”, the source's “⋯”, “Copy data source ID”.",
            "Enter that id here in place of the address.",
        ]
    if state == resolve.NOT_SHARED:
        return [
            f"Open the database of the {kind} in Notion as a full page.",
            "Choose “⋯” at the top right, then “Connections”.",
            "Choose the integration of this token and confirm. Check again here.",
        ]
    return address(kind)
