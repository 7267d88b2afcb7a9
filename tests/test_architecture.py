"""The house rules that a reader could break without noticing: who may import whom, and where the ORM may be used."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
FOUNDATIONS = {"base", "orchestration", "audit", "permissions", "extensions", "publishing"}
OPEN_ROOMS = {"reads", "orchestrator"}
ORM_ROOMS = {"models", "service", "admin", "migrations"}
LAYERS = ("vault_site", "dashboards", "domains")
MAX_FILE_LINES = 250
MAX_FUNCTION_LINES = 30


def sources(*folders: str) -> Iterator[tuple[Path, ast.Module]]:
    for folder in folders:
        for file in sorted((PROJECT / folder).rglob("*.py")):
            if "migrations" not in file.parts:
                yield file.relative_to(PROJECT), parsed(file)


@cache
def parsed(file: Path) -> ast.Module:
    """The file's tree, read once for all rules."""
    return ast.parse(file.read_text())


def imports(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def domain_import_fault(importer: tuple[str, ...], imported: list[str]) -> str:
    """Why code in `domains/<importer>` may not import `domains.<imported>`; "" when it may."""
    own, other = importer[1], imported[1]
    if own == other:
        return ""
    if own in FOUNDATIONS:
        return "" if other in FOUNDATIONS else f"{own} is a foundation and may not know {other}"
    if other in FOUNDATIONS or (len(imported) > 2 and imported[2] in OPEN_ROOMS):
        return ""
    return "another domain's reads and orchestrator are open, its other rooms are not"


def import_fault(file: Path, name: str) -> str:
    """Why this file may not import that name; "" when it may."""
    layer, target = file.parts[0], name.split(".")
    if target[0] not in {"domains", "dashboards", "vault_site"}:
        return ""
    if target[0] == "vault_site" and layer != "vault_site":
        return "nothing below the site knows how it is put together"
    if layer == "domains" and target[0] == "dashboards":
        return "a domain knows no page"
    if layer == "domains" and len(file.parts) > 2 and len(target) > 1:
        return domain_import_fault(file.parts, target)
    if file.parts[:2] == ("dashboards", "shell") and target[0] == "dashboards" and target[1] != "shell":
        return "" if file.name == "apps.py" and target[1] == "register" else "the shell knows no other dashboard"
    if layer == "dashboards" and target[0] == "domains" and len(target) > 2:
        page_may_use = FOUNDATIONS - {"orchestration", "audit"}
        if target[1] not in page_may_use and target[2] not in {*OPEN_ROOMS, "start", "rules"}:
            return "a page asks reads, and changes things through an orchestrator"
    return ""


def test_imports_flow_one_way() -> None:
    faults = [
        f"{file}:{line} imports {name}: {fault}"
        for file, tree in sources(*LAYERS)
        for name, line in imports(tree)
        if (fault := import_fault(file, name))
    ]
    assert not faults, "\n".join(faults)


def orm_uses(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in {"objects", "_default_manager", "_base_manager"}:
            yield node.lineno, node.attr


def test_the_orm_is_used_in_services_only() -> None:
    faults = [
        f"{file}:{line} uses .{name}"
        for file, tree in sources(*LAYERS)
        for line, name in orm_uses(tree)
        if not ORM_ROOMS & {file.stem, *file.parts}
    ]
    assert not faults, "\n".join(faults)


def test_models_are_imported_by_their_own_domain_only() -> None:
    faults = [
        f"{file}:{line} imports {name}"
        for file, tree in sources(*LAYERS)
        for name, line in imports(tree)
        if (parts := name.split("."))[0] == "domains"
        and len(parts) > 2
        and parts[2] in {"models", "service"}
        and parts[1] != "base"
        and file.parts[:2] != ("domains", parts[1])
    ]
    assert not faults, "\n".join(faults)


def test_transactions_are_opened_through_the_one_door() -> None:
    forbidden = {"transaction", "connections", "connection"}
    faults = [
        f"{file}:{line} imports {name}"
        for file, tree in sources(*LAYERS)
        for name, line in imports(tree)
        if name.startswith("django.db.") and name.split(".")[2] in forbidden
        if file != Path("domains/base/database.py")
    ]
    faults += [
        f"{file}:{node.lineno} calls .using()"
        for file, tree in sources(*LAYERS)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "using"
        if file.parts[:2] != ("domains", "base")
    ]
    assert not faults, "\n".join(faults)


def test_the_environment_is_read_in_the_settings_only() -> None:
    faults = [
        f"{file}:{node.lineno}"
        for file, tree in sources("dashboards", "domains")
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in {"environ", "getenv"}
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
    ]
    assert not faults, "\n".join(faults)


def blind_handlers(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and node.type is None:
            yield node.lineno


def test_no_except_is_bare() -> None:
    faults = [f"{file}:{line}" for file, tree in sources(*LAYERS) for line in blind_handlers(tree)]
    assert not faults, "\n".join(faults)


def test_files_and_functions_stay_small() -> None:
    faults = []
    for file, tree in sources(*LAYERS):
        length = len((PROJECT / file).read_text().splitlines())
        if length > MAX_FILE_LINES:
            faults.append(f"{file} has {length} lines")
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = node.body[1:] if ast.get_docstring(node) else node.body
                lines = (node.end_lineno or 0) - body[0].lineno + 1 if body else 0
                if lines > MAX_FUNCTION_LINES:
                    faults.append(f"{file}:{node.lineno} {node.name} has {lines} lines")
    assert not faults, "\n".join(faults)


def undocumented(tree: ast.Module) -> Iterator[str]:
    if not ast.get_docstring(tree) and tree.body:
        yield "the module"
    for node in tree.body:
        if (
            isinstance(node, ast.FunctionDef | ast.ClassDef)
            and not node.name.startswith("_")
            and not ast.get_docstring(node)
        ):
            yield node.name


def test_public_functions_and_classes_say_what_they_promise() -> None:
    faults = [f"{file}: {name}" for file, tree in sources(*LAYERS) for name in undocumented(tree)]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    "needle", ["style=", "onclick=", "onchange=", "hx-on", "js:", "<style", "hx-boost", "javascript:"]
)
def test_templates_hold_nothing_that_the_content_policy_forbids(needle: str) -> None:
    faults = [
        str(file.relative_to(PROJECT))
        for file in sorted((PROJECT / "templates").rglob("*.html"))
        if needle in file.read_text()
    ]
    assert not faults, f"{needle} stands in {faults}"


def test_every_symbol_that_a_page_asks_for_is_in_the_sprite() -> None:
    known = set(re.findall(r'<symbol id="([a-z0-9-]+)"', (PROJECT / "static" / "icons.svg").read_text()))
    faults = [
        f"{file.relative_to(PROJECT)} asks for {name}"
        for file in sorted((PROJECT / "templates").rglob("*.html"))
        for name in re.findall(r'{% icon "([^"]+)"', file.read_text())
        if name not in known
    ]
    assert known
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    ("file", "name", "allowed"),
    [
        ("domains/trace/writes.py", "domains.applications.reads.application_list", True),
        ("domains/trace/writes.py", "domains.applications.service.applications", False),
        ("domains/orchestration/main.py", "domains.trace.reads.x", False),
        ("domains/core/api.py", "dashboards.shell.panels.Panel", False),
        ("dashboards/trace/views.py", "domains.trace.writes.publish", False),
        ("dashboards/trace/views.py", "domains.orchestration.start.start", True),
        ("dashboards/trace/views.py", "dashboards.runs.card.run_card", True),
        ("dashboards/shell/panels.py", "dashboards.core.panels.HostPanel", False),
        ("dashboards/shell/apps.py", "dashboards.register.register_pages", True),
        ("domains/core/api.py", "vault_site.urls.urlpatterns", False),
    ],
)
def test_the_import_rule_itself_tells_right_from_wrong(file: str, name: str, allowed: bool) -> None:
    assert (import_fault(Path(file), name) == "") is allowed
