"""Files come whole or not at all, without the token, and from nowhere else."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from domains.base.errors import UpstreamFailed
from domains.trace.notion import client
from domains.trace.notion.api import NotionApi
from domains.trace.notion.errors import FileExpired, FileRefused
from tests.domains.trace.notion.conftest import MakeApi
from tests.emulators.notion import NotionEmulator, Workspace

MOST = 1_000_000


def a_file(notion: NotionEmulator, workspace: Workspace) -> tuple[str, bytes]:
    """A signed address, and the bytes that are there."""
    name, file = next(iter(workspace.files.items()))
    return notion.answers.file_url(name)["file"]["url"], file.data


def test_a_file_is_fetched_without_the_token(
    notion: NotionEmulator, workspace: Workspace, api: NotionApi, tmp_path: Path
) -> None:
    url, data = a_file(notion, workspace)
    got = api.download(url, tmp_path / "file", max_bytes=MOST)
    assert (tmp_path / "file").read_bytes() == data
    assert (got.size, got.sha256, got.content_type) == (len(data), hashlib.sha256(data).hexdigest(), "image/png")
    assert "authorization" not in {name.lower() for name in notion.requests[-1].headers}
    assert api.requests == 0


@pytest.mark.parametrize("kind", ["500", "503", "reset", "429"])
def test_a_file_is_asked_for_again(
    kind: str, notion: NotionEmulator, workspace: Workspace, api: NotionApi, tmp_path: Path
) -> None:
    url, data = a_file(notion, workspace)
    notion.faults.add(kind, match="/files/", times=3)
    api.download(url, tmp_path / "file", max_bytes=MOST)
    assert (tmp_path / "file").read_bytes() == data


def test_a_file_that_never_comes_leaves_nothing(
    notion: NotionEmulator, workspace: Workspace, api: NotionApi, tmp_path: Path
) -> None:
    url, _ = a_file(notion, workspace)
    notion.faults.add("reset", match="/files/", times=None)
    with pytest.raises(UpstreamFailed):
        api.download(url, tmp_path / "file", max_bytes=MOST)
    assert not list(tmp_path.iterdir())


def test_an_address_that_is_too_old_is_told(
    notion: NotionEmulator, workspace: Workspace, api: NotionApi, tmp_path: Path
) -> None:
    notion.answers.file_seconds = -1
    url, _ = a_file(notion, workspace)
    with pytest.raises(FileExpired):
        api.download(url, tmp_path / "file", max_bytes=MOST)
    assert len(notion.requests) == 1


def test_a_file_that_is_too_large_is_let_go_of(
    notion: NotionEmulator, workspace: Workspace, api: NotionApi, tmp_path: Path
) -> None:
    url, data = a_file(notion, workspace)
    (tmp_path / "file").write_bytes(b"before")
    with pytest.raises(FileRefused, match="larger"):
        api.download(url, tmp_path / "file", max_bytes=len(data) - 1)
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("file", b"before")]


@pytest.mark.parametrize(
    "url",
    [
        "http://files.example.org/a.png",
        "https://10.0.0.1/a.png",
        "https://[fd00::1]/a.png",
        "https://localhost/a.png",
        "file:///etc/passwd",
        "https://",
        "http://127.0.0.1:9/a.png",
        "",
    ],
)
def test_nothing_else_is_gone_to(url: str, notion: NotionEmulator, api: NotionApi, tmp_path: Path) -> None:
    with pytest.raises(FileRefused):
        api.download(url, tmp_path / "file", max_bytes=MOST)
    assert not notion.requests


def test_an_endless_answer_is_cut_off(
    notion: NotionEmulator, make_api: MakeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    from domains.trace.notion.retry import Patience

    monkeypatch.setattr(client, "MOST_BYTES", 100)
    with pytest.raises(UpstreamFailed):
        make_api(patience=Patience(failures=2, refusals=2)).me()
