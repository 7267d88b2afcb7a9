"""The documents are tried: the example of the three "how to add" pages is built from them and run."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ops.running import PROJECT, clean_environment, copy_project

GUIDES = ("add-a-domain", "add-a-page", "add-an-endpoint")
BLOCK = re.compile(r"(?ms)^```python (?P<path>\S+\.py)(?: after (?P<anchor>[^\n]+))?\n(?P<code>.*?)^```$")
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")


def build(folder: Path, guide: str) -> None:
    """Write the files of a guide, and add the lines that it adds to files that are there."""
    for block in BLOCK.finditer((PROJECT / "docs" / f"{guide}.md").read_text()):
        file = folder / block["path"]
        if block["anchor"]:
            lines = file.read_text().splitlines(keepends=True)
            place = next((i for i, line in enumerate(lines) if block["anchor"] in line), None)
            assert place is not None, f"{guide}: {block['path']} has no line with {block['anchor']}"
            after_docstring = lines[place].startswith("def ")
            lines.insert(place + 1 + after_docstring, block["code"])
            file.write_text("".join(lines))
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block["code"])


def run(folder: Path, *command: str) -> None:
    environment = clean_environment(SECRET_KEY="x" * 40, DJANGO_SETTINGS_MODULE="vault_site.settings.test")
    done = subprocess.run(
        [sys.executable, *command], cwd=folder, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]


@pytest.mark.slow
def test_the_example_of_the_guides_works_as_written(tmp_path: Path) -> None:
    copy_project(tmp_path)
    for guide in GUIDES:
        build(tmp_path, guide)
    run(tmp_path, "manage.py", "makemigrations", "notices")
    run(tmp_path, "-m", "pytest", "-q", "tests/domains/notices", "tests/dashboards/notices")
    run(tmp_path, "-m", "pytest", "-q", "tests/test_architecture.py", "tests/test_routes.py")
    run(tmp_path, "-m", "ruff", "check", "domains/notices", "dashboards/notices", "tests/domains/notices")
    run(tmp_path, "-m", "mypy", "domains/notices", "dashboards/notices")


@pytest.mark.parametrize("document", ["README.md", *(f"docs/{file.name}" for file in (PROJECT / "docs").glob("*.md"))])
def test_every_link_of_a_document_leads_to_a_file(document: str) -> None:
    file = PROJECT / document
    missing = [link for link in LINK.findall(file.read_text()) if not (file.parent / link).exists()]
    assert not missing


def test_the_readme_names_every_verb() -> None:
    verbs = re.findall(r"^verb_([a-z]+)\(\)", (PROJECT / "dj.sh").read_text(), re.MULTILINE)
    readme = (PROJECT / "README.md").read_text()
    assert not [verb for verb in verbs if verb != "help" and not re.search(rf"`{verb}\b", readme)]
