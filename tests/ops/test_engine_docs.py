"""docs/write-a-step.md is tried: its domain is built from the page and run; what docs/engine.md names is there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.urls import resolve

from domains.orchestration.api import RunFilter
from domains.orchestration.management.commands.runs import STEERING, Command
from domains.orchestration.states import RunState, WaitsFor
from tests.ops.running import PROJECT, clean_environment

ENGINE = (PROJECT / "docs" / "engine.md").read_text()
ACTIONS = ("add", "change", "delete", "view")
PAGE = PROJECT / "docs" / "write-a-step.md"
BLOCK = re.compile(r"(?ms)^```python (?P<path>\S+\.py)(?P<more> more)?\n(?P<code>.*?)^```$")
CONFTEST = """
import pytest

from domains.orchestration.registry import OrchestratorRegistry
from letters.clients import POST_OFFICE


@pytest.fixture(autouse=True)
def letters():
    OrchestratorRegistry.register("letters", "letters.orchestrator.LettersOrchestrator")
    POST_OFFICE.__init__()
    yield
    OrchestratorRegistry.unregister("letters")
"""


def build(folder: Path) -> None:
    """Write the files of the page, in its order."""
    for block in BLOCK.finditer(PAGE.read_text()):
        file = folder / block["path"]
        file.parent.mkdir(parents=True, exist_ok=True)
        before = file.read_text().rstrip("\n") + "\n" if block["more"] else ""
        gap = "\n" if block["code"].startswith(" ") else "\n\n"
        file.write_text(before + gap * bool(before) + block["code"])
    (folder / "letters" / "__init__.py").touch()
    (folder / "letters" / "tests" / "conftest.py").write_text(CONFTEST)


def run(folder: Path, *command: str) -> str:
    own = {"SECRET_KEY": "x" * 40, "DJANGO_SETTINGS_MODULE": "vault_site.settings.test", "VAULT_HOME": str(folder)}
    environment = clean_environment(**own, PYTHONPATH=f"{folder}:{PROJECT}", MYPYPATH=f"{folder}:{PROJECT}")
    done = subprocess.run(
        [sys.executable, *command], cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=300
    )
    output = done.stdout + done.stderr
    assert done.returncode == 0, output[-4000:]
    return output


def test_the_domain_of_the_page_works_as_written(tmp_path: Path) -> None:
    build(tmp_path)
    own, config = f"{tmp_path}/letters", f"{PROJECT}/pyproject.toml"
    output = run(tmp_path, "-m", "pytest", "-q", "-c", config, "--rootdir", str(tmp_path), f"{own}/tests")
    assert re.search(r"\b7 passed\b", output), output
    run(tmp_path, "-m", "ruff", "check", "--config", config, "--ignore", "I001,S101", own)


@pytest.mark.slow
def test_the_domain_of_the_page_is_typed(tmp_path: Path) -> None:
    build(tmp_path)
    rooms = [f"{tmp_path}/letters/{name}.py" for name in ("clients", "writes", "orchestrator")]
    run(tmp_path, "-m", "mypy", "--config-file", f"{PROJECT}/pyproject.toml", *rooms)


def test_every_state_and_every_reason_to_wait_is_explained() -> None:
    explained = set(re.findall(r"(?m)^\| `(\w+)`", ENGINE))
    assert explained == set(RunState.values)
    assert set(re.findall(r"(?m)^\| `waiting` for `(\w+)`", ENGINE)) == set(WaitsFor.values)


def test_every_command_of_the_page_is_one() -> None:
    commands = re.findall(r"(?m)^manage\.py runs (.+)$", ENGINE)
    parser = Command().create_parser("manage.py", "runs")
    assert len(commands) == 4
    for command in commands:
        parser.parse_args(command.split())
    named = set(re.findall(r"\| `([a-z-]+)` \| `orchestration\.", ENGINE))
    assert named == {*STEERING, "start"}


def test_every_address_and_permission_of_the_page_is_there() -> None:
    addresses = re.findall(r"`(?:GET |POST )?(/api/[^`]*)`", ENGINE)
    assert len(addresses) >= 6
    for address in addresses:
        resolve(address.replace("<uuid>", "0" * 32))
    for action in re.findall(r"\| `(\w+)/` \|", ENGINE):
        resolve(f"/api/runs/{'0' * 32}/{action}/")
    codenames = {f"{action}_{model}" for model in ("run", "schedule") for action in (*ACTIONS, "cancel", "retry")}
    assert set(re.findall(r"`orchestration\.(\w+)`", ENGINE)) <= codenames
    filters = ENGINE.partition("`GET /api/runs/` filters by")[2].partition(";")[0]
    assert set(re.findall(r"`(\w+)`", filters)) == set(RunFilter.base_filters)
