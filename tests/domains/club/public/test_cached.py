"""Published documents through the cache."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command

from domains.base.errors import NotFound, Unavailable, ValidationFailed
from domains.club import cached
from domains.club.models import Feature
from tests.domains.club.public.place import Place, fill

pytestmark = pytest.mark.django_db


def test_a_document_is_read_once_and_counted(filled: Place) -> None:
    for _ in range(3):
        assert cached.data_of("hero-metrics.json", "skyflow")["data"][0]["value"] == 108
    assert cached.data_of("hero-metrics.json")["meta"]["application"] is None
    assert cached.counts() == (2, 2)
    assert cache.get("club_data_skyflow_hero-metrics.json") is not None
    assert cache.get("club_data_hero-metrics.json") is not None


def test_features_are_listed_by_application(filled: Place) -> None:
    fill("nexus")
    Feature.objects.filter(application="nexus").update(slug="talk")
    filled.publish()
    assert cached.available_features() == ["help", "talk"]
    assert (cached.available_features("skyflow"), cached.available_features("nexus")) == (["help"], ["talk"])
    assert cached.available_features("orbit") == []
    assert cache.get("club_available_features") is not None


def test_a_publication_is_never_hidden_by_the_cache(filled: Place) -> None:
    assert cached.available_features() == ["help"]
    kept = cache.get("club_available_features")
    Feature.objects.update(active=False)
    filled.publish()
    cache.set("club_available_features", kept, 300)  # as a process would that had read just before the switch
    assert cached.available_features() == []


def test_every_possible_key_is_listed_with_its_size(filled: Place) -> None:
    cached.data_of("features.json")
    found = {entry.key: entry for entry in cached.entries()}
    assert set(found) == {
        "club_available_features", "club_data_club_index.json",
        *(f"club_data_{app}{name}.json" for app in ("", "skyflow_", "nexus_")
          for name in ("hero-metrics", "features", "history", "index")),
        "club_data_help-most-present.json", "club_data_skyflow_help-most-present.json",
    }  # fmt: skip
    entry = found["club_data_features.json"]
    assert (entry.is_set, entry.bytes) == (True, len(filled.files()["features.json"]))
    assert not found["club_data_skyflow_index.json"].is_set


def test_one_key_or_all_are_forgotten(filled: Place) -> None:
    for name in ("features.json", "index.json", "club_index.json"):
        cached.data_of(name)
    assert cached.clear(["club_data_features.json", "club_data_history.json"]) == 1
    assert cached.clear() == 2
    assert not [entry for entry in cached.entries() if entry.is_set]
    with pytest.raises(ValidationFailed, match="session"):
        cached.clear(["session"])


def test_what_there_is_not_is_said(place: Place) -> None:
    assert cached.entries() == []
    with pytest.raises(Unavailable):
        cached.data_of("features.json")
    fill()
    place.publish()
    for name in ("../../secret.json", "nothing.json", "skyflow/features.json.gz"):
        with pytest.raises(NotFound):
            cached.data_of(name)


def test_the_command_forgets_and_lists(filled: Place, settings: Any) -> None:
    cached.data_of("features.json")
    out = StringIO()
    call_command("clear_club_cache", "--list", stdout=out)
    assert "club_data_index.json  not set" in out.getvalue()
    call_command("clear_club_cache", "club_data_features.json", stdout=out)
    assert not [entry for entry in cached.entries() if entry.is_set]
    cached.data_of("features.json")
    call_command("clear_club_cache", stdout=out)
    assert not [entry for entry in cached.entries() if entry.is_set]
    with pytest.raises(CommandError, match="nothing"):
        call_command("clear_club_cache", "nothing", stdout=out)
