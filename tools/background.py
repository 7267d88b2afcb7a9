"""`./dj.sh start` and `./dj.sh stop`: the whole of Vault without a terminal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from tools.up import PID_FILE, PROJECT
from vault_site.settings.vault_settings import load

STOP_WITHIN_S = 35.0


def running(home: Path) -> int | None:
    """Process id of the Vault whose state is in `home`; None when none runs."""
    try:
        pid = int((home / PID_FILE).read_text())
        command = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True)
    except (FileNotFoundError, ValueError):
        return None
    return pid if "tools.up" in command.stdout else None


def start(home: Path) -> str:
    """Start and wait until it serves. The sentence to show; raises SystemExit when it ended instead."""
    if pid := running(home):
        return f"Vault runs already (process {pid})."
    home.mkdir(parents=True, exist_ok=True)
    log = home / "up.log"
    with open(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        child = subprocess.Popen(
            ["./dj.sh", "up"], cwd=PROJECT, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
        )
    while child.poll() is None:
        text = log.read_text(errors="replace")
        if "Ctrl+C stops everything" in text:
            lines = [line for line in text.splitlines() if line.startswith("  ") and "Ctrl+C" not in line]
            return "\n".join([*lines, "  ./dj.sh stop stops it."])
        time.sleep(0.2)
    sys.stderr.write(log.read_text(errors="replace"))
    raise SystemExit(child.returncode or 1)


def stop(home: Path) -> str:
    """Ask it to end and wait until it has. The sentence to show."""
    pid = running(home)
    if not pid:
        return "Vault does not run."
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_WITHIN_S
    while running(home):
        if time.monotonic() > deadline:
            raise SystemExit(f"Vault (process {pid}) did not end within {STOP_WITHIN_S:.0f} s.")
        time.sleep(0.1)
    return "Vault has stopped."


if __name__ == "__main__":
    try:
        print({"start": start, "stop": stop}[sys.argv[1]](load().VAULT_HOME))
    except ImproperlyConfigured as error:
        raise SystemExit(str(error)) from error
