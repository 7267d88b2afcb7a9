"""The checker: what must hold of every run once everything is over, whatever died meanwhile.

I1 it is final. I2 a database step's effect is there once if the step is done, else not. I3 an external step was called
with one key only. I4 rollbacks ran once, in reverse. I5 the journal has no gap. I6 the journal's changes give the
context. I7 no step was committed twice. I8 no acknowledged run is missing. I9 no lease is forgotten. I10 the end is the
one that the model predicts.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from domains.orchestration.models import Run, Step
from domains.orchestration.service.clock import from_now
from domains.orchestration.states import CLAIMED, FINISHED
from tests.faults import world
from tests.faults.ends import check_end
from tests.faults.service import Service

BATCH = 500


@dataclass(slots=True)
class Facts:
    """All that is known of one run; `calls` counts the requests of each (seq, phase, key)."""

    run: Run
    steps: list[Step]
    effects: list[world.Effect] = field(default_factory=list)
    noted: list[world.Noted] = field(default_factory=list)
    calls: Counter[tuple[int, str, str]] = field(default_factory=Counter)

    def journal(self, phase: str, *states: str) -> list[int]:
        """Numbers of the steps of that phase in one of these states, in the order of the numbers."""
        return sorted(step.seq for step in self.steps if step.phase == phase and step.state in states)

    def kind(self, seq: int) -> str:
        """The step's kind, as planned."""
        return str(self.run.plan["steps"][seq]["kind"])


@dataclass(slots=True)
class Findings:
    """`broken` holds a sentence for each fault; `twice` and `lost` count effects and runs."""

    runs: int = 0
    steps: int = 0
    effects: int = 0
    twice: int = 0
    lost: int = 0
    broken: list[str] = field(default_factory=list)


def check(service: Service, acknowledged: Iterable[UUID] = ()) -> Findings:
    """Every run of the database, with what the tables and the service know of it."""
    findings = Findings()
    wanted = set(acknowledged)
    effects, noted, calls = _effects(), _noted(), _calls(service)
    for batch in _batches():
        for run in batch:
            wanted.discard(run.uuid)
            name = str(run.uuid)
            facts = Facts(
                run,
                list(run.steps.all()),
                effects.pop(name, []),
                noted.pop(run.pk, []),
                calls.pop(name, Counter()),
            )
            _add(findings, facts)
    findings.lost += len(wanted)
    findings.broken += [f"I8: the run {uuid} was acknowledged and is missing." for uuid in wanted]
    findings.broken += [f"I2: effects of the run {name}, which is not there." for name in effects.keys() | calls.keys()]
    return findings


def stale_leases(older_than_s: float) -> list[str]:
    """I9: a sentence for each claimed run whose lease ended longer ago than that and that nobody has taken."""
    stale = Run.objects.filter(state__in=CLAIMED, lease_until__lt=from_now(-timedelta(seconds=older_than_s)))
    return [f"I9: the lease of {run.uuid} ended at {run.lease_until} and nobody has taken it." for run in stale]


def broken_of(facts: Facts) -> list[str]:
    """What is broken in one run."""
    return [
        f"{fault} ({facts.run.uuid}, {facts.run.state}, program {facts.run.args.get('program')})"
        for rule in (_is_final, _effects_once, _one_key, _rolled_back_in_reverse, _no_gap, _replays, _committed_once)
        for fault in rule(facts)
    ] + [f"I10: {fault} ({facts.run.uuid})" for fault in check_end(facts.run)]


def _add(findings: Findings, facts: Facts) -> None:
    findings.runs += 1
    findings.steps += len(facts.steps)
    findings.effects += len(facts.effects) + len(facts.calls)
    times = Counter((effect.seq, effect.phase) for effect in facts.effects)
    findings.twice += sum(count - 1 for count in times.values())
    findings.broken += broken_of(facts)


def _is_final(facts: Facts) -> Iterator[str]:
    if facts.run.state not in FINISHED:
        yield f"I1: it is {facts.run.state} {facts.run.waits_for}, attempt {facts.run.attempt}, {facts.run.error}."
    if left := [f"{s.seq} {s.phase} {s.state}" for s in facts.steps if s.state in ("started", "retrying")]:
        yield f"I1: steps are under way although it has ended: {left}."


def _effects_once(facts: Facts) -> Iterator[str]:
    times = Counter((effect.seq, effect.phase) for effect in facts.effects)
    for phase in ("fwd", "back"):
        for seq in range(len(facts.run.plan["steps"])):
            if facts.kind(seq) == "external":
                continue
            done = seq in facts.journal(phase, "done") or (phase == "fwd" and _failed_by_a_child(facts, seq))
            if times.pop((seq, phase), 0) != int(done):
                found = [effect for effect in facts.effects if (effect.seq, effect.phase) == (seq, phase)]
                yield f"I2: the step {seq} {phase} is {'done' if done else 'not done'}, its effects are {found}."
    if times:
        yield f"I2: effects of steps that are not in the plan: {dict(times)}."


def _failed_by_a_child(facts: Facts, seq: int) -> bool:
    return any(
        s.error is not None and s.error.get("code") == "child_failed" and s.seq == seq and s.phase == "fwd"
        for s in facts.steps
    )


def _one_key(facts: Facts) -> Iterator[str]:
    for seq, phase, key in facts.calls:
        if key != f"{facts.run.uuid}:{seq}":
            yield f"I3: the step {seq} {phase} was called with the key {key}."
        if seq not in facts.journal(phase, "done", "failed"):
            yield f"I3: the step {seq} {phase} was called and is not in the journal."
    called = {(seq, phase) for seq, phase, _ in facts.calls}
    for phase in ("fwd", "back"):
        for seq in facts.journal(phase, "done"):
            if facts.kind(seq) == "external" and (seq, phase) not in called:
                yield f"I3: the external step {seq} {phase} is done and was never called."


def _rolled_back_in_reverse(facts: Facts) -> Iterator[str]:
    planned = facts.run.plan["steps"]
    expected: list[int] = []
    if facts.run.direction == "back":
        expected = [seq for seq in facts.journal("fwd", "done") if planned[seq]["rollback"]]
        for seq in facts.journal("fwd", "failed"):
            undoes_itself = planned[seq]["rollback_self"] and facts.kind(seq) == "external"
            if planned[seq]["rollback"] and (undoes_itself or _failed_by_a_child(facts, seq)):
                expected.append(seq)
    ran = [row.seq for row in facts.noted if row.phase == "back"]
    if ran != sorted(expected, reverse=True):
        yield f"I4: the rollbacks ran as {ran} instead of {sorted(expected, reverse=True)}."
    if ran and facts.run.state in ("success", "exited"):
        yield f"I4: rollbacks ran: {ran}."


def _no_gap(facts: Facts) -> Iterator[str]:
    done, failed = facts.journal("fwd", "done"), facts.journal("fwd", "failed")
    if [*done, *failed] != list(range(len(done) + len(failed))) or len(failed) > 1:
        yield f"I5: the journal has {done} done and {failed} failed."
    if facts.run.state in ("success", "exited") and (facts.run.cursor != len(done) or failed):
        yield f"I5: the cursor is {facts.run.cursor}, with {len(done)} steps done and {failed} failed."
    if facts.run.state == "success" and len(done) != len(facts.run.plan["steps"]):
        yield f"I5: it succeeded with {len(done)} of {len(facts.run.plan['steps'])} steps."


def _replays(facts: Facts) -> Iterator[str]:
    context: dict[str, object] = {}
    for phase, down in (("fwd", False), ("back", True)):
        for step in sorted((s for s in facts.steps if s.phase == phase), key=lambda s: s.seq, reverse=down):
            context |= step.delta
    if context != facts.run.context:
        yield f"I6: the journal gives the context {context}, stored is {facts.run.context}."


def _committed_once(facts: Facts) -> Iterator[str]:
    epochs: dict[tuple[int, str, str], list[int]] = defaultdict(list)
    for row in facts.noted:
        epochs[row.seq, row.phase, row.state].append(row.epoch)
    for (seq, phase, state), found in epochs.items():
        if len(found) > 1:
            yield f"I7: the step {seq} {phase} was {state} in the claims {found}."
    rows = {(step.seq, step.phase, step.state) for step in facts.steps if step.state in ("done", "failed")}
    if missing := rows - epochs.keys():
        yield f"I7: journal rows that nobody saw being written: {missing}."


def _batches() -> Iterator[list[Run]]:
    last = 0
    while batch := list(Run.objects.filter(pk__gt=last).order_by("pk").prefetch_related("steps")[:BATCH]):
        yield batch
        last = batch[-1].pk


def _effects() -> dict[str, list[world.Effect]]:
    found = defaultdict(list)
    for effect in world.effects():
        found[effect.run].append(effect)
    return found


def _noted() -> dict[int, list[world.Noted]]:
    found = defaultdict(list)
    for row in world.noted():
        found[row.run].append(row)
    return found


def _calls(service: Service) -> dict[str, Counter[tuple[int, str, str]]]:
    found: dict[str, Counter[tuple[int, str, str]]] = defaultdict(Counter)
    for (path, key), count in service.calls.items():
        _, run, seq, phase = path.split("/")
        found[run][int(seq), phase, key] += count
    return found
