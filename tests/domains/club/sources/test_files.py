"""The kind files: JSON and CSV in a folder, none outside of it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from domains.base.errors import ValidationFailed
from domains.club.clients import kind_of
from domains.club.readings import Item, Presence
from domains.club.sources import folder
from domains.club.sources.errors import Unreadable
from tests.domains.club.sources.asking import read, report, spec_of


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of Club's files."""
    place = tmp_path / "club"
    place.mkdir()
    monkeypatch.setattr(settings.VAULT, "CLUB_FILES", place)
    return place


def test_hero_metrics_come_from_json_or_csv(files: Path) -> None:
    (files / "hero.json").write_text('{"members": 120, "posts": "3400", "unicorns": 3, "likes": -1}')
    reading = read("file", {"hero": "hero.json"})
    assert reading.hero == {"members": 120, "posts": 3400}
    assert reading.notes == ["Not taken: likes, unicorns."]
    (files / "hero.csv").write_text("metric,value\nmembers,7\nstars,2.5\n")
    assert read("file", {"hero": "hero.csv"}).hero == {"members": 7, "stars": 2.5}


def test_a_feature_comes_from_json(files: Path) -> None:
    member = {"key": "a", "name": "Ada", "score": 5, "url": "https://a.example", "figures": {"posts": 3}}
    item = {"key": 7, "title": "A topic", "score": 2, "views": 40}
    (files / "f.json").write_text(json.dumps({"members": [member], "items": [item]}))
    reading = read("file", {}, {"file": "f.json"})
    assert reading.members == [Presence("a", "Ada", 5, {"posts": 3}, "https://a.example")]
    assert reading.items == [Item("7", "A topic", 2, {"views": 40}, "")]


@pytest.mark.parametrize("separator", [",", ";"])
def test_a_feature_comes_from_csv(separator: str, files: Path) -> None:
    lines = ["\ufeffKey,Name,Score,Posts,Note", "1,Ada,5,3,x", "2,Ünal,7.5,,y", ",Nobody,1,,", "3,No score,,,", ""]
    (files / "m.csv").write_text("\r\n".join(lines).replace(",", separator), encoding="utf-8")
    (files / "i.csv").write_text("key,title,score,url\nx,One,3,https://i.example/x\n")
    reading = read("file", {}, {"file": "m.csv", "items": "i.csv"})
    assert reading.members == [Presence("2", "Ünal", 7.5), Presence("1", "Ada", 5, {"posts": 3})]
    assert reading.items == [Item("x", "One", 3, {}, "https://i.example/x")]
    assert reading.notes == ["2 rows without a key or a score were skipped."]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("x.json", b"{", "no JSON"),
        ("x.json", b"[" * 100_000, "no JSON"),
        ("x.json", b"[]", "another form"),
        ("x.json", b'{"members": {}}', "another form"),
        ("x.csv", b"a,b\n1,2\n", "no column key and no column score"),
        ("x.csv", b"", "no column"),
        ("x.csv", b"key,score\n\xff,1\n", "UTF-8"),
        ("x.csv", b'key,score\n"' + b"a" * 200_000 + b'",1\n', "no CSV"),
    ],
)
def test_a_file_of_another_form_is_an_error_in_words(name: str, content: bytes, words: str, files: Path) -> None:
    (files / name).write_bytes(content)
    with pytest.raises(Unreadable, match=words):
        read("file", {}, {"file": name})


@pytest.mark.parametrize(
    "name", ["../secret.json", "/etc/passwd.json", "a/../../x.json", "a\\b.json", "x.txt", "", "."]
)
def test_names_that_lead_elsewhere_are_refused_twice(name: str, files: Path) -> None:
    (files.parent / "secret.json").write_text('{"members": 1}')
    source, feature = spec_of({}, {"file": name})
    assert "features.0.file" in kind_of("file").check({}, source.features)
    assert feature is not None
    with pytest.raises(Unreadable):
        folder.read_file(name)


def test_a_link_that_leads_out_of_the_folder_is_refused(files: Path) -> None:
    (files.parent / "secret.json").write_text('{"members": 1}')
    (files / "link.json").symlink_to(files.parent / "secret.json")
    with pytest.raises(Unreadable, match="leads out of the folder"):
        read("file", {"hero": "link.json"})


def test_a_pipe_is_no_file_and_does_not_hang(files: Path) -> None:
    os.mkfifo(files / "pipe.json")
    with pytest.raises(Unreadable, match="no plain file"):
        read("file", {"hero": "pipe.json"})


def test_a_file_that_is_too_large_is_refused(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "MOST_BYTES", 1000)
    (files / "large.json").write_bytes(b" " * 1001)
    with pytest.raises(Unreadable, match="more than"):
        read("file", {"hero": "large.json"})


def test_a_file_that_is_not_there_is_said_by_its_name() -> None:
    with pytest.raises(Unreadable, match=r"There is no file alpha/none\.json"):
        read("file", {"hero": "alpha/none.json"})


def test_an_upload_is_kept_under_a_name_of_its_content(files: Path) -> None:
    name = folder.keep_upload("../My Forum.CSV", [b"key,score\n", b"1,2\n"])
    assert name.startswith("uploads/my-forum-")
    assert folder.keep_upload("My Forum.csv", [b"key,score\n1,2\n"]) == name
    assert folder.keep_upload("My Forum.csv", [b"key,score\n1,3\n"]) != name
    assert read("file", {}, {"file": name}).members == [Presence("1", "1", 2)]
    assert len(list((files / "uploads").iterdir())) == 2


@pytest.mark.parametrize("name", ["a.exe", "a", "a.json.html", ".json"])
def test_an_upload_of_another_kind_is_refused(name: str, files: Path) -> None:
    with pytest.raises(ValidationFailed):
        folder.keep_upload(name, [b"x"])


def test_an_upload_that_is_too_large_leaves_nothing_behind(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "MOST_BYTES", 10)
    with pytest.raises(ValidationFailed, match="more than"):
        folder.keep_upload("a.csv", [b"x" * 6, b"x" * 6])
    assert list((files / "uploads").iterdir()) == []


def test_uploads_that_nobody_names_go_once_they_are_old(files: Path) -> None:
    used, old, new = (folder.keep_upload(f"{name}.csv", [name.encode()]) for name in ("used", "old", "new"))
    for name in (used, old):
        os.utime(files / name, (1000, 1000))
    assert folder.forget_uploads({used}, older_than=2000) == 1
    assert not (files / old).exists()
    assert (files / used).exists() and (files / new).exists()


def test_a_test_reads_every_file(files: Path) -> None:
    config: dict[str, Any] = {"hero": "hero.json"}
    (files / "hero.json").write_text('{"members": 1}')
    missing = report("file", config, {"file": "f.csv"})
    assert (missing.ok, missing.message) == (
        False,
        "There is no file f.csv in the folder of Club's files. Put it there, or upload it.",
    )
    (files / "f.csv").write_text("key,score\n1,1\n")
    assert report("file", config, {"file": "f.csv"}).message == (
        "All files are there and can be read. Rows in all files: 2."
    )
    (files / "f.csv").write_text("key,score\n1,1\n2,two\n")
    assert report("file", config, {"file": "f.csv"}).message.endswith("1 rows without a key or a score were skipped.")


@pytest.mark.parametrize(
    ("content", "words"),
    [("key,score\nada,twelve\n", "has no row with a key and a score"), ('key,score\n"ada,12\n', "is no CSV")],
)
def test_a_broken_file_is_an_error_and_no_empty_ranking(content: str, words: str, files: Path) -> None:
    (files / "f.csv").write_text(content)
    with pytest.raises(Unreadable, match=words):
        read("file", {}, {"file": "f.csv"})
    assert not report("file", {}, {"file": "f.csv"}).ok
