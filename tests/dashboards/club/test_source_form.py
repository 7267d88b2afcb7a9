"""The form of sources: what every kind asks for, features as rows, secrets, uploads, and two people at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from domains.club.models import Source
from domains.club.start import save_source
from domains.orchestration import reads as runs
from domains.orchestration.secrets import Secret
from tests.dashboards.club.staff import HTMX

pytestmark = pytest.mark.django_db
NEW = "/club/sources/new/"
FILES: dict[str, Any] = {
    "name": "exports",
    "application": "skyflow",
    "active": "on",
    "config.hero": "hero.json",
    "feature-name": ["Help", "Ideas"],
    "feature-slug": ["", "ideas-of-all"],
    "feature-select-file": ["help.json", "ideas.csv"],
    "feature-select-items": ["", "items.csv"],
}
STATS: dict[str, Any] = {
    "name": "stats",
    "application": "nexus",
    "active": "on",
    "config.url": "https://example.org/stats.json",
    "config.hero": "stars = data.stars\r\nforks = data.forks",
    "config.header": "Authorization",
    "config.prefix": "",
    "config.paging": "link",
    "config.page_parameter": "page",
    "config.first_page": "0",
    "config.size_parameter": "per_page",
    "config.size": "100",
    "config.cursor_parameter": "cursor",
    "config.cursor": "",
    "config.most_pages": "50",
    "secret": "s3cret",
}


def edit_url(source: Source) -> str:
    return f"/club/sources/{source.uuid.hex}/edit/"


def test_a_kind_is_chosen_first(folder: Path, manager: Client) -> None:
    page = manager.get(NEW).content.decode()
    assert "?kind=file" in page
    assert "?kind=http" in page
    assert "There is no kind of source called" in manager.get(f"{NEW}?kind=fax").content.decode()


def test_a_file_source_is_made_with_its_features(folder: Path, manager: Client) -> None:
    answer = manager.post(f"{NEW}?kind=file", FILES)
    source = Source.objects.get()
    assert answer["Location"] == f"/club/sources/{source.uuid}/".replace(str(source.uuid), source.uuid.hex)
    assert (source.name, source.application, source.kind, source.active) == ("exports", "skyflow", "file", True)
    assert source.config == {"hero": "hero.json"}
    assert source.features == [
        {"slug": "help", "name": "Help", "select": {"file": "help.json"}},
        {"slug": "ideas-of-all", "name": "Ideas", "select": {"file": "ideas.csv", "items": "items.csv"}},
    ]


def test_only_what_differs_from_the_usual_is_stored_and_an_empty_text_may_differ(folder: Path, manager: Client) -> None:
    manager.post(f"{NEW}?kind=http", STATS)
    source = Source.objects.get()
    assert source.config == {
        "url": "https://example.org/stats.json",
        "hero": ["stars = data.stars", "forks = data.forks"],
        "prefix": "",
        "paging": "link",
        "first_page": 0,
    }
    assert Secret.of_token(source.secret).reveal() == "s3cret"


def test_what_must_be_said_is_stored_also_when_it_is_as_usual(folder: Path, manager: Client) -> None:
    forum = {
        "name": "forum",
        "application": "skyflow",
        "active": "on",
        "config.url": "https://forum.example.org",
        "config.username": "system",
        "config.period": "monthly",
        "config.days": "30",
        "feature-name": ["Everybody", "Support"],
        "feature-slug": ["everybody", ""],
        "feature-select-from": ["directory", "category"],
        "feature-select-id": ["", "support/5"],
    }
    answer = manager.post(f"{NEW}?kind=discourse", forum)
    assert answer.status_code == 302, answer.content.decode()
    source = Source.objects.get()
    assert source.config == {"url": "https://forum.example.org"}
    assert [each["select"] for each in source.features] == [
        {"from": "directory"},
        {"from": "category", "id": "support/5"},
    ]
    page = manager.get(edit_url(source)).content.decode()
    assert '<option value="category" selected>' in page


def test_the_form_shows_what_is_stored_and_saving_it_changes_nothing(folder: Path, manager: Client) -> None:
    manager.post(f"{NEW}?kind=http", STATS)
    source = Source.objects.get()
    page = manager.get(edit_url(source)).content.decode()
    assert "s3cret" not in page
    assert "One is stored; leave this empty to keep it." in page
    assert "stars = data.stars" in page
    changed = {name: value for name, value in STATS.items() if name not in ("application", "secret")}
    manager.post(edit_url(source), changed | {"version": "1"})
    again = Source.objects.get()
    assert (again.version, again.config, again.secret) == (1, source.config, source.secret)


def test_a_form_with_a_mistake_in_it_is_no_run_that_failed(folder: Path, manager: Client) -> None:
    assert manager.post(f"{NEW}?kind=http", STATS | {"config.url": "ftp:/nowhere"}).status_code == 422
    assert not runs.run_list().filter(method="save_source").exists()
    manager.post(f"{NEW}?kind=http", STATS)
    assert runs.run_list().filter(method="save_source").exists()


def test_a_secret_is_kept_replaced_or_forgotten(folder: Path, manager: Client) -> None:
    manager.post(f"{NEW}?kind=http", STATS)
    url = edit_url(Source.objects.get())
    base = {name: value for name, value in STATS.items() if name not in ("application", "secret")}
    manager.post(url, base | {"name": "renamed"})
    assert Secret.of_token(Source.objects.get().secret).reveal() == "s3cret"
    manager.post(url, base | {"secret": "other"})
    assert Secret.of_token(Source.objects.get().secret).reveal() == "other"
    manager.post(url, base | {"forget": "on"})
    assert Source.objects.get().secret == ""


def test_faults_stand_at_their_fields_and_nothing_that_was_typed_is_lost(folder: Path, manager: Client) -> None:
    wrong = FILES | {
        "config.hero": "../hero.json",
        "feature-slug": ["Not A Slug", "ideas"],
        "feature-select-file": ["", "ideas.txt"],
    }
    answer = manager.post(f"{NEW}?kind=file", wrong)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="Not A Slug"' in page
    assert 'value="ideas.txt"' in page
    assert 'id="feature-0-faults"' in page
    assert "Nothing was saved" in page
    assert not Source.objects.exists()
    mended = manager.post(
        f"{NEW}?kind=file",
        wrong | {"feature-slug": ["help", "ideas"], "feature-select-file": ["help.json", "ideas.txt"]},
    )
    assert 'id="feature-1-faults"' in mended.content.decode()
    assert "must end in" not in mended.content.decode()
    assert 'id="id_config.hero_error"' in mended.content.decode()


def test_a_required_field_names_itself(folder: Path, manager: Client) -> None:
    answer = manager.post(f"{NEW}?kind=http", STATS | {"config.url": "", "application": ""})
    assert answer.status_code == 422
    assert answer.content.decode().count("This field is required.") == 2


def test_a_secret_that_was_typed_is_not_sent_back(folder: Path, manager: Client) -> None:
    answer = manager.post(f"{NEW}?kind=http", STATS | {"name": ""})
    assert answer.status_code == 422
    assert "s3cret" not in answer.content.decode()


def test_rows_are_added_and_removed_with_and_without_javascript(folder: Path, manager: Client) -> None:
    more = manager.post(f"{NEW}?kind=file", FILES | {"_add": "1"}, headers=HTMX).content.decode()
    assert "<html" not in more
    assert more.count("<fieldset") == 3
    assert 'value="ideas.csv"' in more
    less = manager.post(f"{NEW}?kind=file", FILES | {"_remove": "0"}).content.decode()
    assert "<html" in less
    assert less.count('name="feature-name"') == 1
    assert 'value="exports"' in less, "the other fields stay as typed"
    assert 'value="hero.json"' in less
    assert not Source.objects.exists()


@pytest.mark.parametrize("index", ["x", "-1", "99999999", "٣"])
def test_a_row_that_is_not_there_is_not_removed(folder: Path, manager: Client, index: str) -> None:
    assert manager.post(f"{NEW}?kind=file", FILES | {"_remove": index}).status_code in {200, 302}


def test_blank_rows_are_left_out(folder: Path, manager: Client) -> None:
    blank = {name: [*value, ""] for name, value in FILES.items() if name.startswith("feature")}
    manager.post(f"{NEW}?kind=file", FILES | blank)
    assert len(Source.objects.get().features) == 2


def test_a_taken_name_is_refused_at_its_field(folder: Path, manager: Client) -> None:
    manager.post(f"{NEW}?kind=file", FILES)
    answer = manager.post(f"{NEW}?kind=file", FILES)
    assert answer.status_code == 422
    assert "This application has a source of this name already." in answer.content.decode()


def test_the_second_of_two_people_is_told_and_loses_nothing(folder: Path, manager: Client) -> None:
    manager.post(f"{NEW}?kind=file", FILES)
    source = Source.objects.get()
    mine = {name: value for name, value in FILES.items() if name != "application"} | {"version": "1"}
    manager.post(edit_url(source), mine | {"name": "theirs"})
    answer = manager.post(edit_url(source), mine | {"name": "mine"})
    assert answer.status_code == 409
    assert "was changed by somebody else" in answer.content.decode()
    assert 'value="mine"' in answer.content.decode()
    assert Source.objects.get().name == "theirs"


def test_an_uploaded_file_is_kept_and_named_in_its_field(folder: Path, manager: Client) -> None:
    hero = SimpleUploadedFile("Figures of March.json", json.dumps({"members": 3}).encode())
    rows = SimpleUploadedFile("people.csv", b"key,score\nada,3\n")
    answer = manager.post(f"{NEW}?kind=file", FILES | {"upload.hero": hero, "feature-upload-1-file": rows})
    assert answer.status_code == 302, answer.content.decode()
    source = Source.objects.get()
    assert source.config["hero"].startswith("uploads/figures-of-march-")
    kept = source.features[1]["select"]["file"]
    assert kept.startswith("uploads/people-")
    assert (folder / kept).read_bytes() == b"key,score\nada,3\n"
    assert source.features[0]["select"]["file"] == "help.json"


def test_an_uploaded_file_is_not_lost_when_something_else_must_be_mended(folder: Path, manager: Client) -> None:
    hero = SimpleUploadedFile("hero.json", b"{}")
    page = manager.post(f"{NEW}?kind=file", FILES | {"name": "", "upload.hero": hero}).content.decode()
    assert 'value="uploads/hero-' in page
    more = manager.post(
        f"{NEW}?kind=file", FILES | {"_add": "1", "feature-upload-0-file": SimpleUploadedFile("a.json", b"{}")}
    )
    assert 'value="uploads/a-' in more.content.decode()


def test_an_upload_of_another_kind_is_refused_at_its_field(folder: Path, manager: Client) -> None:
    sheet = SimpleUploadedFile("people.xlsx", b"PK")
    answer = manager.post(f"{NEW}?kind=file", FILES | {"feature-upload-0-file": sheet})
    assert answer.status_code == 422
    assert "people.xlsx: Upload a file that ends in .json or .csv." in answer.content.decode()
    assert not list(folder.glob("uploads/*"))
    assert not Source.objects.exists()


def test_files_are_kept_for_file_sources_only(folder: Path, manager: Client) -> None:
    manager.post(f"{NEW}?kind=http", STATS | {"upload.url": SimpleUploadedFile("a.json", b"{}")})
    assert not list(folder.glob("uploads/*"))
    assert Source.objects.get().config["url"] == "https://example.org/stats.json"


def test_a_source_that_was_deleted_meanwhile_is_not_found(folder: Path, manager: Client) -> None:
    manager.post(f"{NEW}?kind=file", FILES)
    url = edit_url(Source.objects.get())
    Source.objects.all().delete()
    assert manager.post(url, FILES).status_code == 404


def test_saving_by_code_takes_some_fields_only(folder: Path, manager: Client) -> None:
    manager.post(f"{NEW}?kind=file", FILES)
    source = Source.objects.get()
    save_source(actor=None, uuid=source.uuid, values={"active": False}, secret=None, version=1)
    again = Source.objects.get()
    assert (again.active, again.features, again.version) == (False, source.features, 2)
