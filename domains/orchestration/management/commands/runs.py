"""`manage.py runs`: list runs, look at one, and steer them from a shell.

Exit status: 0 done, 1 refused or not successful, 2 wrong input.
"""

from __future__ import annotations

import getpass
import json
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from time import monotonic, sleep
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.core.serializers.json import DjangoJSONEncoder

from domains.base.ambient import ambient
from domains.base.errors import ValidationFailed, VaultError
from domains.orchestration import orchestrator, reads
from domains.orchestration.calls import check_call
from domains.orchestration.carry_out import carry_out
from domains.orchestration.exceptions import OrchestrationError
from domains.orchestration.reaper import reap
from domains.orchestration.serializers import RunDetailSerializer, RunSerializer
from domains.orchestration.shell_output import HEADINGS, error_words, run_lines, run_row, state_words, table
from domains.orchestration.start import RunInfo, start
from domains.orchestration.states import Queue, RunState

MOST = 1000
POLL_S = 0.2
WRONG = 2
FAMILY = 20
"""Children looked at before the run itself is looked at again."""
STEERING: dict[str, tuple[Callable[[UUID], Any], str]] = {
    "cancel": (orchestrator.cancel_run, "Stop before the next step and roll back, child runs first."),
    "resume": (orchestrator.resume_run, "Let a dead or blocked run go on where it stopped."),
    "retry-step": (orchestrator.retry_step, "Make the next attempt of a waiting step now."),
    "retry-rollback": (orchestrator.retry_rollback, "Repeat the rollbacks that have failed."),
    "again": (orchestrator.run_again, "Start a new run with the same arguments."),
}


class Command(BaseCommand):
    """Does what the page of runs does, in the name of shell:<user>."""

    help = "List runs, look at one, and steer them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One verb, and what it needs."""
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="verb")
        self._list_arguments(verbs.add_parser("list", help="The newest runs."))
        show = verbs.add_parser("show", help="One run with its steps and the end of its log.")
        show.add_argument("uuid")
        show.add_argument("--json", action="store_true", help="As the JSON interface has it.")
        for verb, (_, words) in STEERING.items():
            verbs.add_parser(verb, help=words).add_argument("uuids", nargs="+", metavar="uuid")
        self._start_arguments(verbs.add_parser("start", help="Start a run."))

    def _list_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--state", action="append", choices=RunState.values, help="May be repeated.")
        parser.add_argument("--orchestrator", help="Such as trace.")
        parser.add_argument("--queue", choices=Queue.values)
        parser.add_argument("--limit", type=int, default=20, help=f"How many at most, 1 to {MOST}; 20 by default.")
        parser.add_argument("--json", action="store_true", help="A JSON array, as the JSON interface has it.")

    def _start_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", metavar="orchestrator.method", help="Such as trace.export.")
        parser.add_argument("arguments", nargs="*", metavar="name=value", help="Arguments; a value is JSON, else text.")
        parser.add_argument("--key", default="", help="While its run of this key is active, it is that one.")
        parser.add_argument("--queue", choices=Queue.values, default=Queue.DEFAULT.value)
        parser.add_argument("--priority", type=int, default=0, help="Higher ones come first in their queue.")
        parser.add_argument("--application", default="")
        parser.add_argument("--deadline", type=float, metavar="S", help="Seconds after which it turns back.")
        parser.add_argument("--wait", action="store_true", help="Wait for the end; fail if the run did not succeed.")
        parser.add_argument("--timeout", type=float, default=600.0, metavar="S", help="How long --wait waits at most.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what the verb says. Raises CommandError with the exit status."""
        verb: str = options["verb"]
        with ambient(actor_id=None, actor_name=_shell_user()):
            if verb == "list":
                self._list(options)
            elif verb == "show":
                self._show(_uuid(options["uuid"]), as_json=options["json"])
            elif verb == "start":
                self._start(options)
            else:
                self._steer(verb, options["uuids"])

    def _list(self, options: dict[str, Any]) -> None:
        if not 1 <= options["limit"] <= MOST:
            raise CommandError(f"--limit is a number from 1 to {MOST}.", returncode=WRONG)
        wanted = {"state__in": options["state"], "orchestrator": options["orchestrator"], "queue": options["queue"]}
        found = reads.run_list().filter(**{name: value for name, value in wanted.items() if value})
        rows = list(found[: options["limit"]])
        if options["json"]:
            self._json(RunSerializer(rows, many=True, context={"request": None}).data)
        elif rows:
            self._lines(table(HEADINGS, map(run_row, rows)))
        else:
            self.stdout.write("No run is like that." if any(wanted.values()) else "Nothing has run yet.")

    def _show(self, uuid: UUID, *, as_json: bool) -> None:
        try:
            detail = reads.run_detail(uuid)
        except VaultError as error:
            raise CommandError(f"{uuid}: {error.message}") from error
        if as_json:
            self._json(RunDetailSerializer(detail.run, context={"request": None, "detail": detail}).data)
        else:
            self._lines(run_lines(detail, reads.run_family(detail.run)))

    def _steer(self, verb: str, texts: Sequence[str]) -> None:
        uuids, refused = [_uuid(text) for text in texts], 0
        for uuid in uuids:
            try:
                found = STEERING[verb][0](uuid)
            except (VaultError, OrchestrationError) as error:
                refused += 1
                self.stderr.write(f"{uuid}: {error}")
            else:
                run = reads.run_get(found.uuid)
                new = f" New run {run.uuid}" if run.uuid != uuid else ""
                self.stdout.write(f"{uuid}:{new} {state_words(run)}")
        if refused:
            raise CommandError(f"{verb}: {refused} of {len(uuids)} refused.")

    def _start(self, options: dict[str, Any]) -> None:
        name, _, method = options["name"].partition(".")
        args = dict(_argument(text) for text in options["arguments"])
        values = {option: options[option] for option in ("key", "queue", "priority", "application")}
        try:
            check_call(name, method, args)
            info = start(name, method, deadline_s=options["deadline"], **values, **args)
        except ValidationFailed as error:
            raise CommandError(error.message, returncode=WRONG) from error
        except (VaultError, OrchestrationError) as error:
            raise CommandError(f"{options['name']} could not be started: {error}") from error
        self.stdout.write(f"{info.uuid} {info.state}" + ("" if info.created else ", active already"))
        if options["wait"]:
            self._wait(info, options["timeout"])

    def _wait(self, info: RunInfo, timeout: float) -> None:
        until = monotonic() + timeout
        if here := reads.is_worker_missing():
            self.stdout.write("No worker is running, so the run is carried out here.")
        while reads.run_get(info.uuid).is_active:
            if monotonic() > until:
                raise CommandError(f"The run has not ended after {timeout:g} s. It goes on; see {info.url}")
            if not (here and (_carry_out_family(info.uuid) or reap())):
                sleep(POLL_S)
        run = reads.run_get(info.uuid)
        if run.state not in (RunState.SUCCESS, RunState.EXITED):
            raise CommandError(f"{run.uuid} {state_words(run)}. {error_words(run.error)}")
        self.stdout.write(f"{run.uuid} {state_words(run)}")

    def _lines(self, lines: Any) -> None:
        for line in lines:
            self.stdout.write(line)

    def _json(self, value: Any) -> None:
        self.stdout.write(json.dumps(value, cls=DjangoJSONEncoder, indent=2, ensure_ascii=False))


def _carry_out_family(uuid: UUID) -> bool:
    """Carry out what can be of this run and of its children here; whether there was anything."""
    run = reads.run_get(uuid)
    children = reads.run_list().filter(parent=run, state__in=reads.active_states())[:FAMILY]
    return carry_out(run.pk) or any(_carry_out_family(child.uuid) for child in children)


def _argument(text: str) -> tuple[str, Any]:
    name, sign, value = text.partition("=")
    if not sign or not name.isidentifier():
        raise CommandError(f"“{text}” is no argument; write name=value, such as app=skyflow.", returncode=WRONG)
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _uuid(text: str) -> UUID:
    found = reads.as_uuid(text)
    if found is None:
        raise CommandError(f"“{text}” is no uuid of a run; manage.py runs list shows them.", returncode=WRONG)
    return found


def _shell_user() -> str:
    try:
        return f"shell:{getpass.getuser()}"[:150]
    except (KeyError, OSError):
        return "shell"
