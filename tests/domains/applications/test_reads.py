"""Questions about applications: right at once, cheap at length."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from domains.applications import reads
from domains.applications.service import applications
from domains.base.database import atomic_write
from domains.base.errors import NotFound, ValidationFailed
from domains.extensions import registry
from domains.extensions.extension import VaultExtension
from domains.orchestration.start import run_now
from tests.domains.applications.factories import add_application

DRAFT = {"field": "status", "operator": "not_equals", "value": "Draft"}


def in_another_thread(action: Any) -> None:
    """Do it on a connection of its own, as another process would."""

    def work() -> None:
        try:
            action()
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


@pytest.mark.django_db
def test_applications_come_in_the_order_of_their_positions() -> None:
    add_application("skyflow", position=2)
    add_application("nexus", position=1)
    add_application("alpha", position=1, active=False)
    assert [info.slug for info in reads.application_list()] == ["alpha", "nexus", "skyflow"]
    assert [info.slug for info in reads.application_list(active_only=True)] == ["nexus", "skyflow"]
    assert reads.available_apps() == ["nexus", "skyflow"]
    assert reads.application_choices()[0] == ("alpha", "Alpha")


@pytest.mark.django_db
def test_an_unknown_application_is_refused_with_those_that_are_known() -> None:
    add_application("skyflow")
    add_application("retired", active=False)
    for slug in ("nexus", "retired", "", "SKYFLOW", "x" * 500):
        with pytest.raises(NotFound, match="Unknown application") as caught:
            reads.application_get(slug)
        assert caught.value.extra == {"available_apps": ["skyflow"]}
        assert len(caught.value.message) < 100


@pytest.mark.django_db
def test_a_filter_is_compiled_and_no_filter_lets_everything_pass() -> None:
    add_application("skyflow", filters={"feature": DRAFT})
    assert reads.application_filter("skyflow", "feature")({"status": "Live"})
    assert not reads.application_filter("skyflow", "feature")({"status": "Draft"})
    assert reads.application_filter("skyflow", "tier")({"status": "Draft"})


class Naming(VaultExtension):
    """Registers a function that rules may name."""

    name = "naming"

    def row_filters(self) -> dict[str, Any]:
        return {"short": lambda row: len(row["name"]) < 5}


@pytest.mark.django_db
def test_a_rule_may_name_a_function_of_an_extension_and_stops_when_that_is_gone(settings: Any) -> None:
    settings.VAULT_EXTENSIONS = [f"{__name__}.Naming"]
    registry.extensions.cache_clear()
    try:
        assert reads.function_names() == ["naming.short"]
        add_application("skyflow", filters={"tag": {"function": "naming.short"}})
        assert reads.application_filter("skyflow", "tag")({"name": "new"})
        assert not reads.application_filter("skyflow", "tag")({"name": "deprecated"})
        settings.VAULT_EXTENSIONS = []
        registry.extensions.cache_clear()
        with pytest.raises(ValidationFailed, match=r"naming\.short"):
            reads.application_filter("skyflow", "tag")
    finally:
        registry.extensions.cache_clear()


@pytest.mark.django_db(transaction=True)
def test_asking_again_costs_no_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    add_application("skyflow", filters={"feature": DRAFT})
    reads.application_list()
    with django_assert_num_queries(0):
        reads.application_get("skyflow")
        reads.available_apps()
        reads.application_filter("skyflow", "feature")


@pytest.mark.django_db(transaction=True)
def test_a_change_of_this_process_is_seen_at_once() -> None:
    add_application("skyflow")
    reads.application_list()
    run_now("applications", "update", app="skyflow", values={"name": "Renamed"})
    assert reads.application_get("skyflow").name == "Renamed"
    run_now("applications", "deactivate", app="skyflow")
    assert reads.available_apps() == []


@pytest.mark.django_db(transaction=True)
def test_a_change_of_another_process_is_seen_within_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    row = add_application("skyflow")
    reads.application_list()
    in_another_thread(lambda: applications.update(applications.get(uuid=row.uuid), name="Renamed"))
    a_second_later = time.monotonic() + 1
    monkeypatch.setattr(reads, "time", SimpleNamespace(monotonic=lambda: a_second_later))
    assert reads.application_get("skyflow").name == "Renamed"


@pytest.mark.django_db(transaction=True)
def test_what_a_transaction_has_not_committed_is_never_kept() -> None:
    row = add_application("skyflow")
    with pytest.raises(RuntimeError), atomic_write():
        applications.update(applications.get(uuid=row.uuid), name="Half done")
        assert reads.application_get("skyflow").name == "Half done"
        raise RuntimeError("undo")
    assert reads.application_get("skyflow").name == "Skyflow"


@pytest.mark.django_db(transaction=True)
def test_an_answer_that_a_change_has_overtaken_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    add_application("skyflow")
    load = reads._load

    def slow_load() -> Any:
        found = load()
        monkeypatch.setattr(reads, "_load", load)
        run_now("applications", "update", app="skyflow", values={"name": "Renamed"})
        return found

    reads.forget_applications()
    monkeypatch.setattr(reads, "_load", slow_load)
    reads.application_list()
    assert reads.application_get("skyflow").name == "Renamed"
