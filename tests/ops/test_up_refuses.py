"""What stops `./dj.sh up`: one clear sentence each, and no traceback."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import socket
import sys
import tarfile
from pathlib import Path

import pytest

from tests.ops.running import copy_project, run_dj

TOOLS = ("awk", "bash", "cat", "cmp", "cp", "df", "dirname", "env", "grep", "mktemp", "rm", "sed", "tail", "uname")
BACKEND = """
def build_wheel(*args, **kwargs):
    raise RuntimeError("error: command 'gcc' failed: No such file or directory")
build_sdist = build_wheel
"""


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A fresh copy that has no virtual environment."""
    return copy_project(tmp_path)


@pytest.fixture
def installed(bare: Path) -> Path:
    """A copy that uses the environment of this test run, as if its packages had been installed there."""
    python = bare / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    shutil.copy(bare / "requirements.txt", bare / ".venv" / "installed-requirements.txt")
    return bare


def sentence(folder: Path, **environment: str) -> str:
    """What `up` says on standard error when it refuses."""
    refused = run_dj(folder, "up", **environment)
    assert refused.returncode != 0, refused.stdout
    assert "Traceback" not in refused.stderr
    return refused.stderr.strip()


def test_an_old_python_is_named_with_what_is_needed(bare: Path, tmp_path: Path) -> None:
    path = tmp_path / "old" / "bin"
    path.mkdir(parents=True)
    for tool in TOOLS:
        (path / tool).symlink_to(shutil.which(tool) or "")
    old = path / "python3"
    old.write_text('#!/bin/sh\ncase "$2" in *exit*) exit 1 ;; *) echo "/usr/bin/python3 is 3.8" ;; esac\n')
    old.chmod(0o755)
    said = sentence(bare, PATH=str(path))
    assert "Vault needs Python 3.11 or newer (found: /usr/bin/python3 is 3.8)" in said
    assert len(said.splitlines()) == 1


def test_a_missing_compiler_is_said_with_the_package_that_brings_one(bare: Path, tmp_path: Path) -> None:
    source = tmp_path / "needs_gcc-1"
    source.mkdir()
    (source / "backend.py").write_text(BACKEND)
    (source / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        '[project]\nname = "needs_gcc"\nversion = "1"\n'
    )
    archive = tmp_path / "needs_gcc-1.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(source, arcname="needs_gcc-1")
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    (bare / "requirements.txt").write_text(f"needs_gcc @ file://{archive} --hash=sha256:{digest}\n")
    said = sentence(bare, VAULT_NO_UV="1")
    assert "no compiler was found" in said.splitlines()[-1]
    assert "build-essential" in said.splitlines()[-1]


def test_a_full_disk_is_said_before_anything_is_installed(bare: Path, tmp_path: Path) -> None:
    tools = tmp_path / "fake"
    tools.mkdir()
    (tools / "df").write_text('#!/bin/sh\necho "Filesystem 1024-blocks Used Available"\necho "x 9 9 20480"\n')
    (tools / "df").chmod(0o755)
    said = sentence(bare, PATH=f"{tools}:{os.environ['PATH']}")
    assert said == f"Only 20 MB are free in {bare}: Vault needs 400 MB for its packages."


def test_a_failed_installation_leaves_no_half_made_environment(bare: Path) -> None:
    (bare / "requirements.txt").write_text("needs_gcc @ file:///no/such/file.tar.gz --hash=sha256:" + "0" * 64)
    assert "Packages (requirements.txt) failed" in sentence(bare)
    assert not (bare / ".venv").exists()


def test_a_package_that_is_not_the_pinned_one_is_refused(bare: Path, tmp_path: Path) -> None:
    archive = tmp_path / "needs_gcc-1.tar.gz"
    archive.write_bytes(b"not what was pinned")
    (bare / "requirements.txt").write_text(f"needs_gcc @ file://{archive} --hash=sha256:{'0' * 64}\n")
    assert "is not the one that was pinned" in sentence(bare, VAULT_NO_UV="1").splitlines()[-1]


def test_a_taken_port_is_named_with_the_way_to_choose_another(installed: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = sentence(installed, PORT=str(port))
    assert said == f"Port {port} on 127.0.0.1 is taken by another program; choose another: PORT={port + 1} ./dj.sh up"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("PORT", "eight"),
        ("ENVIRONMENT", "laptop"),
        ("DATABASE_URL", "mysql://nowhere/x"),
        ("TIME_ZONE", "Mars/Olympus"),
        ("ALLOWED_HOSTS", "not json"),
        ("SECRET_KEY", "short"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_the_name_of_its_key(installed: Path, key: str, value: str) -> None:
    said = sentence(installed, **{key: value})
    assert "Vault cannot start" in said
    assert key in said
    assert value not in said.replace(key, "")


def test_an_address_of_another_machine_is_named(installed: Path) -> None:
    assert "HOST: this machine has no address" in sentence(installed, HOST="no.such.host.invalid", PORT="8179")


def test_a_home_that_cannot_be_written_is_named(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "a-file").write_text("")
    said = sentence(installed, VAULT_HOME=str(tmp_path / "a-file" / "home"), PORT="8179")
    assert "VAULT_HOME:" in said
    assert "cannot be written" in said


def test_a_home_in_which_vault_runs_already_is_left_alone(installed: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    with (home / "vault.pid").open("w") as taken:
        taken.write("4711")
        taken.flush()
        fcntl.flock(taken, fcntl.LOCK_EX)
        said = sentence(installed, VAULT_HOME=str(home), PORT="8179")
    assert f"Vault runs already with the state in {home}" in said
    assert [file.name for file in home.iterdir()] == ["vault.pid"]
    assert (home / "vault.pid").read_text() == "4711"


def test_a_database_that_does_not_answer_is_named(installed: Path) -> None:
    said = sentence(installed, DATABASE_URL="postgres://nobody@127.0.0.1:1/none", PORT="8179")
    assert "DATABASE_URL" in said


def test_an_unknown_verb_is_answered_with_the_list(bare: Path) -> None:
    refused = run_dj(bare, "fly")
    assert refused.returncode != 0
    assert "There is no verb" in refused.stderr
    assert "up " in refused.stderr
