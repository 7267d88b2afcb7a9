"""`./dj.sh up` once the packages are there: prepares, starts every process of the Procfile, says where Vault is.

This process stays the parent of all of them. A signal ends it and them; one that dies ends them all.
"""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn, TextIO

from django.core.exceptions import ImproperlyConfigured
from honcho import manager as honcho_manager
from honcho.environ import parse_procfile
from honcho.manager import Manager
from honcho.printer import Message, Printer

from vault_site.settings.vault_settings import VaultSettings, load

PROJECT = Path(__file__).resolve().parents[1]
PID_FILE = "vault.pid"
READY_WITHIN_S = 60.0
QUIET_S = 1.0
QUIET_WITHIN_S = 5.0
STOP_WITHIN_S = 27
"""Seconds for every process to end: the worker lets its steps go on for 20, then hands their runs back."""
ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}  # noqa: S104


class Watch(Printer):  # type: ignore[misc]
    """Prints what the processes say; remembers when they spoke last and which one stopped first."""

    stopped_first = ""
    spoke = 0.0

    def write(self, message: Message) -> None:
        """Print one line of a process, or of honcho itself."""
        if message.name == "system" and " stopped (rc=" in str(message.data):
            self.stopped_first = self.stopped_first or str(message.data).split(" stopped", 1)[0]
        self.spoke = time.monotonic()
        super().write(message)


def fail(sentence: str) -> NoReturn:
    """End with one sentence on standard error."""
    print(sentence, file=sys.stderr)
    raise SystemExit(1)


def port_fault(host: str, port: int) -> str:
    """Why the web server cannot listen there, as one sentence; "" when it can."""
    elsewhere = f"choose another: PORT={port + 1 if port < 65535 else 8000} ./dj.sh up"
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror:
        return f"HOST: this machine has no address “{host}”; set HOST=127.0.0.1, or 0.0.0.0 for every address."
    with socket.socket(family, kind, proto) as probe:
        probe.settimeout(1)
        if probe.connect_ex((ANY_ADDRESS.get(host, host).strip("[]"), port)) == 0:
            return f"Port {port} on {host} is taken by another program; {elsewhere}"
    with socket.socket(family, kind, proto) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except PermissionError:
            return f"Port {port} needs rights that you do not have; {elsewhere.replace(str(port + 1), '8000')}"
        except OSError as error:
            return f"Port {port} on {host} cannot be used ({error.strerror}); {elsewhere}"
    return ""


def own(home: Path) -> TextIO:
    """The open file that holds this process's id, locked while it or a part of it lives. Ends when another has it."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        pid_file = (home / PID_FILE).open("a+")
        fcntl.flock(pid_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        fail(f"Vault runs already with the state in {home}: ./dj.sh stop ends it, VAULT_HOME names another folder.")
    except OSError as error:
        fail(f"VAULT_HOME: {home} cannot be written: {error.strerror}.")
    pid_file.truncate(0)
    pid_file.write(str(os.getpid()))
    pid_file.flush()
    return pid_file


def prepare(environment: dict[str, str]) -> str:
    """Run `manage.py prepare`; "<username> <password>" of a user that it created, else "". Ends on failure."""
    done = subprocess.run(
        [sys.executable, "manage.py", "prepare"], cwd=PROJECT, env=environment, stdout=subprocess.PIPE, text=True
    )
    if done.returncode:
        raise SystemExit(done.returncode)
    return done.stdout.strip()


def address(vault: VaultSettings) -> str:
    """The address to open in a browser on this machine."""
    host = ANY_ADDRESS.get(vault.HOST, f"[{vault.HOST}]" if ":" in vault.HOST else vault.HOST)
    return f"http://{host}:{vault.PORT}/"


def readiness(url: str) -> str:
    """Ask /readyz until it answers 200, for a minute at most: "" then, else what it said last."""
    verdict, deadline = "no answer", time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{url}readyz?verbose", timeout=5) as response:  # noqa: S310
                if response.status == 200:
                    return ""
        except urllib.error.HTTPError as error:
            verdict = error.read().decode(errors="replace").strip()
        except OSError:
            pass
        time.sleep(0.1)
    return verdict


def announce(vault: VaultSettings, credentials: str, watch: Watch) -> None:
    """Say where Vault is once it is ready and its processes have nothing more to say about their start."""
    url = address(vault)
    verdict = readiness(url)
    deadline = time.monotonic() + QUIET_WITHIN_S
    while time.monotonic() < min(watch.spoke + QUIET_S, deadline):
        time.sleep(0.05)
    lines = ["", f"  Vault is ready: {url}" if not verdict else f"  Vault is up but not ready: {url}\n{verdict[:600]}"]
    if credentials:
        username, password = credentials.split(" ", 1)
        lines += [f"  Sign in as {username} with the password {password}", "  It is shown this once."]
    print("\n".join([*lines, "  Ctrl+C stops everything.", ""]), flush=True)


def supervise(vault: VaultSettings, environment: dict[str, str], credentials: str) -> int:
    """Run the Procfile until a signal comes or a process ends; the exit code."""
    watch = Watch(sys.stdout)
    honcho_manager.KILL_WAIT = STOP_WITHIN_S
    manager: Any = Manager(watch)
    processes = parse_procfile((PROJECT / "Procfile").read_text()).processes
    for name, command in processes.items():
        manager.add_process(name, command, env=environment, cwd=str(PROJECT))
    threading.Thread(target=announce, args=(vault, credentials, watch), daemon=True).start()
    manager.loop()
    code = int(manager.returncode or 0)
    if code in {130, 143}:
        print("Vault has stopped.", flush=True)
        return 0
    print(f"Vault has stopped because {watch.stopped_first or 'a process'} ended by itself (code {code}).", flush=True)
    return code or 1


def stop_early(signum: int, frame: FrameType | None) -> NoReturn:
    """A signal before the processes are started."""
    raise SystemExit(128 + signum)


def main() -> int:
    """Check, prepare, supervise."""
    signal.signal(signal.SIGTERM, stop_early)
    signal.signal(signal.SIGINT, stop_early)
    try:
        vault = load()
    except ImproperlyConfigured as error:
        fail(str(error))
    if fault := port_fault(vault.HOST, vault.PORT):
        fail(fault)
    environment = os.environ | {
        "HOST": vault.HOST,
        "PORT": str(vault.PORT),
        "WEB_CONCURRENCY": str(vault.WEB_CONCURRENCY),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
    }
    with own(vault.VAULT_HOME) as pid_file:
        code = supervise(vault, environment, prepare(environment))
        pid_file.truncate(0)
    return code


if __name__ == "__main__":
    sys.exit(main())
