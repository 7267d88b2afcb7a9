"""`manage.py list_apps` and the demo applications."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import call_command

from domains.applications import reads
from domains.applications.demo import load_demo
from domains.audit.reads import event_list
from domains.orchestration.start import run_now

pytestmark = pytest.mark.django_db


def printed(*args: str) -> str:
    out = StringIO()
    call_command("list_apps", *args, stdout=out)
    return out.getvalue()


def test_it_says_so_when_there_is_none() -> None:
    assert "No application is registered yet" in printed()
    assert json.loads(printed("--json")) == []


def test_it_prints_a_table_and_the_filters_as_sentences() -> None:
    load_demo()
    run_now("applications", "deactivate", app="nexus")
    lines = printed().splitlines()
    assert lines[0].split() == ["Slug", "Name", "State", "Features", "Filters"]
    assert lines[1].startswith("skyflow  Skyflow  active    flow, clout, kudos")
    assert lines[2].startswith("nexus    Nexus    inactive")
    assert "  feature: Applications contains skyflow and Status is none of Idea, Deprecated." in lines


def test_json_is_complete() -> None:
    load_demo()
    skyflow, nexus = json.loads(printed("--json"))
    assert (skyflow["slug"], skyflow["features"], skyflow["active"]) == ("skyflow", ["flow", "clout", "kudos"], True)
    assert len(skyflow["uuid"]) == 32
    assert nexus["filters"]["feature"]["and"][0]["value"] == "nexus"


def test_the_demo_is_loaded_once_and_leaves_changes_alone() -> None:
    load_demo()
    run_now("applications", "update", app="skyflow", values={"name": "Ours"})
    before = event_list().count()
    load_demo()
    assert reads.application_get("skyflow").name == "Ours"
    assert event_list().count() == before


def test_the_demo_filters_keep_what_they_should() -> None:
    load_demo()
    keep = reads.application_filter("skyflow", "feature")
    assert keep({"applications": ["skyflow", "nexus"], "status": "Shipped"})
    assert not keep({"applications": ["nexus"], "status": "Shipped"})
    assert not keep({"applications": ["skyflow"], "status": "Idea"})
