"""What core adds to Vault."""

from __future__ import annotations

from collections.abc import Sequence

from domains.extensions.extension import HealthCheck, VaultExtension


class CoreExtension(VaultExtension):
    """Server statistics and health."""

    name = "core"

    def health_checks(self) -> Sequence[HealthCheck]:
        """Database, migrations, cache, queue, sampler and disk."""
        from domains.core.checks import core_checks

        return core_checks()
