"""What applications adds to Vault."""

from __future__ import annotations

from domains.extensions.extension import VaultExtension


class ApplicationsExtension(VaultExtension):
    """The registry of applications."""

    name = "applications"

    def load_demo(self) -> None:
        """The two applications of the demo workspace."""
        from domains.applications.demo import load_demo

        load_demo()
