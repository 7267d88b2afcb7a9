"""People and places for the tests of the pages of sources, collections, members, cache and health."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from tests.domains.club.place import make_place, make_source, write_file, write_hero

HTMX = {"HX-Request": "true"}


def allow(user: User, *names: str) -> Client:
    """A client signed in as a member of staff who holds these permissions of Club, and no others."""
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="club", codename__in=names))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def folder(db: None, tmp_path: Path, settings: Any) -> Path:
    """The demo applications, and the folder of file sources."""
    return make_place(tmp_path, settings)


@pytest.fixture
def forum(folder: Path) -> Any:
    """A source of files with two features and hero metrics, all of which are there."""
    write_file(folder, "files-help.json", {"ada": 9, "bob": 4}, topics={"plans": 3})
    write_file(folder, "files-ideas.json", {"ada": 2})
    write_hero(folder, "hero.json", members=120, posts=3400)
    return make_source(slugs=("help", "ideas"), hero="hero.json")


@pytest.fixture
def manager(staff: User) -> Client:
    """A member of staff who may manage sources."""
    return allow(staff, "manage_sources")


@pytest.fixture
def collector(staff: User) -> Client:
    """A member of staff who may start collections and clear caches."""
    return allow(staff, "collect_club")


@pytest.fixture
def eraser(staff: User) -> Client:
    """A member of staff who may erase members."""
    return allow(staff, "erase_members")
