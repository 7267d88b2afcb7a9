"""Notion's own CSV export is published like any other source."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from domains.base.errors import ValidationFailed
from domains.orchestration.start import run_now
from domains.trace.sources import csv_export
from tests.domains.trace.place import Place

pytestmark = pytest.mark.django_db
ID = "0123456789abcdef0123456789abcd{:02d}"
BASE = f"Product {ID.format(99)}/"
FEATURES = """\ufeffName,Applications,Status,Tier,Gateways,Effort,Launched,Link,Notes
Live boards,"Skyflow, Nexus",Shipped,Free ({tier}),"Web ({web}), Phone ({phone})",3,Yes,https://docs.example/a,"1, 2"
Flow builder,Skyflow,Beta,,,2.5,No,,Ask maria@secret.example
,Skyflow,,,,,No,,nameless
Live boards,Nexus,,,,,No,,the second of this name
"""


def link(name: str, number: int) -> str:
    return f"{name}/{name.replace(' ', '%20')}%20{ID.format(number)}.md"


def tables() -> dict[str, str]:
    """The files of an export."""
    features = FEATURES.format(tier=link("Free", 30), web=link("Web", 20), phone=link("Phone", 21))
    return {
        f"{BASE}Features {ID.format(1)}.csv": "Name,Applications\nonly what is shown,Skyflow\n",
        f"{BASE}Features {ID.format(1)}_all.csv": features,
        f"{BASE}Features/Live boards {ID.format(10)}.md": "# Live boards\n",
        f"{BASE}Features/Flow builder {ID.format(11)}.md": "# Flow builder\n",
        f"{BASE}Gateways {ID.format(2)}_all.csv": "Name,Applications\nWeb,Skyflow\nPhone,Skyflow\n",
        f"{BASE}Tiers {ID.format(3)}_all.csv": "Name,Applications\nFree,Skyflow\n",
        f"{BASE}Tags {ID.format(4)}_all.csv": "Name,Applications\n",
    }


def zipped(files: dict[str, str | bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


@pytest.fixture
def export(place: Place, tmp_path: Path, settings: Any) -> Path:
    """Where the export is that Vault is told of."""
    path = tmp_path / "Export.zip"
    settings.VAULT = settings.VAULT.model_copy(update={"TRACE_WORKSPACE": path})
    return path


def rows(place: Place, kind: str = "features") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(place.published()[f"{kind}.json"])["data"]
    return found


@pytest.mark.parametrize("inner", [False, True], ids=["plain", "a part within"])
def test_an_export_is_published(export: Path, place: Place, inner: bool) -> None:
    data = zipped({**tables()})
    export.write_bytes(zipped({"Export-Part-1.zip": data}) if inner else data)
    place.export()
    found = {row["id"]: row for row in rows(place)}
    boards = found[ID.format(10)]
    assert boards["name"] == "Live boards"
    assert boards["applications"] == ["skyflow", "nexus"]
    assert (boards["status"], boards["effort"], boards["launched"], boards["link"]) == (
        "Shipped",
        3,
        True,
        "https://docs.example/a",
    )
    assert (boards["tier"], boards["gateways"]) == ([ID.format(30)], [ID.format(20), ID.format(21)])
    assert found[ID.format(11)]["notes"] == "Ask [e-mail]"
    assert [row["id"] for row in rows(place, "gateways")] == [ID.format(21), ID.format(20)]


def test_rows_without_a_name_or_with_the_same_are_told_and_published(export: Path, place: Place) -> None:
    export.write_bytes(zipped({**tables()}))
    texts = [problem["text"] for problem in place.export()["problems"]]
    assert "It has no name, so it is published as Untitled." in texts
    assert any("has the slug live-boards already" in text for text in texts)
    assert len(rows(place)) == 4
    assert place.export()["changed"] is False


@pytest.mark.parametrize(
    ("words", "data"),
    [
        ("cannot be read as an export", b"no zip"),
        ("has no table Features, Gateways, Tiers, Tags", zipped({"Something.csv": "Name\nx\n"})),
        ("has no table Tags", zipped({name: text for name, text in tables().items() if "Tags" not in name})),
        ("cannot be read as an export", zipped({**tables(), "Tags_all.csv": b"\xff\xfe\x00"})),
    ],
)
def test_what_is_no_export_is_said_in_words(export: Path, place: Place, words: str, data: bytes) -> None:
    export.write_bytes(data)
    with pytest.raises(ValidationFailed, match=words):
        run_now("trace", "export")


def test_a_bomb_is_not_unpacked(export: Path, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_export, "MOST_BYTES", 10_000)
    export.write_bytes(zipped({**tables(), "Tags_all.csv": "Name\n" + "a" * 20_000}))
    with pytest.raises(ValidationFailed, match="The export is too large"):
        run_now("trace", "export")
