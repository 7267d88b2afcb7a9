"""The process list in two steps: the cheap figures of every process, the rest of those on top only."""

from __future__ import annotations

import heapq
import time
from dataclasses import dataclass

import psutil

from domains.core.rules import command_title
from domains.core.snapshot import Process

EVERY = 5.0
"""Seconds between two lists."""
TOP = 20
"""Processes kept by CPU, and again by memory."""


@dataclass(frozen=True, slots=True)
class Listed:
    """The latest list: how many processes there are, those on top, and when they were read (epoch seconds)."""

    count: int
    top: tuple[Process, ...]
    at: float


class ProcessReader:
    """Keeps the processor time of every process, so that the next list can tell what was used in between."""

    def __init__(self, every: float = EVERY) -> None:
        self.every = every
        self._due = 0.0
        self._clock = 0.0
        self._spent: dict[tuple[int, float], float] = {}
        self._names: dict[tuple[int, float], tuple[str, str, str]] = {}
        self._latest = Listed(0, (), 0.0)

    def read(self, clock: float) -> Listed:
        """The list, read anew when it is due at this monotonic time."""
        if clock >= self._due:
            self._due = max(self._due + self.every, clock)
            self._latest = self._list(clock)
        return self._latest

    def _list(self, clock: float) -> Listed:
        elapsed, spent, rows, count = clock - self._clock, {}, [], 0
        for process in psutil.process_iter():
            count += 1
            try:
                with process.oneshot():
                    times, memory = process.cpu_times(), process.memory_info().rss
                    key = (process.pid, process.create_time())
            except psutil.Error:
                continue
            spent[key] = times.user + times.system
            before = self._spent.get(key)
            cpu = None if before is None else max(0.0, round(100 * (spent[key] - before) / elapsed, 1))
            rows.append((cpu, memory, process))
        self._clock, self._spent = clock, spent
        top = {p.pid: (cpu, memory, p) for cpu, memory, p in heapq.nlargest(TOP, rows, key=lambda r: (r[0] or 0, r[1]))}
        top |= {p.pid: (cpu, memory, p) for cpu, memory, p in heapq.nlargest(TOP, rows, key=lambda r: r[1])}
        self._names = {key: names for key, names in self._names.items() if key in spent}
        details = (self._details(process, cpu, memory) for cpu, memory, process in top.values())
        return Listed(count, tuple(found for found in details if found), time.time())

    def _details(self, process: psutil.Process, cpu: float | None, memory: int) -> Process | None:
        """The dearer figures of one process; None when it has ended meanwhile. Its names are read once."""
        try:
            with process.oneshot():
                started = process.create_time()
                names = self._names.get((process.pid, started)) or _names(process)
                status, threads = process.status(), process.num_threads()
        except psutil.Error:
            return None
        self._names[process.pid, started] = names
        name, title, user = names
        return Process(process.pid, name, title, user, status, threads, cpu, memory, started)


def _names(process: psutil.Process) -> tuple[str, str, str]:
    """Name, title and user."""
    name = process.name()
    return name, command_title(_command(process), name), _user(process)


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.AccessDenied:
        return []


def _user(process: psutil.Process) -> str:
    try:
        return process.username()
    except (psutil.AccessDenied, KeyError):
        return ""
