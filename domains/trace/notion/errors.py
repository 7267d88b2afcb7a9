"""What Notion says no to, in words for whoever has to mend it. None of these goes away by asking again."""

from __future__ import annotations

from domains.base.errors import VaultError


class NotionRefused(VaultError):
    """Notion has refused a request, and would again."""

    status = 502
    code = "notion_refused"


class TokenRefused(NotionRefused):
    """The token is not valid, or has been revoked."""

    code = "notion_token_refused"


class NotShared(NotionRefused):
    """There is no such thing, or it is not shared with the integration: Notion does not tell which."""

    code = "notion_not_shared"


class CursorLost(NotionRefused):
    """Notion has forgotten where a list goes on: what came is a part, so the query is to be begun again."""

    code = "notion_cursor_lost"


class Incomplete(NotionRefused):
    """A query has more rows than Notion gives out: what came is a part."""

    code = "notion_incomplete"


class Interrupted(VaultError):
    """The run was cancelled or its worker stops, so nothing more was sent."""

    status = 503
    code = "notion_interrupted"


class FileExpired(NotionRefused):
    """The signed address of a file is no longer good: read its page again for a new one."""

    code = "notion_file_expired"


class FileRefused(NotionRefused):
    """A file that is not fetched: too large, gone, or at an address that Vault does not go to."""

    code = "notion_file_refused"
