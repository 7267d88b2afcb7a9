"""`./dj.sh chaos` itself: a short run, an end in the middle, and what it says when there is no database."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import psutil
import pytest

from tests.domains.orchestration.processes import PROJECT

pytestmark = pytest.mark.slow


@contextmanager
def chaos(home: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """The command, with a temporary folder of its own; it is gone at the end in any case."""
    environment = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "VAULT_HOME")}
    process = subprocess.Popen(
        [sys.executable, "-m", "tools.chaos", *options],
        cwd=PROJECT,
        env=environment | {"TMPDIR": str(home)},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate()


def test_a_short_run_is_green_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with chaos(tmp_path, "--minutes", "0.1", "--kills", "3", "--seed", "short") as process:
        output, _ = process.communicate(timeout=300)
    assert process.returncode == 0, output
    said = {line[:32].strip(): line[32:].strip() for line in output.splitlines()}
    assert int(said["kills (SIGKILL from outside)"]) >= 3
    assert (said["duplicates"], said["losses"], said["broken invariants"]) == ("0", "0", "0")
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_run_leaves_no_process_behind(tmp_path: Path) -> None:
    with chaos(tmp_path, "--minutes", "5", "--kills", "50") as process:
        until = monotonic() + 200
        while len(family := psutil.Process(process.pid).children(recursive=True)) < 6:
            assert monotonic() < until
            sleep(0.1)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=180)
    assert process.returncode == 130, output
    assert psutil.wait_procs(family, timeout=60)[1] == []
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_cannot_be_reached_is_a_sentence(tmp_path: Path) -> None:
    with chaos(tmp_path, "--database", "postgres://postgres@127.0.0.1:1/postgres") as process:
        output, _ = process.communicate(timeout=180)
    assert process.returncode == 2
    assert output.startswith("PostgreSQL cannot be reached there")
    assert "Traceback" not in output
