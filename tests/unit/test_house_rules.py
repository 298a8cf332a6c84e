"""Rules of the house that no linter knows."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = ("common", "integrations", "planning", "execution", "review", "devmatrix_project")
SOURCES = [
    path
    for app in APPS
    for path in sorted((ROOT / app).rglob("*.py"))
    if "migrations" not in path.parts and "templates" not in path.parts
]
STATUS_WRITER = ROOT / "common" / "transitions.py"


def status_writes(tree: ast.Module) -> Iterator[int]:
    """Lines that assign ``something.status`` or pass ``status=`` to a queryset's ``update``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            if any(isinstance(target, ast.Attribute) and target.attr == "status" for target in node.targets):
                yield node.lineno
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "update":
            if any(keyword.arg == "status" for keyword in node.keywords):
                yield node.lineno


def test_the_scan_sees_what_it_looks_for() -> None:
    tree = ast.parse("task.status = 'done'\nTask.objects.filter(pk=1).update(status='done')\n")
    assert list(status_writes(tree)) == [1, 2]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_status_changes_only_through_transitions(path: Path) -> None:
    if path != STATUS_WRITER:
        assert list(status_writes(ast.parse(path.read_text()))) == []


def environment_reads(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}:
            if isinstance(node.value, ast.Name) and node.value.id == "os":
                yield node.lineno


def test_only_the_settings_read_the_environment() -> None:
    below = [path for path in SOURCES if path.relative_to(ROOT).parts[0] != "devmatrix_project"]
    readers = {
        path.relative_to(ROOT).as_posix() for path in below if any(environment_reads(ast.parse(path.read_text())))
    }
    hands_it_to_a_program = {"execution/output/git.py", "execution/validation/environments.py"}
    hands_it_to_a_program |= {f"execution/benchmarks/engine_{part}.py" for part in ("stack", "worker")}
    looks_at_the_machine = {"common/machine.py", "execution/management/commands/doctor.py"}
    inside_the_sandbox = {path for path in readers if "/inside/" in path}
    assert readers <= hands_it_to_a_program | looks_at_the_machine | inside_the_sandbox, readers


def whole_locks(tree: ast.Module) -> Iterator[int]:
    """Lines that lock rows against those that only refer to them."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "select_for_update"
        ):
            if not any(keyword.arg == "no_key" for keyword in node.keywords):
                yield node.lineno


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_lock_holds_up_those_that_only_refer_to_the_row(path: Path) -> None:
    """Their references are checked at the commit, when they hold the stream: a lock of the whole row would deadlock."""
    assert list(whole_locks(ast.parse(path.read_text()))) == []


def nameless_callbacks(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "on_commit":
            first = node.args[0]
            if isinstance(first, ast.Call) and isinstance(first.func, ast.Name) and first.func.id == "partial":
                yield node.lineno


def test_what_follows_a_commit_has_a_name_that_can_be_told() -> None:
    """Django logs the name of one that fails; a ``partial`` has none, and the error of that would hide the failure."""
    assert {path.name: found for path in SOURCES if (found := [*nameless_callbacks(ast.parse(path.read_text()))])} == {}
