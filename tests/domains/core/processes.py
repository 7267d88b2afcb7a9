"""Real processes of Vault, with a state folder of their own."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]
KEPT = {"PATH", "HOME", "LANG", "PYTHONPYCACHEPREFIX"}


def environment(home: Path, **changes: str) -> dict[str, str]:
    """The environment of an installation in that folder, on SQLite and files unless told otherwise."""
    kept = {name: value for name, value in os.environ.items() if name in KEPT}
    return kept | {
        "DJANGO_SETTINGS_MODULE": "vault_site.settings.test",
        "VAULT_HOME": str(home),
        "DATABASE_URL": "",
        "REDIS_URL": "",
        **changes,
    }


def manage(home: Path, *arguments: str) -> subprocess.Popen[str]:
    """A management command under way."""
    return subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=PROJECT,
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def script(home: Path, code: str, **changes: str) -> subprocess.CompletedProcess[str]:
    """Python run with Django set up."""
    return subprocess.run(
        [sys.executable, "-c", f"import django; django.setup()\n{code}"],
        cwd=PROJECT,
        env=environment(home, **changes),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def lock(home: Path) -> tuple[str, float] | None:
    """Owner of the sampler's lock and age of its beat in seconds, straight from the file."""
    with sqlite3.connect(f"file:{home / 'vault.sqlite3'}?mode=ro", uri=True) as connection:
        row = connection.execute("SELECT owner, beat FROM core_samplerlock").fetchone()
    if row is None:
        return None
    beat = datetime.fromisoformat(row[1]).replace(tzinfo=UTC)
    return row[0], (datetime.now(UTC) - beat).total_seconds()


def wait_until(condition: Callable[[], object], seconds: float = 180) -> None:
    """Wait for something to become true, and fail when it does not in time."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"not true within {seconds} s"
        time.sleep(0.05)
