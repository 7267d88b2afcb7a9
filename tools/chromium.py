"""Finding a Chromium, and starting it so that it talks to this machine alone."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from playwright.sync_api import Browser, Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
MACOS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
QUIET = (
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost",
)
MISSING = (
    "no Chromium here: install one (Debian: apt install chromium; else: .venv/bin/playwright install chromium), "
    "or name one with VAULT_CHROMIUM"
)


def find_chromium(playwright: Playwright) -> str:
    """Path of VAULT_CHROMIUM, else playwright's own build, else one of the PATH or of macOS; "" for none."""
    named = os.environ.get("VAULT_CHROMIUM", "")
    if named:
        return named
    candidates = [playwright.chromium.executable_path, *(shutil.which(name) or "" for name in NAMES), *MACOS]
    return next((path for path in candidates if path and Path(path).exists()), "")


def launch(playwright: Playwright, path: str) -> Browser:
    """A headless browser; root may not use Chromium's sandbox."""
    root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    return playwright.chromium.launch(executable_path=path, args=[*QUIET, *root])
