"""`./dj.sh shots [page]`: a PNG of every page in light, dark and at 390 px, taken from a Vault of its own.

It runs on a temporary state folder with demo data, samples and runs, so that two takes differ in figures only.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from tools.chromium import MISSING, find_chromium, launch

PROJECT = Path(__file__).resolve().parents[1]
TARGET = PROJECT / "shots"
LOOKS: tuple[tuple[str, int, Any], ...] = (("light", 1280, "light"), ("dark", 1280, "dark"), ("390", 390, "light"))
SAMPLING_S = 12.0


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def process(*command: str) -> Iterator[None]:
    """Run a program of the environment for a while, silently."""
    path = Path(sys.executable).parent / command[0]
    running = subprocess.Popen([str(path), *command[1:]], cwd=PROJECT, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        running.terminate()
        running.wait(timeout=30)


def fill() -> tuple[dict[str, str], str]:
    """Demo data and some runs; the pages to take, and the session of the one who looks."""
    import django

    django.setup()
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.test import Client

    from domains.orchestration.start import start
    from domains.orchestration.tasks import run_queued
    from tools.pages import every_page
    from tools.samples import make_samples
    from tools.trace_samples import make_trace_samples

    call_command("prepare", stdout=open(os.devnull, "w"))  # noqa: SIM115
    workspace = Path(os.environ["VAULT_HOME"]) / "workspace.json"
    for text in ("{}", workspace.read_text()):
        workspace.write_text(text)
        start("trace", "export")
        run_queued()
    make_trace_samples()
    make_samples()
    client = Client()
    client.force_login(get_user_model().objects.get(username="admin"))
    return every_page(), client.cookies["sessionid"].value


def wait_until_served(url: str) -> None:
    """Return once the web server answers. Raises TimeoutError after two minutes."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{url}/livez", timeout=2).close()  # noqa: S310
            return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError("the web server did not answer")


def take(browser: Browser, url: str, pages: dict[str, str], session: str) -> int:
    """Take every page in every look; the number of pictures."""
    for look, width, scheme in LOOKS:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, base_url=url)
        page = context.new_page()
        page.goto("/accounts/login/")
        page.screenshot(path=TARGET / f"login-{look}.png", full_page=True)
        context.add_cookies([{"name": "sessionid", "value": session, "url": url}])
        for name, path in pages.items():
            page.goto(path)
            page.screenshot(path=TARGET / f"{name}-{look}.png", full_page=True)
        context.close()
    return len(LOOKS) * (len(pages) + 1)


def main(wanted: list[str]) -> int:
    """Start a Vault, take the pictures, leave nothing but them."""
    home, port = tempfile.mkdtemp(prefix="vault-shots-"), free_port()
    os.environ.update(VAULT_HOME=home, SECRET_KEY=secrets.token_urlsafe(48), PORT=str(port), LOG_LEVEL="ERROR")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vault_site.settings.dev")
    url = f"http://127.0.0.1:{port}"
    TARGET.mkdir(exist_ok=True)
    try:
        pages, session = fill()
        if wanted:
            pages = {name: path for name, path in pages.items() if name in wanted}
        with ExitStack() as stack:
            stack.enter_context(process("python", "manage.py", "sampler"))
            stack.enter_context(process("python", "manage.py", "vault_worker"))
            granian = f"granian --interface wsgi --port {port} --workers 1 --blocking-threads 4 --no-ws"
            stack.enter_context(process(*granian.split(), "--no-log", "vault_site.wsgi:application"))
            playwright = stack.enter_context(sync_playwright())
            chromium = find_chromium(playwright)
            if not chromium:
                raise SystemExit(MISSING)
            wait_until_served(url)
            time.sleep(SAMPLING_S)  # the charts need some samples
            print(f"{take(launch(playwright, chromium), url, pages, session)} pictures in {TARGET.name}/")
    finally:
        shutil.rmtree(home, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
