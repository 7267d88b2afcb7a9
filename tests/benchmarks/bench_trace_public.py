"""What a public document costs in front of Django: 2 KB and 2 MB, 200 and 304, plain and compressed.

Four servers, each granian with one process, answer the same bytes on the loopback: Vault, a bare WSGI application, and
Django's `cache_page`, on the cache that Vault has by default (files) and on the fastest (this process's memory).
They are asked in turns. What counts is how many answers each gives for a second of processor time of its own, so that
other work on the machine changes little; the ratio is the median of the ratios of the turns.
"""

from __future__ import annotations

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from tests.benchmarks.asking import Asker, get
from tests.benchmarks.ratio import Ratio

PROJECT = Path(__file__).resolve().parents[2]
SMALL, LARGE = "/trace/public/tags/", "/trace/public/features/"
ROUNDS, TURN_S, SUMMARY_WORDS = 7, 0.8, 40
PREPARE = """
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0, interactive=False)
from tests.benchmarks.bench_trace_public import publish
publish()
"""
SERVERS = {
    "vault": ["vault_site.wsgi:application"],
    "bare": ["--factory", "tests.benchmarks.trace_wsgi:make_bare"],
    "files": ["--factory", "tests.benchmarks.trace_wsgi:make_cached"],
    "memory": ["--factory", "tests.benchmarks.trace_wsgi:make_cached_in_memory"],
}


@dataclass(frozen=True)
class Case:
    """What is asked for: an address, with the ETag of what the reader has for a 304, and the coding it accepts."""

    name: str
    path: str
    etag: str = ""
    coding: str = ""


@dataclass(frozen=True)
class Server:
    """A running server: its port, and the process that answers."""

    port: int
    worker: psutil.Process

    def spent(self) -> float:
        """Seconds of processor time so far."""
        return float(sum(self.worker.cpu_times()[:2]))


def run() -> list[Ratio]:
    """Measure in an installation of its own, made in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="vault-bench-") as home, ExitStack() as stack:
        env = dict(os.environ) | {"DJANGO_SETTINGS_MODULE": "vault_site.settings.test", "VAULT_HOME": home}
        env |= {"DATABASE_URL": "", "REDIS_URL": "", "LOG_LEVEL": "ERROR", "BENCH_ANSWERS": f"{home}/answers.json"}
        env |= {"TRACE_WORKSPACE": f"{home}/bench.json"}
        subprocess.run([sys.executable, "-c", PREPARE], cwd=PROJECT, env=env, check=True)
        servers = {"vault": stack.enter_context(server(SERVERS["vault"], env))}
        cases = learn(servers["vault"].port, Path(home))
        servers |= {name: stack.enter_context(server(SERVERS[name], env)) for name in ("bare", "files", "memory")}
        return [line for case in cases for line in ratios(case, servers)]


def publish() -> None:
    """Publish a document of about 2 KB and one of about 2 MB. Called with Django set up, in a process of its own."""
    from django.conf import settings

    from domains.applications.demo import load_demo
    from domains.orchestration.start import run_now
    from tests.domains.trace.workspaces import feature, page, save, source, workspace

    document = workspace(*(feature(f"Feature {number}", summary=summary(number)) for number in range(2800)))
    tags = [page("Tags", name, ("Skyflow",)) for name in ("Boards", *(f"Tag {number}" for number in range(14)))]
    document["data_sources"][3] = source("Tags", tags)
    save(Path(str(settings.VAULT.TRACE_WORKSPACE)), document)
    load_demo()
    run_now("trace", "export")


def summary(number: int) -> str:
    """Words that are not the same in each row, so that they compress about as prose does."""
    return " ".join(f"word{(number * 7919 + place * place) % 3001}" for place in range(SUMMARY_WORDS))


@contextmanager
def server(target: list[str], env: dict[str, str]) -> Iterator[Server]:
    """A granian with one process."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = int(found.getsockname()[1])
    options = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", "1", "--no-ws"]
    options += ["--blocking-threads", "4", "--log-level", "error"]
    process = subprocess.Popen([sys.executable, "-m", "granian", *options, *target], cwd=PROJECT, env=env)
    try:
        until = time.monotonic() + 120
        while not answers(port):
            assert process.poll() is None and time.monotonic() < until, f"{target} does not answer"
            time.sleep(0.1)
        yield Server(port, psutil.Process(process.pid).children()[0])
    finally:
        process.terminate()
        process.wait(timeout=30)


def answers(port: int) -> bool:
    """Whether the server's ready bytes are there."""
    try:
        return get(port, SMALL)[0] in (200, 404)
    except OSError:
        return False


def learn(port: int, home: Path) -> list[Case]:
    """The cases, and a file of Vault's own answers for the bare application."""
    answers: dict[str, Any] = {}
    cases = []
    for size, path, coding in (("2 KB", SMALL, ""), ("2 MB", LARGE, ""), ("2 MB, br", LARGE, "br")):
        status, headers, body = get(port, path, coding=coding)
        etag = dict(headers)["etag"]
        unchanged, more, _ = get(port, path, etag=etag, coding=coding)
        assert (status, unchanged) == (200, 304)
        file = home / f"body{len(answers)}"
        file.write_bytes(body)
        answers[f"{path} {coding}"] = {"200": own(headers), "304": own(more), "body": str(file)}
        cases += [Case(f"{size}, 200", path, "", coding), Case(f"{size}, 304", path, etag, coding)]
    (home / "answers.json").write_text(json.dumps(answers))
    return cases


def own(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The headers that the application has written, without the server's."""
    return [(name, value) for name, value in headers if name not in ("server", "date")]


def ratios(case: Case, servers: dict[str, Server]) -> list[Ratio]:
    """Vault against each of its peers, by the median of the turns.

    Promised are 0.6 of a bare application and ten times a page cache.
    """
    askers = {name: Asker(found.port, address(case, name), case.etag, case.coding) for name, found in servers.items()}
    for asker in askers.values():
        asker.ask(TURN_S / 4)
    turns = [{name: per_second(asker, servers[name]) for name, asker in askers.items()} for _ in range(ROUNDS)]
    for asker in askers.values():
        asker.close()
    return [
        line(case, turns, "bare", "bare WSGI", 0.6),
        line(case, turns, "files", "cache_page, files", 10.0),
        line(case, turns, "memory", "cache_page, memory", 10.0),
    ]


def per_second(asker: Asker, found: Server) -> float:
    """Answers for a second of the server's processor time."""
    before = found.spent()
    count = asker.ask(TURN_S)
    return count / max(found.spent() - before, 0.01)


def address(case: Case, name: str) -> str:
    """Where the server of that name has the document."""
    return case.path.replace("/trace/public/", "/bench/cached/") if name in ("files", "memory") else case.path


def line(case: Case, turns: list[dict[str, float]], peer: str, words: str, limit: float) -> Ratio:
    """One line of the table."""
    mine, theirs = (statistics.median(turn[name] for turn in turns) for name in ("vault", peer))
    ratio = statistics.median(turn["vault"] / turn[peer] for turn in turns)
    return Ratio(
        f"public JSON, {case.name}", mine, "/cpu s", words, theirs, ratio, f"at least {limit:g} x", ratio >= limit
    )
