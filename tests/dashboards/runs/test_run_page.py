"""The page of a run and its card, in every state."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from domains.orchestration.models import Run, RunLog
from domains.orchestration.service import runs, workers
from domains.orchestration.start import run_now, start
from domains.orchestration.tasks import run_queued
from tests.domains.orchestration.test_api import allow

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def failed(**step: Any) -> Run:
    """A run that was rolled back."""
    with suppress(ZeroDivisionError, Exception):
        run_now("drill", "program", program=[{"name": "a", **step}, {"name": "b", "does": "raise"}])
    return Run.objects.get()


def page_of(client: Client, run: Any, query: str = "", **headers: str) -> str:
    answer = client.get(f"/runs/{run.uuid}/{query}", headers=headers or None)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_finished_run_shows_its_steps_log_and_changes(staff_client: Client) -> None:
    info = run_now("drill", "program", program=[{"name": "a"}, {"name": "b"}], application="nexus")
    page = page_of(staff_client, info)
    assert "Drill program for nexus" in page
    assert "2 of 2 steps done" in page
    assert "acting b" in page
    assert "Drill effect" in page
    assert page.count('<rect class="done" x=') == 2
    assert "hx-trigger" not in re.sub(r"<form.*?</form>", "", page.split('id="run"')[1].split(">")[0])


def test_an_active_run_polls_and_an_ended_one_does_not(staff_client: Client) -> None:
    info = start("drill", "program", program=[{"name": "a"}])
    for query in ("", "?card"):
        assert 'hx-trigger="vault:tick-3 from:body"' in page_of(staff_client, info, query, **HTMX)
    run_queued()
    for query in ("", "?card"):
        answer = staff_client.get(f"/runs/{info.uuid}/{query}", headers=HTMX)
        assert "hx-trigger" not in answer.content.decode()
        assert "<html" not in answer.content.decode()
        assert answer["HX-Trigger"] == "vault:refresh"


def test_a_fragment_that_has_not_changed_is_a_304(staff_client: Client) -> None:
    info = start("drill", "program", program=[{"name": "a"}])
    etag = staff_client.get(f"/runs/{info.uuid}/?card", headers=HTMX)["ETag"]
    same = staff_client.get(f"/runs/{info.uuid}/?card", headers={**HTMX, "If-None-Match": etag})
    assert (same.status_code, same.content) == (304, b"")
    runs.request_cancel(Run.objects.get().pk)
    changed = staff_client.get(f"/runs/{info.uuid}/?card", headers={**HTMX, "If-None-Match": etag})
    assert changed.status_code == 200
    assert "Cancelling" in changed.content.decode()


def test_a_queued_run_without_a_worker_says_so(staff_client: Client) -> None:
    info = start("drill", "program", program=[{"name": "a"}])
    assert "No worker is running" in page_of(staff_client, info, "?card")
    workers.beat("here", 1, timezone.now())
    assert "No worker is running" not in page_of(staff_client, info, "?card")


def test_a_card_that_waits_learns_that_a_worker_has_come(staff_client: Client) -> None:
    info = start("drill", "program", program=[{"name": "a"}])
    etag = staff_client.get(f"/runs/{info.uuid}/?card", headers=HTMX)["ETag"]
    workers.beat("here", 1, timezone.now())
    later = staff_client.get(f"/runs/{info.uuid}/?card", headers={**HTMX, "If-None-Match": etag})
    assert later.status_code == 200


def test_the_card_shows_how_far_the_run_is(staff_client: Client) -> None:
    start("drill", "program", program=[{"name": "a"}, {"name": "b"}, {"name": "c"}, {"name": "d"}])
    run = Run.objects.get()
    runs.claim(run, "somebody")
    Run.objects.update(cursor=2)
    for seq in (0, 1):
        run.steps.create(
            seq=seq, phase="fwd", name="x", kind="db", state="done", started=run.created, ended=run.created
        )
    run.steps.create(
        seq=2, phase="fwd", name="x", kind="external", state="started", started=run.created, progress_done=412,
        progress_total=824, progress_note="pages",
    )  # fmt: skip
    card = page_of(staff_client, run, "?card")
    assert "Step 3 of 4: Act c (412 of 824 pages)" in card
    assert 'value="62"' in card
    assert 'aria-current="step"' in card


def test_a_failed_run_says_why_and_what_to_do(staff_client: Client) -> None:
    run = failed()
    page = page_of(staff_client, run)
    assert "failed unexpectedly (ZeroDivisionError)" in page
    assert "Mend the cause, then run it again. Administrators see its traceback" in page
    assert 'class="undone"' in page
    assert 'class="failed"' in page


def test_a_run_that_ended_by_itself_says_after_which_step(staff_client: Client) -> None:
    info = run_now("drill", "program", program=[{"name": "a"}, {"name": "b", "does": "200"}, {"name": "c"}])
    assert "It ended by itself after step 2 of 3" in page_of(staff_client, info, "?card")


def test_the_message_of_a_result_is_shown(staff_client: Client) -> None:
    info = run_now("drill", "program", program=[])
    Run.objects.update(result={"message": "Published 12 features."})
    assert "<p>Published 12 features.</p>" in page_of(staff_client, info, "?card")


def test_a_cause_that_may_pass_says_to_try_again_later(staff_client: Client) -> None:
    start("drill", "program", program=[{"name": "a", "does": "upstream"}])
    run_queued()
    page = page_of(staff_client, Run.objects.get(), "?card")
    assert "The other side is down." in page
    assert "run it again in a while" in page


def test_a_failed_rollback_is_shown_at_its_step(staff_client: Client) -> None:
    page = page_of(staff_client, failed(undo="fail"))
    assert "The rollback of “Act a” failed" in page
    assert "undo 4" in page
    assert "then retry the rollback" in page


def test_only_superusers_see_the_traceback(staff_client: Client, admin_client: Client) -> None:
    run = failed()
    assert "Traceback" not in page_of(staff_client, run)
    page = page_of(admin_client, run)
    assert "Traceback (most recent call last)" in page
    assert "s3cr3t" not in page


@pytest.mark.parametrize(
    ("state", "codename", "action", "label"),
    [
        ("queued", "cancel_run", "cancel", "Cancel"),
        ("rolled_back", "retry_run", "again", "Run again"),
        ("dead", "retry_run", "resume", "Resume"),
        ("blocked", "retry_run", "resume", "Resume"),
    ],
)
def test_a_button_is_there_for_those_who_may(
    staff: User, staff_client: Client, state: str, codename: str, action: str, label: str
) -> None:
    info = start("drill", "program", program=[])
    Run.objects.update(state=state)
    path = f"/runs/{info.uuid}/{action}/"
    assert f'action="{path}"' not in page_of(staff_client, info)
    assert staff_client.post(path).status_code == 403
    allow(staff, codename)
    allow(staff, "add_run")
    page = page_of(staff_client, info)
    assert f'action="{path}"' in page
    assert label in page
    answer = staff_client.post(path)
    assert answer.status_code == 303
    assert answer["Location"].startswith("/runs/")
    assert staff_client.get(path).status_code == 405


def test_cancelling_from_the_card_answers_with_the_card(admin_client: Client) -> None:
    info = start("drill", "program", program=[])
    answer = admin_client.post(f"/runs/{info.uuid}/cancel/", {"part": "card"}, headers=HTMX)
    page = answer.content.decode()
    assert f'id="run-card-{info.uuid.hex}"' in page
    assert "Cancelled" in page
    assert "hx-trigger" not in page.split("toast")[0]


def test_cancelling_what_has_ended_is_a_conflict_in_words(admin_client: Client) -> None:
    info = run_now("drill", "program", program=[])
    answer = admin_client.post(f"/runs/{info.uuid}/cancel/", headers=HTMX)
    assert answer.status_code == 409
    assert "nothing to cancel" in answer.json()["title"]


def test_an_unknown_run_is_a_404_page(staff_client: Client) -> None:
    answer = staff_client.get("/runs/12345678-1234-5678-1234-567812345678/")
    assert answer.status_code == 404
    assert b"<html" in answer.content


def test_text_of_steps_is_escaped(staff_client: Client) -> None:
    start("drill", "program", program=[{"name": "<b>bold</b>"}])
    run_queued()
    page = page_of(staff_client, Run.objects.get())
    assert "<b>bold</b>" not in page
    assert "&lt;b&gt;bold" in page


def test_a_long_log_shows_its_newest_lines(staff_client: Client) -> None:
    info = run_now("drill", "program", program=[])
    run = Run.objects.get()
    RunLog.objects.bulk_create(RunLog(run=run, seq=0, at=timezone.now(), line=f"line {n} end") for n in range(250))
    page = page_of(staff_client, info)
    assert "50 older lines" in page
    assert "line 49 end" not in page
    assert "line 249 end" in page


def test_the_page_is_found_by_either_form_of_the_uuid(staff_client: Client) -> None:
    info = start("drill", "program", program=[{"name": "a"}])
    for form in (str(info.uuid), info.uuid.hex):
        assert staff_client.get(f"/runs/{form}/").status_code == 200, form
    assert staff_client.get("/runs/0123/").status_code == 404


def test_a_result_is_shown_figure_by_figure_as_json(staff_client: Client) -> None:
    info = start("drill", "program", program=[])
    Run.objects.update(result={"message": "Published.", "changed": True, "counts": {"features": 2}}, state="success")
    page = page_of(staff_client, info)
    assert "<dt>Changed</dt><dd><code>true</code></dd>" in page
    assert "<dt>Counts</dt><dd><code>{&quot;features&quot;: 2}</code></dd>" in page
    assert page.count("Published.") == 1


def test_steps_that_an_ended_run_never_came_to_are_not_waiting(staff_client: Client) -> None:
    start("drill", "program", program=[{"name": "a", "does": "raise"}, {"name": "b"}])
    run_queued()
    page = page_of(staff_client, Run.objects.get())
    assert "Not reached" in page
    assert "Waiting" not in page
