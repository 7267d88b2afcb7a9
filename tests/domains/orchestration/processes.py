"""Other processes on the test database, which really die."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

orm_queue = pytest.mark.usefixtures("queue_in_database")
PROJECT = Path(__file__).resolve().parents[3]


def database_url() -> str:
    """The test database as DATABASE_URL."""
    values = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{values['NAME']}"
    account = f"{values['USER']}:{values['PASSWORD']}".rstrip(":")
    return f"postgres://{account}@{values['HOST']}:{values['PORT'] or 5432}/{values['NAME']}"


def environment(**more: str) -> dict[str, str]:
    """That of a process that works on the test database, with the queue in it, or in the Redis that `more` names."""
    own = {"DJANGO_SETTINGS_MODULE": "vault_site.settings.test", "DATABASE_URL": database_url(), "REDIS_URL": ""}
    return {**os.environ, **own, "VAULT_TEST_REDIS_DONE": "1", **more}


def spawn(*command: str, **more: str) -> subprocess.Popen[str]:
    """A process in the project's folder; its output is kept."""
    return subprocess.Popen(
        [sys.executable, *command],
        cwd=PROJECT,
        env=environment(**more),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def run_code(code: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a few lines after Django's set-up."""
    process = spawn("-c", f"import django; django.setup()\n{code}", **more)
    output, _ = process.communicate(timeout=300)
    return subprocess.CompletedProcess(code, process.returncode, output)


def wake_elsewhere(pk: int, first: str = "") -> int:
    """Carry the run out in another process, after these lines; its exit status, negative for a signal."""
    done = run_code(f"{first}\nfrom domains.orchestration.carry_out import carry_out; carry_out({pk})")
    return done.returncode
