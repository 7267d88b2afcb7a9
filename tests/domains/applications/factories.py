"""Applications for tests, made the way Vault makes them."""

from __future__ import annotations

from typing import Any

from domains.applications import reads
from domains.orchestration.start import run_now


def add_application(slug: str = "skyflow", **values: Any) -> reads.ApplicationInfo:
    """An application with these values; its name is the slug's with a capital."""
    run_now("applications", "create", values={"slug": slug, "name": slug.capitalize()} | values)
    return reads.application_get(slug, active_only=False)
