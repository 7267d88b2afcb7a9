"""Starting Vault the way a newcomer does, from a copy of the project that holds no more than a clone would."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import psutil

PROJECT = Path(__file__).resolve().parents[2]
OURS = ("VAULT_", "DJANGO_", "PYTEST_", "SECRET_KEY", "DATABASE_URL", "REDIS_URL", "DEBUG", "HOST", "PORT")
FIRST_START_S = 600.0
MARK = "VAULT_TEST_MARK"


def copy_project(target: Path) -> Path:
    """Every file that git has or would take, in a folder without environment, settings or state."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (PROJECT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT / name, target / name)
    return target


def clean_environment(**extra: str) -> dict[str, str]:
    """This process's environment without anything that Vault would read."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return kept | extra


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run_dj(folder: Path, *verb: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a verb to its end."""
    return subprocess.run(
        ["./dj.sh", *verb],
        cwd=folder,
        env=clean_environment(**environment),
        capture_output=True,
        text=True,
        timeout=600,
    )


class Vault:
    """`./dj.sh up` under way. Its processes are known by a mark in their environment, whoever their parent is."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.mark = uuid.uuid4().hex
        self.log = folder / f"up-{self.mark}.txt"
        self.url = f"http://127.0.0.1:{self.port}"
        self.started = time.monotonic()
        with self.log.open("w") as out:
            self.process = subprocess.Popen(
                ["./dj.sh", "up"],
                cwd=folder,
                env=clean_environment(PORT=str(self.port), WEB_CONCURRENCY="1", **environment, **{MARK: self.mark}),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        """What it has said so far."""
        return self.log.read_text(errors="replace")

    def wait_until_ready(self) -> float:
        """Seconds from the start until it said that it is ready."""
        wait_for(lambda: "Vault is ready" in self.output or self.process.poll() is not None, within=FIRST_START_S)
        assert "Vault is ready" in self.output, self.output[-4000:]
        return time.monotonic() - self.started

    def alive(self) -> list[psutil.Process]:
        """Every process that descends from it, orphans too."""
        return [process for process in psutil.process_iter() if self._is_ours(process)]

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            return process.status() != psutil.STATUS_ZOMBIE and process.environ().get(MARK) == self.mark
        except psutil.Error:
            return False

    def part(self, words: str) -> psutil.Process:
        """The Python process of it whose command line contains these words."""
        return next(
            process
            for process in self.alive()
            if words in " ".join(process.cmdline()) and Path(process.cmdline()[0]).name not in {"sh", "bash"}
        )

    def signal(self, number: int) -> int:
        """Send it a signal and wait for its end; the exit code."""
        os.kill(self.process.pid, number)
        return self.process.wait(timeout=180)

    def end(self) -> None:
        """Leave nothing behind, whatever the test has shown."""
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
        for process in self.alive():
            process.kill()


def wait_for(condition: Callable[[], object], *, within: float = 120.0) -> None:
    """Return as soon as the condition holds. Raises AssertionError after `within` seconds."""
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, f"this did not happen within {within:.0f} s"
        time.sleep(0.05)
