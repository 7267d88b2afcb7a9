"""A cache that cannot keep or give anything: nobody fails with it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.cache import caches
from django.core.cache.backends.base import BaseCache
from django.test import Client, override_settings

from domains.core import checks
from tests.conftest import PASSWORD

FILES = "domains.base.cache.ForgivingFileCache"
REDIS = {"BACKEND": "domains.base.cache.ForgivingRedisCache", "LOCATION": "redis://127.0.0.1:1/0"}


@pytest.fixture(params=["files", "redis"])
def broken(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BaseCache]:
    """A cache in a folder that cannot be made, or in a Redis that does not run."""
    (tmp_path / "taken").write_text("")
    files = {"BACKEND": FILES, "LOCATION": tmp_path / "taken" / "cache"}
    with override_settings(CACHES={"default": REDIS if request.param == "redis" else files}):
        yield caches["default"]


def test_what_cannot_be_kept_is_lost_and_what_cannot_be_read_is_not_there(broken: BaseCache) -> None:
    broken.set("a", 1)
    assert broken.get("a") is None
    assert broken.get("a", "other") == "other"
    assert broken.get_many(["a", "b"]) == {}
    assert broken.touch("a") is False
    assert broken.delete("a") is False
    assert broken.has_key("a") is False
    broken.set_many({"a": 1})


def test_whoever_asks_to_be_first_is_first(broken: BaseCache) -> None:
    assert broken.add("a", 1) is True


def test_a_damaged_file_is_a_value_that_is_not_there(tmp_path: Path) -> None:
    with override_settings(CACHES={"default": {"BACKEND": FILES, "LOCATION": tmp_path}}):
        cache = caches["default"]
        cache.set("a", list(range(1000)))
        (file,) = tmp_path.iterdir()
        file.write_bytes(file.read_bytes()[:40])
        assert cache.get("a") is None
        cache.set("a", 2)
        assert cache.get("a") == 2


def test_people_sign_in_see_pages_and_machines_read_metrics_all_the_same(broken: BaseCache, staff: User) -> None:
    client = Client()
    answer = client.post("/accounts/login/", {"login": "staff", "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    for path in ("/", "/stats/", "/events/", "/runs/", "/metrics"):
        assert client.get(path).status_code == 200, path


def test_the_health_check_says_so(broken: BaseCache) -> None:
    result = checks.check_cache()
    assert result.status == "fail"
    assert "does not keep what it is given" in result.message
