"""Whoever kills, freezes and starts the processes of a chaos run, and pulls its database's plug."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass, field
from random import Random
from time import monotonic, sleep
from typing import Any

from tests.faults.chaos_databases import Database
from tests.faults.crash_points import POINTS
from tests.faults.nursery import Death, Nursery
from tests.faults.world import World

TASKS = {"worker": "work", "reaper": "reap", "client": "submit"}
ROLES = ("worker",) * 4 + ("reaper",) + ("client",) * 2
LEASE_S = 2
AT_POINTS = 0.5
"""The share of processes that are going to kill themselves at one of the engine's points."""


@dataclass(slots=True)
class Deeds:
    """What was done: `kills` from outside, `deaths` at a point, `freezes` past the lease, `restarts`."""

    kills: int = 0
    deaths: int = 0
    freezes: int = 0
    restarts: int = 0
    faults: list[str] = field(default_factory=list)


class Monkey:
    """Keeps the processes alive, and takes their lives. `every` is the mean time between two kills in seconds."""

    def __init__(
        self, nursery: Nursery, database: Database, world: World, *, seed: str, acknowledged: str, every: float
    ) -> None:
        self.nursery, self.database, self.world = nursery, database, world
        self.deeds = Deeds()
        self.every = every
        self._seed, self._acknowledged = seed, acknowledged
        self._rng = Random(seed)  # noqa: S311 - the same seed gives the same choices
        self._alive: dict[int, str] = {}
        self._killed: set[int] = set()
        self._frozen: dict[int, float] = {}
        self._born = 0
        self._due = {deed: monotonic() + self._pause(deed) for deed in ("kill", "freeze", "restart")}

    def populate(self, *, clients: bool = True, peaceful: bool = False) -> None:
        """Start whoever is missing; `peaceful` ones do not kill themselves."""
        for role in set(ROLES):
            wanted = ROLES.count(role) if clients or role != "client" else 0
            for _ in range(wanted - list(self._alive.values()).count(role)):
                self._start(role, peaceful=peaceful)

    def act(self) -> None:
        """Whatever is due now."""
        self.bury()
        self.populate()
        self._thaw()
        now = monotonic()
        for deed, action in (("kill", self._kill), ("freeze", self._freeze), ("restart", self._restart)):
            if now >= self._due[deed]:
                action()
                self._due[deed] = monotonic() + self._pause(deed)

    def bury(self) -> None:
        """Note who has died, and of what."""
        for pid, status in self.nursery.ended():
            role = self._alive.pop(pid)
            self._frozen.pop(pid, None)
            if pid in self._killed:
                self._killed.discard(pid)
            elif status == -signal.SIGKILL:
                self.deeds.deaths += 1
            else:
                self.deeds.faults.append(f"A {role} has ended by itself, with {status}.")

    def make_peace(self) -> None:
        """Everybody is killed; workers and a reaper that nobody troubles any more take their places."""
        for pid in self._alive:
            self._killed.add(pid)
            os.kill(pid, signal.SIGKILL)
        until = monotonic() + 10
        while self._alive and monotonic() < until:
            self.bury()
            sleep(0.05)
        self.populate(clients=False, peaceful=True)

    def _start(self, role: str, *, peaceful: bool) -> None:
        self._born += 1
        arguments: dict[str, Any] = {}
        if role == "client":
            arguments = {"seed": f"{self._seed}:{self._born}", "acknowledged": self._acknowledged}
        death = None
        if not peaceful and self._rng.random() < AT_POINTS:
            death = Death(self._rng.choice(POINTS).name, "kill", self._rng.randint(1, 20))
        pid = self.nursery.start(f"tests.faults.chaos_tasks.{TASKS[role]}", self.world, death, **arguments)
        self._alive[pid] = role

    def _pause(self, deed: str) -> float:
        mean = {"kill": self.every, "freeze": 9.0, "restart": 40.0}[deed]
        return mean * self._rng.uniform(0.2, 1.8)

    def _kill(self) -> None:
        pid = self._rng.choice([pid for pid in self._alive if pid not in self._killed])
        self._killed.add(pid)
        os.kill(pid, signal.SIGKILL)
        self.deeds.kills += 1

    def _freeze(self) -> None:
        awake = [pid for pid in self._alive if pid not in self._frozen and pid not in self._killed]
        if awake:
            pid = self._rng.choice(awake)
            os.kill(pid, signal.SIGSTOP)
            self._frozen[pid] = monotonic() + LEASE_S + self._rng.uniform(0.5, 2.5)
            self.deeds.freezes += 1

    def _thaw(self) -> None:
        for pid, until in list(self._frozen.items()):
            if monotonic() >= until:
                del self._frozen[pid]
                os.kill(pid, signal.SIGCONT)

    def _restart(self) -> None:
        if self.database.restarts:
            self.database.pull()
            sleep(self._rng.uniform(0.0, 2.0))
            self.database.give_back()
            self.deeds.restarts += 1
