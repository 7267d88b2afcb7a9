"""`./dj.sh up` as a newcomer meets it: a fresh copy, a real start, a real end."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from tests.ops.running import Vault, copy_project, wait_for

pytestmark = pytest.mark.slow
ACTIVE = {"queued", "running", "rolling_back"}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_project(tmp_path_factory.mktemp("vault"))


@pytest.fixture
def up(copy: Path) -> Iterator[Callable[..., Vault]]:
    started: list[Vault] = []

    def start(**environment: str) -> Vault:
        started.append(Vault(copy, **environment))
        return started[-1]

    yield start
    for vault in started:
        vault.end()


def sign_in(vault: Vault, password: str) -> httpx.Client:
    """A client that has signed in as admin through the form."""
    client = httpx.Client(base_url=vault.url, follow_redirects=True, timeout=30)
    client.get("/accounts/login/")
    answer = client.post(
        "/accounts/login/",
        data={"login": "admin", "password": password, "csrfmiddlewaretoken": client.cookies["csrftoken"]},
        headers={"Referer": vault.url},
    )
    assert answer.status_code == 200, answer.text[:500]
    assert answer.url.path == "/", answer.text[:2000]
    return client


def published(vault: Vault) -> httpx.Response:
    return httpx.get(f"{vault.url}/trace/public/skyflow/features/", timeout=30)


def export(vault: Vault, client: httpx.Client) -> str:
    """Start an export and wait until the worker process has ended it; the state that it ended in."""
    answer = client.post("/api/trace/exports/", headers={"X-CSRFToken": client.cookies["csrftoken"]})
    assert answer.status_code == 202, answer.text[:1000]
    run = answer.headers["Location"]
    wait_for(lambda: client.get(run).json()["state"] not in ACTIVE)
    return str(client.get(run).json()["state"])


def assert_a_change_is_published(vault: Vault, client: httpx.Client) -> None:
    """A name that an author changes is public after an export."""
    before = published(vault)
    name = before.json()["data"][0]["name"]
    workspace = vault.folder / "var" / "workspace.json"
    workspace.write_text(workspace.read_text().replace(name, f"{name} renamed"))
    assert export(vault, client) == "success"
    after = published(vault)
    assert f"{name} renamed" in after.text
    assert after.headers["ETag"] != before.headers["ETag"]


def assert_a_lost_source_changes_nothing(vault: Vault, client: httpx.Client) -> None:
    """Without its source an export rolls back and says why, and what is public stays as it was."""
    before = published(vault)
    assert before.json()["meta"]["total_items"] > 0
    source = vault.folder / "var" / "workspace.json"
    source.rename(source.with_suffix(".away"))
    assert export(vault, client) == "rolled_back"
    run = client.get("/api/runs/", params={"page_size": 1}).json()[0]["uuid"]
    assert "workspace.json" in client.get(f"/runs/{UUID(run)}/").text
    assert published(vault).headers["ETag"] == before.headers["ETag"]
    assert published(vault).content == before.content
    source.with_suffix(".away").rename(source)


def test_a_fresh_copy_serves_with_one_command_and_leaves_nothing_running(up: Callable[..., Vault]) -> None:
    vault = up()
    vault.wait_until_ready()
    said = vault.output
    assert re.search(r"Packages \(requirements\.txt\) +\d+ s", said)
    for name in ("Database", "Staff user", "Demo data", "Static files"):
        assert re.search(rf"{name} +\d+ s", said), said
    assert f"Vault is ready: {vault.url}/" in said
    password = re.search(r"Sign in as admin with the password (\S+)", said)
    assert password, said
    assert httpx.get(f"{vault.url}/readyz").status_code == 200
    client = sign_in(vault, password[1])
    assert "CPU" in client.get("/").text
    assert_a_change_is_published(vault, client)
    assert_a_lost_source_changes_nothing(vault, client)

    assert vault.signal(signal.SIGTERM) == 0
    assert "Vault has stopped." in vault.output
    wait_for(lambda: not vault.alive())


def test_a_second_start_takes_seconds_tells_no_password_and_obeys_ctrl_c(up: Callable[..., Vault]) -> None:
    first = up()
    first.wait_until_ready()
    first.end()
    vault = up()
    took = vault.wait_until_ready()
    assert took < 120, vault.output
    assert "Packages" not in vault.output
    assert "password" not in vault.output
    assert vault.signal(signal.SIGINT) == 0
    wait_for(lambda: not vault.alive())


def test_a_part_that_dies_ends_the_whole_and_is_named(up: Callable[..., Vault]) -> None:
    vault = up()
    vault.wait_until_ready()
    vault.part("manage.py vault_worker").kill()
    assert vault.process.wait(timeout=180) != 0
    assert "Vault has stopped because worker ended by itself" in vault.output
    wait_for(lambda: not vault.alive())


def test_a_killed_process_of_the_web_server_is_replaced(up: Callable[..., Vault]) -> None:
    vault = up()
    vault.wait_until_ready()
    server = vault.part("granian --interface")
    wait_for(lambda: len(server.children()) > 0)
    lost = server.children()[-1]
    lost.kill()
    wait_for(lambda: lost not in server.children() and answers(vault))
    assert vault.alive()


def answers(vault: Vault) -> bool:
    """Whether the web server answers just now."""
    try:
        return httpx.get(f"{vault.url}/livez").status_code == 200
    except httpx.TransportError:
        return False


def test_a_signal_during_the_installation_ends_it_too(tmp_path: Path) -> None:
    vault = Vault(copy_project(tmp_path))
    try:
        wait_for(lambda: "Virtual environment" in vault.output)
        assert vault.signal(signal.SIGTERM) == 128 + signal.SIGTERM
        wait_for(lambda: not vault.alive())
    finally:
        vault.end()
