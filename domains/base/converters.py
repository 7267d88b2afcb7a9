"""UUIDs in addresses: 32 hex digits as Vault writes them, or with dashes as many clients send them."""

from __future__ import annotations

from uuid import UUID

from django.urls import register_converter


class AnyUuid:
    """`<anyuuid:…>`: both forms are read, hex is written."""

    regex = "[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}"

    def to_python(self, value: str) -> UUID:
        """Either form as a UUID."""
        return UUID(value)

    def to_url(self, value: UUID | str) -> str:
        """32 hex digits."""
        return UUID(str(value)).hex


register_converter(AnyUuid, "anyuuid")
