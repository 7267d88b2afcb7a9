"""`manage.py test_multi_app` asks for every public document of every service and application."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from domains.club import published as club
from domains.trace import published as trace
from tests.domains.club.public.place import fill
from tests.domains.club.public.place import make_place as make_club
from tests.domains.trace.place import make_place as make_trace


@pytest.fixture
def published(db: None, tmp_path: Path, settings: Any) -> None:
    """Something of both services."""
    make_trace(tmp_path, settings).export()
    place = make_club(tmp_path, settings)
    fill()
    place.publish()


def walk(**options: Any) -> str:
    out = StringIO()
    call_command("test_multi_app", stdout=out, **options)
    return out.getvalue()


def test_it_walks_every_document_of_every_application(published: None) -> None:
    said = walk()
    assert "/trace/public/nexus/matrix/" in said
    assert "/club/public/nexus/history/" in said
    assert "/club/public/skyflow/help/most-present/" in said
    assert "All 37 addresses answer as they should." in said


def test_it_asks_for_one_service_or_application(published: None) -> None:
    assert "All 15 addresses" in walk(service="club")
    assert "All 6 addresses" in walk(service="club", app="skyflow")


@pytest.mark.parametrize(("library", "file"), [(trace.library, "skyflow/tiers.json"), (club.library, "features.json")])
def test_it_fails_when_a_document_is_damaged(published: None, library: Any, file: str) -> None:
    (library.store.versions() / library.store.current_folder() / file).unlink()
    library.kept.clear()
    with pytest.raises(CommandError, match="1 of 37"):
        walk()
