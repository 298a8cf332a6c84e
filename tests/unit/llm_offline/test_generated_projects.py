"""Generated projects lint, type-check and pass their own tests; each kind of mistake is caught by its tool."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from execution.benchmarks.writing import kept_requests
from execution.benchmarks.writing import write_project as engine_project
from integrations.llm.offline.faults import Fault, possible_faults
from integrations.llm.offline.planner.contracts import exports_of
from integrations.llm.offline.reading.tokens import read_text
from tests.unit.llm_offline import building
from tests.unit.llm_offline.building import plan_for, texts_of, write_project

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

BUILT = ("tienda", "recipes", "hotel", "clinica-dental")
"""One request with nearly everything, and three small ones with what it lacks."""
FAULTY = (
    "Create an API for projects, tasks, comments and tags. Projects have a name, a start date and an end "
    "date. Tasks have "
    "a title, a status and a unique code, belong to a project and have many tags. Comments belong to tasks. "
    "Products have a name and a price."
)


@pytest.mark.parametrize("name", BUILT)
def test_a_generated_project_is_clean_and_passes_its_tests(name: str, tmp_path: Path, project_python: str) -> None:
    request = next(one for one in kept_requests() if one.name == name)
    write_project(tmp_path, texts_of(plan_for(request.text)))
    for result in (
        building.ruff(tmp_path, "check", "."),
        building.ruff(tmp_path, "format", "--check", "."),
        building.mypy(tmp_path, project_python),
        building.pytest(tmp_path, project_python),
    ):
        assert result.returncode == 0, result.stdout + result.stderr


def test_the_code_of_every_kept_request_is_clean(tmp_path: Path) -> None:
    for request in kept_requests():
        write_project(tmp_path / request.name, dict(engine_project(request).files))
    for result in (
        building.ruff(tmp_path, "check", "."),
        building.ruff(tmp_path, "check", "--select", "S", "--ignore-noqa", "."),  # as validation reads it
        building.ruff(tmp_path, "format", "--check", "."),
    ):
        assert result.returncode == 0, result.stdout + result.stderr


def test_the_kept_requests_are_forty_in_both_languages_and_stacks() -> None:
    requests = kept_requests()
    languages = [read_text(one.text).language for one in requests]
    assert (len(requests), languages.count("es"), len({one.name for one in requests})) == (40, 20, 40)
    django = [language for one, language in zip(requests, languages, strict=True) if one.stack == "django"]
    assert (django.count("en"), django.count("es")) == (10, 10)


def faults_of(texts: dict[str, str], kind: str) -> list[tuple[str, Fault]]:
    found = [
        (path, fault) for path, text in texts.items() for fault in possible_faults(path, text) if fault.kind == kind
    ]
    assert found, kind
    return found


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    return texts_of(plan_for(FAULTY))


def test_a_syntax_mistake_does_not_compile(texts: dict[str, str]) -> None:
    for path, fault in faults_of(texts, "syntax"):
        with pytest.raises(SyntaxError):
            compile(fault.apply(texts[path]), path, "exec")


@pytest.mark.parametrize("kind", ["missing_import", "unknown_name"])
def test_a_missing_name_is_found_by_ruff(kind: str, texts: dict[str, str], tmp_path: Path) -> None:
    found = faults_of(texts, kind)
    for number, (path, fault) in enumerate(found):
        (tmp_path / f"fault_{number}.py").write_text(fault.apply(texts[path]))
    output = building.ruff(
        tmp_path, "check", "--isolated", "--select", "F821", "--output-format", "concise", "."
    ).stdout
    caught = {int(number) for number in re.findall(r"fault_(\d+)\.py:\d+:\d+: F821", output)}
    assert [found[number] for number in range(len(found)) if number not in caught] == []


def test_a_wrong_type_is_found_by_mypy(texts: dict[str, str], tmp_path: Path, project_python: str) -> None:
    """Every such mistake in what belongs to tasks, each alone: mypy complains inside the function that lies."""
    write_project(tmp_path, texts)
    missed = []
    for path, fault in faults_of(texts, "wrong_type"):
        if "task" not in path or path.startswith("tests/test_"):
            continue
        building.edit(tmp_path / path, fault.apply(texts[path]))
        output = building.mypy(tmp_path, project_python).stdout
        errors = {(found, int(line)) for found, line in re.findall(r"^(\S+):(\d+): error", output, re.M)}
        if not errors & set(function_lines(path, texts[path], fault.line)):
            missed.append((path, fault.old))
        building.edit(tmp_path / path, texts[path])
    assert missed == []


def function_lines(path: str, text: str, line: int) -> list[tuple[str, int]]:
    nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    inner = max((node for node in nodes if node.lineno <= line <= (node.end_lineno or 0)), key=lambda node: node.lineno)
    return [(path, number) for number in range(inner.lineno, (inner.end_lineno or 0) + 1)]


def test_a_missing_export_breaks_the_contract(texts: dict[str, str]) -> None:
    for path, fault in faults_of(texts, "missing_export"):
        promised = {export.name for export in exports_of(texts[path])}
        assert promised - {export.name for export in exports_of(fault.apply(texts[path]))}, fault


def test_wrong_logic_is_found_by_a_test(texts: dict[str, str], tmp_path: Path, project_python: str) -> None:
    """One place of each kind of edit: a test goes red."""
    write_project(tmp_path, texts)
    chosen = {
        re.sub(r"(?i)task|project|comment|tag|product", "x", fault.new or "").strip(): (path, fault)
        for path, fault in faults_of(texts, "wrong_logic")
    }
    edits = [
        building.Edited(path, fault.apply(texts[path]), wanted_tests(path, texts)) for path, fault in chosen.values()
    ]
    statuses = building.pytest_of_each(tmp_path, project_python, edits)
    survived = [(*found, status) for found, status in zip(chosen.values(), statuses, strict=True) if status != 1]
    assert survived == []


def wanted_tests(path: str, texts: dict[str, str]) -> list[str]:
    """The tests of what a file is about; all of them where none is named for it."""
    subject = Path(path).stem
    return [one for one in texts if one.startswith(f"tests/test_{subject}_")] or ["tests"]
