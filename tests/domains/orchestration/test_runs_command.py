"""`manage.py runs`."""

from __future__ import annotations

import getpass
import json
from io import StringIO
from pathlib import Path
from threading import Timer

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from domains.audit.reads import event_list
from domains.orchestration.models import Run, Worker
from domains.orchestration.start import run_now, start
from tests.domains.orchestration.drill import effects
from tests.domains.orchestration.family_drill import family_registered
from tests.domains.orchestration.processes import spawn
from tests.domains.orchestration.steering_drill import steered_registered

pytestmark = pytest.mark.django_db
UNKNOWN = "12345678-1234-5678-1234-567812345678"
SHELL = f"shell:{getpass.getuser()}"


def runs(*words: str) -> str:
    """What the command writes."""
    out = StringIO()
    call_command("runs", *words, stdout=out, stderr=out)
    return out.getvalue()


def refused(*words: str) -> tuple[str, int]:
    """Why the command fails, with what it wrote before, and its exit status."""
    out = StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("runs", *words, stdout=out, stderr=out)
    return f"{out.getvalue()}{caught.value}", caught.value.returncode


def test_nothing_has_run_yet() -> None:
    assert runs("list") == "Nothing has run yet.\n"


def test_the_list_is_a_table_of_the_newest_runs() -> None:
    run_now("drill", "program", program=[])
    queued = start("drill", "program", program=[], queue="bulk")
    heading, first, second = runs("list").splitlines()
    assert heading.split() == ["UUID", "Run", "State", "Queue", "Attempt", "Created", "Seconds", "By"]
    assert first.split()[:5] == [str(queued.uuid), "drill.program", "queued", "bulk", "0"]
    assert second.split()[2] == "success"
    assert [line.index("drill.program") for line in (first, second)] == [heading.index("Run")] * 2


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (["--state", "queued"], 2),
        (["--state", "queued", "--state", "success"], 3),
        (["--orchestrator", "trace"], 0),
        (["--queue", "bulk"], 1),
        (["--limit", "2"], 2),
    ],
)
def test_the_list_can_be_narrowed(words: list[str], count: int) -> None:
    run_now("drill", "program", program=[])
    start("drill", "program", program=[])
    start("drill", "program", program=[], queue="bulk")
    assert len(json.loads(runs("list", "--json", *words))) == count
    lines = runs("list", *words).splitlines()
    assert len(lines) == count + 1 if count else lines == ["No run is like that."]


def test_a_run_is_shown_with_its_steps_errors_and_log() -> None:
    with pytest.raises(ZeroDivisionError):
        run_now("drill", "program", program=[{"name": "a", "undo": "fail"}, {"name": "b", "does": "raise"}])
    run = Run.objects.get()
    text = runs("show", run.uuid.hex)
    assert f"drill.program {run.uuid}" in text
    assert "rollback_failed" in text
    assert "2 Act b: The step “Act b” failed unexpectedly (ZeroDivisionError)." in text
    assert "1 Act a, rollback: The rollback of “Act a” failed unexpectedly" in text
    assert "acting a" in text
    assert "Traceback" not in text
    assert "s3cr3t" not in text
    shown = json.loads(runs("show", str(run.uuid), "--json"))
    assert (shown["uuid"], shown["steps"][0]["rollback_state"]) == (run.uuid.hex, "failed")


@pytest.mark.parametrize(
    ("verb", "state", "after", "action"),
    [
        ("cancel", "queued", "cancelled", "cancelled"),
        ("resume", "dead", "queued", "resumed"),
        ("retry-step", "waiting", "queued", "step_retried"),
        ("retry-rollback", "rollback_failed", "queued", "rollback_retried"),
    ],
)
def test_steering_is_recorded_in_the_name_of_the_shell(verb: str, state: str, after: str, action: str) -> None:
    info = start("drill", "program", program=[])
    Run.objects.update(state=state, waits_for="retry" if state == "waiting" else "")
    assert runs(verb, str(info.uuid)) == f"{info.uuid}: {after}\n"
    event = event_list().latest("id")
    assert (event.action, event.actor_name) == (f"orchestration.run.{action}", SHELL)


def test_running_again_names_the_new_run() -> None:
    info = run_now("drill", "program", program=[{"name": "a"}])
    text = runs("again", str(info.uuid))
    new = Run.objects.latest("id")
    assert text == f"{info.uuid}: New run {new.uuid} queued\n"
    assert (new.actor_name, new.again_of is not None) == (SHELL, True)


def test_several_are_steered_and_those_that_cannot_be_are_named() -> None:
    ended, queued = run_now("drill", "program", program=[]), start("drill", "program", program=[])
    text, status = refused("cancel", str(ended.uuid), UNKNOWN, str(queued.uuid))
    assert f"{ended.uuid}: The run has ended" in text
    assert f"{UNKNOWN}: There is no such run." in text
    assert f"{queued.uuid}: cancelled" in text
    assert text.endswith("cancel: 2 of 3 refused.")
    assert status == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["show", "abc"], "“abc” is no uuid"),
        (["cancel", "abc"], "“abc” is no uuid"),
        (["list", "--limit", "0"], "1 to 1000"),
        (["start", "dril.program"], "Did you mean drill?"),
        (["start", "drill.progam"], "Did you mean program?"),
        (["start", "drill"], "no method “”"),
        (["start", "drill.program"], "missing a required argument: 'program'"),
        (["start", "drill.program", "program"], "write name=value"),
        (["start", "drill.program", "program=[]", "queue=bulk"], "No argument can be called queue"),
        (["start", "drill.program", "program=[]", "--deadline", "0"], "above 0"),
        (["start", "drill.program", "program=[NaN]"], "nan"),
    ],
)
def test_wrong_input_is_told_in_a_sentence_and_status_2(words: list[str], says: str) -> None:
    text, status = refused(*words)
    assert says in text
    assert status == 2
    assert not Run.objects.exists()


@pytest.mark.parametrize("words", [["list", "--state", "nonsense"], ["dance"], []])
def test_an_unknown_verb_or_choice_is_refused(words: list[str]) -> None:
    text, _ = refused(*words)
    assert "choose from" in text or "required" in text


def test_an_unknown_run_is_status_1() -> None:
    assert refused("show", UNKNOWN) == (f"{UNKNOWN}: There is no such run.", 1)


def test_a_run_is_started_with_arguments_and_options() -> None:
    words = ["--key", "k", "--queue", "bulk", "--priority", "4", "--application", "nexus", "--deadline", "60"]
    first = runs("start", "drill.program", 'program=[{"name": "a"}]', *words)
    run = Run.objects.get()
    assert first == f"{run.uuid} queued\n"
    assert (run.queue, run.priority, run.application, run.actor_name) == ("bulk", 4, "nexus", SHELL)
    assert run.args == {"program": [{"name": "a"}]}
    assert run.deadline is not None
    assert runs("start", "drill.program", "program=[]", *words) == f"{run.uuid} queued, active already\n"


def test_waiting_without_a_worker_carries_the_run_out_here() -> None:
    text = runs("start", "drill.program", 'program=[{"name": "a"}]', "--wait")
    assert "No worker is running" in text
    assert text.endswith(f"{Run.objects.get().uuid} success\n")
    assert effects() == ["a"]


def test_waiting_without_a_worker_goes_on_after_a_long_pause(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.touch()
    with steered_registered():
        timer = Timer(1.0, broken.unlink)
        timer.start()
        step = json.dumps([{"name": "a", "while_": str(broken)}])
        text = runs("start", "steered.steps", f"steps={step}", "attempts=2", "first_s=2.1", "--wait")
        timer.join()
    assert text.endswith("success\n")
    assert effects() == ["a"]


def test_waiting_without_a_worker_carries_children_out_too() -> None:
    with family_registered():
        children = json.dumps([[{"name": name}] for name in "abc"])
        text = runs("start", "family.parent", f"children={children}", "limit=2", "--wait")
    assert text.endswith("success\n")
    assert Run.objects.filter(state="success").count() == 4


def test_waiting_for_a_run_that_fails_is_status_1() -> None:
    text, status = refused("start", "drill.program", 'program=[{"name": "a", "does": "upstream"}]', "--wait")
    assert "rolled_back. The other side is down." in text
    assert status == 1


def test_waiting_is_not_for_ever() -> None:
    now = timezone.now()
    Worker.objects.create(host="m1", pid=1, started=now, seen=now)
    text, status = refused("start", "drill.program", "program=[]", "--wait", "--timeout", "0.1")
    assert "has not ended after 0.1 s" in text
    assert status == 1


@pytest.mark.django_db(transaction=True)
def test_the_exit_status_reaches_the_shell() -> None:
    process = spawn("manage.py", "runs", "show", "abc")
    output, _ = process.communicate(timeout=60)
    assert (process.returncode, "is no uuid" in output, "Traceback" in output) == (2, True, False)
