"""A place with demo applications to export from and to."""

from __future__ import annotations

from tests.domains.trace.conftest import place

__all__ = ["place"]
