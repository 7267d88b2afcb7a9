"""Applications and sources for the tests of collections: files, and HTTP sources on loopback."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from domains.applications.demo import load_demo
from domains.club.models import Source
from domains.orchestration.models import Run
from domains.orchestration.start import start
from domains.orchestration.tasks import run_queued


def make_place(tmp_path: Path, settings: Any) -> Path:
    """The demo applications, and folders of one's own; the folder of file sources."""
    settings.VAULT_HOME, settings.VAULT_DATA_ROOT = str(tmp_path / "home"), str(tmp_path / "data")
    folder = tmp_path / "club"
    folder.mkdir(parents=True, exist_ok=True)
    configure(settings, CLUB_FILES=folder)
    load_demo()
    return folder


def configure(settings: Any, **values: Any) -> None:
    """Set these of the typed settings."""
    settings.VAULT = settings.VAULT.model_copy(update=values)
    for name, value in values.items():
        setattr(settings, name, value)


def write_file(
    folder: Path, name: str, scores: Mapping[str, float], *, topics: Mapping[str, float] | None = None
) -> None:
    """A JSON file of a feature."""
    members = [{"key": key, "name": key.title(), "score": score} for key, score in scores.items()]
    items = [{"key": key, "title": key.title(), "score": score} for key, score in (topics or {}).items()]
    (folder / name).write_text(json.dumps({"members": members, "items": items}))


def write_hero(folder: Path, name: str, **figures: float) -> None:
    """A JSON file of hero metrics."""
    (folder / name).write_text(json.dumps(figures))


def make_source(
    name: str = "files", application: str = "skyflow", *, slugs: Iterable[str] = ("help",), hero: str = "", **more: Any
) -> Source:
    """A source of files: the feature x of it stands in `<name>-x.json`."""
    features = [{"slug": slug, "name": slug.title(), "select": {"file": f"{name}-{slug}.json"}} for slug in slugs]
    values = {"kind": "file", "config": {"hero": hero}, "features": features} | more
    return Source.objects.create(application=application, name=name, **values)


def result_of(run: Run) -> dict[str, Any]:
    """What the run has answered."""
    assert isinstance(run.result, dict)
    return run.result


def collect(**args: Any) -> Run:
    """A collection from its start to its end, as a worker carries it out."""
    uuid = start("club", "collect", **args).uuid
    run_queued()
    return Run.objects.get(uuid=uuid)


def make_http(
    url: str, name: str = "people", application: str = "skyflow", *, slugs: Iterable[str] = ("help",), hero: bool = True
) -> Source:
    """A source of the kind HTTP JSON that reads the emulator at this address."""
    select = {"url": "/all", "rows": "people", "key": "id", "name": "name", "score": "score"}
    features = [{"slug": slug, "name": slug.title(), "select": select} for slug in slugs]
    config = {"url": f"{url}/stats", "hero": ["members = stats.people"] if hero else []}
    return Source.objects.create(application=application, name=name, kind="http", config=config, features=features)
