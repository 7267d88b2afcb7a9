"""The list of sources, the page of one, testing one, adding what a test found, and deleting one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from domains.audit.models import Event
from domains.club import reads
from domains.club.models import LastReading, Source
from domains.club.start import save_source
from domains.orchestration.models import Run
from domains.orchestration.tasks import run_queued
from tests.domains.club.place import collect, make_source

pytestmark = pytest.mark.django_db
URL = "/club/sources/"
FOUND = [{"slug": "news", "name": "News", "select": {"file": "news.json"}}]


def listed() -> list[Any]:
    """The sources as the list shows them."""
    return list(reads.source_list())


def page_of(client: Client, source: Source) -> str:
    return client.get(f"{URL}{source.uuid.hex}/").content.decode()


def test_an_empty_list_says_so_and_offers_what_the_viewer_may_do(
    folder: Path, staff_client: Client, admin_client: Client
) -> None:
    page = staff_client.get(URL).content.decode()
    assert "No source is set up yet." in page
    assert f"{URL}new/" not in page
    assert f"{URL}new/" in admin_client.get(URL).content.decode()


def test_the_list_says_how_each_source_fares(forum: Source, folder: Path, staff_client: Client) -> None:
    make_source("broken", "nexus", slugs=("missing",))
    make_source("asleep", "nexus", active=False)
    make_source("later", "nexus", slugs=())
    collect()
    (folder / "files-ideas.json").unlink()
    collect()
    standing = {source.name: source.standing for source in listed()}
    assert standing == {"files": "failing", "broken": "failing", "asleep": "inactive", "later": "new"}
    page = staff_client.get(f"{URL}?standing=failing").content.decode()
    assert "broken" in page
    assert "asleep" not in page


def test_a_source_that_answers_again_stands_as_working(forum: Source, folder: Path) -> None:
    text = (folder / "files-ideas.json").read_text()
    collect()
    (folder / "files-ideas.json").unlink()
    collect()
    (folder / "files-ideas.json").write_text(text)
    collect()
    assert [source.standing for source in listed()] == ["working"]


def test_the_list_costs_the_same_however_long_it_is(folder: Path, staff_client: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            staff_client.get(URL)
        return len(seen)

    make_source("one")
    queries()
    few = queries()
    for number in range(12):
        make_source(f"source-{number}")
    assert queries() == few


def test_the_page_shows_settings_features_and_what_went_wrong(
    forum: Source, folder: Path, staff_client: Client
) -> None:
    collect()
    (folder / "files-ideas.json").unlink()
    collect()
    page = page_of(staff_client, forum)
    assert "hero.json" in page
    assert "files-help.json" in page
    assert "There is no file files-ideas.json" in page
    assert page.count("Failing</span>") == 2, "once in the heading, once at the feature"
    assert "Edit" not in page, "who may not change it sees no button"


def test_a_secret_is_never_shown(folder: Path, admin_client: Client) -> None:
    values = {
        "application": "skyflow",
        "name": "stats",
        "kind": "http",
        "config": {"url": "http://127.0.0.1:9/"},
        "features": [],
        "active": True,
    }
    uuid = save_source(actor=None, uuid=None, values=values, secret="s3cret-token", version=None)
    stored = Source.objects.get(uuid=uuid)
    for path in (URL, f"{URL}{uuid.hex}/", f"{URL}{uuid.hex}/edit/", f"/api/club/sources/{uuid.hex}/", "/events/"):
        body = admin_client.get(path, follow=True).content.decode()
        assert "s3cret-token" not in body, path
        assert stored.secret not in body, path
    assert "stored" in page_of(admin_client, stored)
    assert "s3cret-token" not in str(list(Event.objects.values_list("after", flat=True)))


def test_the_page_shows_settings_that_have_their_usual_value(manager: Client) -> None:
    source = Source.objects.create(
        application="skyflow", name="forum", kind="discourse", config={"url": "https://forum.example.org"}
    )
    page = " ".join(page_of(manager, source).split())
    assert "Days of topics</dt><dd>30" in page
    assert "Period of the directory</dt><dd>Monthly" in page


def test_the_button_tests_the_source_and_the_page_shows_the_report(forum: Source, manager: Client) -> None:
    url = f"{URL}{forum.uuid.hex}/"
    assert manager.post(f"{url}test/").status_code == 303
    assert "Vault is asking." in manager.get(url).content.decode()
    manager.post(f"{url}test/")
    assert Run.objects.filter(method="test_source").count() == 1, "one test at a time"
    run_queued()
    fragment = manager.get(f"{url}report/").content.decode()
    assert "All files are there and can be read." in fragment
    assert "Passing" in fragment


def test_a_test_that_finds_a_fault_says_what_to_do(forum: Source, folder: Path, manager: Client) -> None:
    (folder / "files-help.json").unlink()
    manager.post(f"{URL}{forum.uuid.hex}/test/")
    run_queued()
    fragment = manager.get(f"{URL}{forum.uuid.hex}/report/").content.decode()
    assert "There is no file files-help.json" in fragment
    assert "Failing" in fragment
    assert "upload it" in fragment


def test_what_a_test_found_can_be_added_one_by_one_or_all(forum: Source, manager: Client) -> None:
    more = [{"slug": "jobs", "name": "Jobs", "select": {"file": "jobs.json"}}]
    known = [{"slug": "help", "name": "Help", "select": {"file": "files-help.json"}}]
    report = {"ok": True, "message": "Fine.", "clicks": [], "found": [*known, *FOUND, *more]}
    Source.objects.update(report=report)
    url = f"{URL}{forum.uuid.hex}/found/"
    page = manager.get(url).content.decode()
    assert "news" in page
    assert 'value="help"' not in page, "it is asked about help already"
    assert "Nothing was chosen" in manager.post(url, follow=True).content.decode()
    manager.post(url, {"slug": ["news", "unknown"]})
    forum.refresh_from_db()
    assert [each["slug"] for each in forum.features] == ["help", "ideas", "news"]
    Source.objects.update(report=report)
    manager.post(url, {"_all": "1"})
    forum.refresh_from_db()
    assert [each["slug"] for each in forum.features] == ["help", "ideas", "news", "jobs"]
    assert "Nothing is left to add." in manager.get(url).content.decode()


def test_what_was_found_says_which_other_source_it_would_be_added_up_with(forum: Source, manager: Client) -> None:
    url = f"{URL}{forum.uuid.hex}/found/"
    found = [{"slug": "news", "name": "News", "select": {"file": "news.json"}}]
    Source.objects.update(report={"ok": True, "message": "Fine.", "clicks": [], "found": found})
    Source.objects.create(application="nexus", name="Another", kind="file", features=found)
    assert "Added up with" not in manager.get(url).content.decode(), "another application is another matter"
    Source.objects.create(application="skyflow", name="The list", kind="file", features=found)
    assert "Added up with The list, which has this address too." in manager.get(url).content.decode()


def test_a_source_is_deleted_after_a_question_and_its_figures_stay(forum: Source, manager: Client) -> None:
    collect()
    url = f"{URL}{forum.uuid.hex}/delete/"
    page = manager.get(url).content.decode()
    assert "it is asked about: hero metrics, Help, Ideas." in page
    assert "then no longer collected" in page
    assert "Figures that were collected stay" in manager.get(url).content.decode()
    assert manager.post(url)["Location"] == URL
    assert not Source.objects.exists()
    assert not LastReading.objects.exists()
    assert manager.get("/club/features/").status_code == 200
    assert manager.get(f"{URL}{forum.uuid.hex}/").status_code == 404


def test_who_may_not_manage_sources_is_refused(forum: Source, staff_client: Client) -> None:
    for deed in ("test", "delete", "found", "edit"):
        assert staff_client.post(f"{URL}{forum.uuid.hex}/{deed}/").status_code == 403, deed
    assert staff_client.get(f"{URL}new/").status_code == 403
    assert staff_client.post("/club/community/skyflow/").status_code == 403
    assert Source.objects.count() == 1


def test_a_kind_that_is_not_installed_any_more_leaves_a_page_that_says_so(folder: Path, admin_client: Client) -> None:
    gone = make_source("chat", kind="chat.rooms", config={"rooms": ["a"]}, features=[])
    assert "is not installed" in page_of(admin_client, gone)
    assert admin_client.get(f"{URL}{gone.uuid.hex}/edit/").status_code == 404
    assert "chat.rooms" in admin_client.get(URL).content.decode()


def test_an_application_decides_whether_names_are_published(folder: Path, manager: Client) -> None:
    assert manager.get("/club/community/").content.decode().count("Pseudonym</span>") == 2
    question = manager.get("/club/community/skyflow/").content.decode()
    assert "everybody on the internet can read the name" in question
    answer = manager.post("/club/community/skyflow/", {"publish_names": "yes"}, follow=True).content.decode()
    assert "Names of Skyflow are published from the next publication on." in answer
    assert "Name</span>" in answer
    manager.post("/club/community/skyflow/", {"publish_names": "yes"})
    assert "Name</span>" in manager.get("/club/community/").content.decode(), "what was seen is what is decided"
    manager.post("/club/community/skyflow/", {"publish_names": "no"})
    assert "Name</span>" not in manager.get("/club/community/").content.decode()
    assert Event.objects.filter(action="club.community.decided").count() == 2


def test_the_palette_finds_sources(forum: Source, staff_client: Client) -> None:
    page = staff_client.get("/palette/?q=files").content.decode()
    assert f"{URL}{forum.uuid.hex}/" in page
