"""`manage.py test_multi_app`: ask for every public document of every application and print what came, as a table."""

from __future__ import annotations

import http.client
import json
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.test import Client

from domains.applications import reads as applications
from domains.extensions import registry
from domains.publishing.front import DocumentFront

HEADINGS = ("Address", "Status", "Rows", "Bytes", "ms", "Snapshot", "")
UNKNOWN = "no-such-application"
Ask = Callable[[str], tuple[int, bytes]]


@dataclass(frozen=True, slots=True)
class Line:
    """What one address of a service has answered; `fault` is "" when that is as it should be."""

    service: str
    path: str
    status: int
    rows: str
    size: int
    ms: float
    snapshot: str
    fault: str


class Command(BaseCommand):
    """Fails when an address does not answer as it should, or when those of one service are of several snapshots."""

    help = "Ask for every public document of every application."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--url` asks a running server instead of this process."""
        parser.add_argument("--url", default="", help="Address of a running Vault, such as http://127.0.0.1:8000.")
        parser.add_argument("--service", default="", help="Only this service, such as trace or club.")
        parser.add_argument("--app", default="", help="Only this application.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask and print. Raises CommandError when something is wrong."""
        ask = _by_http(options["url"]) if options["url"] else _in_process()
        slugs = [options["app"]] if options["app"] else ["", *applications.available_apps()]
        fronts = [front for front in registry.fronts() if isinstance(front, DocumentFront)]
        fronts = [front for front in fronts if options["service"] in ("", front.service)]
        lines = [line for front in fronts for line in _look_at(front, ask, slugs)]
        self._table([HEADINGS, *map(_cells, lines)])
        self._judge(lines)

    def _table(self, rows: list[tuple[str, ...]]) -> None:
        widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
        for row in rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            self.stdout.write("  ".join(cells).rstrip())

    def _judge(self, lines: list[Line]) -> None:
        faults = [line for line in lines if line.fault]
        if faults:
            raise CommandError(f"{len(faults)} of {len(lines)} addresses do not answer as they should.")
        for service in {line.service for line in lines}:
            named = {line.snapshot for line in lines if line.service == service and line.snapshot}
            if len(named) > 1:
                raise CommandError(
                    f"The answers of {service} are of several snapshots: {', '.join(sorted(named))}. Ask again."
                )
        self.stdout.write(f"All {len(lines)} addresses answer as they should.")


def _in_process() -> Ask:
    client = Client(headers={"host": next((host for host in settings.ALLOWED_HOSTS if host != "*"), "localhost")})

    def ask(path: str) -> tuple[int, bytes]:
        answer = client.get(path, secure=settings.SECURE_SSL_REDIRECT)
        return answer.status_code, answer.content

    return ask


def _by_http(url: str) -> Ask:
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=30)

    def ask(path: str) -> tuple[int, bytes]:
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except OSError as error:
            raise CommandError(f"{url} does not answer: {error}") from error

    return ask


def _look_at(front: DocumentFront[Any], ask: Ask, slugs: Sequence[str]) -> Iterator[Line]:
    """Every document of one service, and an application that there is not."""
    for slug in slugs:
        for path in front.addresses(slug):
            yield _look(front.service, ask, path, slug)
    yield _look_for_unknown(front.service, ask, front.addresses(UNKNOWN)[0])


def _look(service: str, ask: Ask, path: str, application: str) -> Line:
    begun = time.perf_counter()
    status, body = ask(path)
    spent = 1000 * (time.perf_counter() - begun)
    found = _json(body)
    meta = found.get("meta", {})
    fault = "" if status == 200 else str(found.get("error", "no JSON"))
    if not fault and (meta.get("application"), meta.get("endpoint")) != (application or None, path):
        fault = "its meta tells of another address"
    rows = str(meta.get("total_items", ""))
    return Line(service, path, status, rows, len(body), spent, str(meta.get("snapshot", "")), fault)


def _look_for_unknown(service: str, ask: Ask, path: str) -> Line:
    begun = time.perf_counter()
    status, body = ask(path)
    ms = 1000 * (time.perf_counter() - begun)
    named = _json(body).get("available_apps")
    is_right = status == 404 and isinstance(named, list)
    fault = "" if is_right else "expected 404 and the known applications"
    return Line(service, path, status, "", len(body), ms, "", fault)


def _json(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _cells(line: Line) -> tuple[str, ...]:
    return (
        line.path,
        str(line.status),
        line.rows,
        f"{line.size:,}",
        f"{line.ms:.1f}",
        line.snapshot,
        line.fault or "ok",
    )
