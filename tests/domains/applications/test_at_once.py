"""Several people changing applications at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from domains.applications import reads
from domains.audit.reads import event_list
from domains.base.errors import Conflict, ValidationFailed
from domains.orchestration.start import run_now
from tests.domains.applications.factories import add_application

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE = 6


def all_at_once(action: Callable[[int], object]) -> list[str]:
    """What each of PEOPLE got: "done", or the name of the error that it was refused with."""
    outcomes: list[str] = []
    start = threading.Barrier(PEOPLE)

    def work(number: int) -> None:
        start.wait()
        try:
            action(number)
            outcomes.append("done")
        except (Conflict, ValidationFailed) as error:
            outcomes.append(type(error).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(PEOPLE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


def test_of_several_editors_of_one_version_exactly_one_wins() -> None:
    add_application("skyflow")
    outcomes = all_at_once(
        lambda number: run_now("applications", "update", app="skyflow", values={"name": f"By {number}"}, version=1)
    )
    assert outcomes == ["Conflict"] * (PEOPLE - 1) + ["done"]
    assert reads.application_get("skyflow").version == 2
    assert [event.action for event in event_list()].count("applications.application.updated") == 1


def test_of_several_who_add_the_same_address_exactly_one_wins() -> None:
    outcomes = all_at_once(
        lambda number: run_now("applications", "create", values={"slug": "skyflow", "name": f"By {number}"})
    )
    assert outcomes == ["ValidationFailed"] * (PEOPLE - 1) + ["done"]
    assert len(reads.application_list()) == 1


def test_changes_of_different_fields_are_all_kept() -> None:
    add_application("skyflow")
    changes = [{"name": "New"}, {"description": "New"}, {"features": ["new"]}, {"position": 9}, {"active": False}, {}]
    assert (
        all_at_once(lambda number: run_now("applications", "update", app="skyflow", values=changes[number]))
        == ["done"] * 6
    )
    info = reads.application_get("skyflow", active_only=False)
    assert (info.name, info.description, info.features, info.position, info.active) == ("New", "New", ["new"], 9, False)
    assert info.version == 6
