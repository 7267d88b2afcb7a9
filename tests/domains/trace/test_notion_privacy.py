"""What is private in Notion is in no public document, unless its field is allowed by name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domains.orchestration.models import Run, RunLog
from domains.trace import fetch_details, properties
from domains.trace.models import MirrorFile
from tests.domains.trace.notion_place import NotionPlace, configure, notion_place
from tests.emulators.notion import make_workspace, spec

pytestmark = pytest.mark.django_db
WORDS = (b"@example.org", b"+49 30", b"X-Amz", b"secret.example")


@pytest.fixture
def there(db: None, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[NotionPlace]:
    """A Notion with 25 features, whose pages have text."""
    with notion_place(make_workspace(25, contents=True), tmp_path, settings, monkeypatch) as found:
        yield found


def leaks(there: NotionPlace) -> set[bytes]:
    """The private words that are in any published file."""
    files = [data for path, data in there.place.published().items() if path.endswith(".json")]
    assert files
    return {word for word in WORDS for data in files if word in data}


def row_of(there: NotionPlace, page_id: str, kind: str = "features") -> dict[str, Any]:
    return there.rows()[kind][page_id.replace("-", "")]


def test_mail_telephone_and_signed_addresses_are_nowhere(there: NotionPlace, settings: Any) -> None:
    configure(settings, there.notion, NOTION_CONTENT=["features"])
    row = there.workspace.live("features")[2]
    signed = there.notion.answers.file_url(row.values["Attachments"][0])["file"]["url"]
    row.content = f"Ask [Maria](mailto:maria@secret.example) or tel:+493012345.\n\n![Drawing]({signed})\n"
    there.workspace.edit(
        row.id, Name="Ask maria@secret.example", Summary=f"See {signed} or maria@secret.example", Documentation=signed
    )
    there.export()
    assert leaks(there) == set()
    found = row_of(there, row.id)
    assert (found["name"], found["documentation"]) == ("Ask [e-mail]", None)
    assert found["summary"] == "See [link] or [e-mail]"
    copy = found["attachments"][0]["url"]
    assert properties.PUBLISHED.fullmatch(copy)
    assert found["content"] == f"Ask [Maria]([e-mail]) or [telephone].\n\n![Drawing]({copy})\n"
    assert (fetch_details.files_folder() / copy.rsplit("/", 1)[-1]).read_bytes() == there.workspace.files[
        row.values["Attachments"][0]
    ].data


def test_a_field_that_is_allowed_by_name_is_told(there: NotionPlace, settings: Any) -> None:
    allowed = ["features.contact_mail", "features.contact_phone", "gateways.contact"]
    configure(settings, there.notion, TRACE_PUBLIC_FIELDS=allowed)
    there.export()
    row = row_of(there, there.workspace.live("features")[0].id)
    assert (row["contact_mail"], row["contact_phone"]) == ("person1@example.org", "+49 30 000001")
    contact = row_of(there, there.workspace.live("gateways")[0].id, "gateways")["contact"][0]
    assert contact["email"].endswith("@example.org")
    assert row["owner"] and all("@" not in owner for owner in row["owner"])


def test_formulas_and_rollups_over_private_fields_are_private(there: NotionPlace, settings: Any) -> None:
    mail = there.workspace.schemas["features"]["Contact mail"]["id"]
    related = there.workspace.schemas["gateways"]["Features"]["id"]
    there.workspace.add_property("features", spec("features", "Line", "formula", expression='prop("Contact mail")'))
    there.workspace.add_property(
        "gateways",
        spec(
            "gateways",
            "Mails",
            "rollup",
            relation_property_name="Features",
            relation_property_id=related,
            rollup_property_name="Contact mail",
            rollup_property_id=mail,
            function="show_original",
        ),
    )
    configure(settings, there.notion, TRACE_PUBLIC_FIELDS=["features.contact_mail"])
    there.export()
    assert {row["mails"] for row in there.rows()["gateways"].values()} == {None}
    configure(settings, there.notion, TRACE_PUBLIC_FIELDS=[])
    there.export(full=True)
    assert {row["line"] for row in there.rows()["features"].values()} == {None}
    assert leaks(there) == set()


def test_expired_addresses_of_files_are_asked_for_again(there: NotionPlace) -> None:
    there.notion.answers.file_seconds = -1
    renew = [None]

    def again() -> None:
        there.notion.answers.file_seconds = 3600
        renew.clear()

    there.notion.faults.add("call", match="/files/", action=again)
    there.export()
    assert not renew
    assert MirrorFile.objects.filter(sha256="").count() == 0
    assert leaks(there) == set()


def test_a_file_that_cannot_be_copied_is_told_and_has_no_address(
    there: NotionPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch_details, "MOST_BYTES", 100)
    result = there.export()
    texts = [problem["text"] for problem in result["problems"]]
    assert any("could not be copied, so it has no address" in text for text in texts)
    row = row_of(there, there.workspace.live("features")[2].id)
    assert row["attachments"] == [{"name": "drawing-3.png", "url": None}]
    monkeypatch.undo()


def test_problems_of_rows_are_told_and_stop_nothing(there: NotionPlace) -> None:
    one, two, three, *_ = there.workspace.live("features")
    there.workspace.edit(one.id, Name="")
    there.workspace.edit(two.id, Name="The same")
    there.workspace.edit(three.id, Name="the SAME", Applications=[], Tier=["00000000-0000-4000-8000-000000000000"])
    result = there.export()
    texts = {(problem["name"], problem["text"]) for problem in result["problems"]}
    assert ("Untitled", "It has no name, so it is published as Untitled.") in texts
    assert ("the SAME", "Tier leads to 1 page that Vault cannot see.") in texts
    assert ("the SAME", "It names no application, so it is in no application's documents.") in texts
    slugs = sorted(row_of(there, row.id)["slug"] for row in (two, three))
    assert slugs[0] == "the-same" and slugs[1].startswith("the-same-")
    assert RunLog.objects.filter(run=Run.objects.latest("id"), line__contains="problems with").exists()


def test_blocks_that_cannot_be_written_are_told(there: NotionPlace, settings: Any) -> None:
    configure(settings, there.notion, NOTION_CONTENT=["features"])
    row = there.workspace.live("features")[5]
    there.notion.answers.cut_content.add(row.id)
    texts = [problem["text"] for problem in there.export()["problems"]]
    assert "1 block of its content cannot be written as text." in texts
    requests = len(there.notion.came("/markdown"))
    assert requests == 25
    there.export()
    assert there.notion.came("/markdown") == []
