"""A real Chromium before the real site: every page that a test opens is watched for errors."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connections
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.watch import Watch
from tools.chromium import MISSING, find_chromium, launch

DESKTOP = (1280, 800)
PATIENCE_MS = 30_000
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs a browser, and a database that other threads see."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.django_db(transaction=True))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the session; skips with the reason, or fails under VAULT_REQUIRE_BROWSER=1."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # playwright's synchronous API runs a loop in this thread
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        path = find_chromium(playwright)
        if not path and os.environ.get("VAULT_REQUIRE_BROWSER") == "1":
            pytest.fail(MISSING)
        if not path:
            pytest.skip(MISSING)
        started = launch(playwright, path)
        yield started
        started.close()


@pytest.fixture
def watch() -> Iterator[Watch]:
    """The faults of every page of this test; any that was not allowed fails it."""
    watch = Watch()
    yield watch
    assert not watch.faults, "\n".join(watch.faults)


@pytest.fixture
def new_page(browser: Browser, live_server: Any, watch: Watch) -> Iterator[Callable[..., Page]]:
    """Opens pages: `new_page(user=None, width=…, scheme="light")`, signed in by cookie where a user is given."""
    contexts: list[BrowserContext] = []

    def open_page(user: User | None = None, *, width: int = DESKTOP[0], scheme: Any = "light") -> Page:
        context = browser.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": DESKTOP[1]},
            color_scheme=scheme,
            locale="en-GB",
            timezone_id="UTC",
        )
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        if user:
            sign_in(context, user, live_server.url)
        page = context.new_page()
        watch.attach(page)
        return page

    yield open_page
    for context in contexts:
        context.close()


def sign_in(context: BrowserContext, user: User, url: str) -> None:
    """Give the browser a session of this user without the form."""
    client = Client()
    client.force_login(user)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie.value, "url": url}])


@pytest.fixture
def page(new_page: Callable[..., Page], admin: User) -> Page:
    """A page of a signed-in superuser, wide and light."""
    return new_page(admin)


@pytest.fixture
def demo(live_server: Any) -> None:
    """The demo data, as `./dj.sh up` loads it."""
    call_command("load_demo", verbosity=0)


@pytest.fixture
def worker(live_server: Any, run_worker: Callable[[], int]) -> Iterator[None]:
    """A worker in a thread of its own, with its own database connection."""
    stop = threading.Event()

    def work() -> None:
        while not stop.wait(0.1):
            run_worker()
        connections.close_all()

    thread = threading.Thread(target=work, name="worker")
    thread.start()
    yield
    stop.set()
    thread.join()


@pytest.fixture(scope="session")
def violations() -> Callable[[Page], list[str]]:
    """What axe-core finds on a page, one line each; colours, names, roles, landmarks and the rest."""
    axe = Axe()

    def find(page: Page) -> list[str]:
        found = axe.run(page, options={"resultTypes": ["violations"]}).response["violations"]
        return [
            f"{page.url} {fault['id']}: {fault['help']} at {[node['target'] for node in fault['nodes']][:5]}"
            for fault in found
        ]

    return find
