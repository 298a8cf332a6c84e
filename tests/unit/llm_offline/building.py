"""A whole project for a request, as the pipeline would ask for it, written to a folder and judged by real tools."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from integrations.llm.offline.engine import EngineOptions, answer
from integrations.llm.shapes import (
    AnsweredQuestion,
    DiscoveryQuestions,
    DiscoveryQuestionsInputs,
    DomainModel,
    DomainModelInputs,
    MasterPlanInputs,
    PlanAnswer,
    ProjectContext,
    Stack,
    TaskCode,
    TaskCodeInputs,
    TaskSpec,
)

PYPROJECT = """
[tool.ruff]
line-length = 100
target-version = "py311"

[tool.ruff.lint]
select = ["E", "W", "F", "I", "B", "UP", "S", "C90", "PERF"]

[tool.ruff.lint.per-file-ignores]
"tests/**" = ["S101", "S105", "S106", "S107", "S311"]

[tool.mypy]
strict = true
explicit_package_bases = true
disable_error_code = ["import-untyped"]
disallow_subclassing_any = false

[tool.pytest.ini_options]
DJANGO
testpaths = ["tests"]
pythonpath = ["."]
filterwarnings = ["error"]
"""


@dataclass(frozen=True)
class Planned:
    """A plan, its tasks in order, and what every code call of it shares."""

    questions: DiscoveryQuestions
    domain: DomainModel
    plan: PlanAnswer
    tasks: list[TaskSpec]
    project: ProjectContext


def plan_for(request: str, stack: Stack = "fastapi") -> Planned:
    """Discovery with default answers, then the plan."""
    questions = answer("discovery_questions", DiscoveryQuestionsInputs(request=request))
    assert isinstance(questions, DiscoveryQuestions)
    answers = [
        AnsweredQuestion(id=one.id, category=one.category, question=one.question, answer=one.default)
        for one in questions.questions
    ]
    domain = answer("domain_model", DomainModelInputs(request=request, answers=answers))
    assert isinstance(domain, DomainModel)
    plan = answer("masterplan", MasterPlanInputs(request=request, domain=domain, stack=stack))
    assert isinstance(plan, PlanAnswer)
    tasks = [task for phase in plan.phases for milestone in phase.milestones for task in milestone.tasks]
    project = ProjectContext(
        project_name=plan.project_name,
        description=plan.description,
        stack=plan.stack,
        conventions=plan.conventions,
        entities=plan.entities,
        design=plan.design,
        structure=sorted(path for task in tasks for path in task.target_files),
    )
    return Planned(questions, domain, plan, tasks, project)


def draft(planned: Planned, task: TaskSpec, options: EngineOptions | None = None, attempt: int = 1) -> TaskCode:
    """The engine's files for one task."""
    inputs = TaskCodeInputs(project=planned.project, task=task)
    code = answer("task_code", inputs, attempt=attempt, options=options or EngineOptions())
    assert isinstance(code, TaskCode)
    return code


def texts_of(planned: Planned) -> dict[str, str]:
    """The text of every file of a plan by its path."""
    return {file.path: file.text for task in planned.tasks for file in draft(planned, task).files}


def write_project(folder: Path, texts: dict[str, str]) -> None:
    """Write files and a fixed pyproject."""
    settings = 'DJANGO_SETTINGS_MODULE = "config.settings"' if "manage.py" in texts else ""
    for path, text in {**texts, "pyproject.toml": PYPROJECT.replace("DJANGO", settings)}.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")


def edit(place: Path, text: str) -> None:
    """Write a file so that tools which compare times in whole seconds see that it changed."""
    before = place.stat().st_mtime
    place.write_text(text, encoding="utf-8")
    os.utime(place, (before + 2, before + 2))


def run_tool(folder: Path, *command: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command in a project's folder, without the settings of our own test run."""
    environment = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "TMPDIR"}}
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=600, check=False, env=environment, input=stdin
    )


def ruff(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run_tool(folder, sys.executable, "-m", "ruff", *arguments)


def mypy(folder: Path, project_python: str) -> subprocess.CompletedProcess[str]:
    """What mypy knows of installed packages is kept beside the folder, for the next project judged there."""
    kept = str(folder.parent / "mypy_cache")
    command = ("-m", "mypy", "--python-executable", project_python, "--cache-dir", kept, "--show-error-codes", ".")
    return run_tool(folder, sys.executable, *command)


def pytest(folder: Path, project_python: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run_tool(folder, project_python, "-m", "pytest", *QUIET, *arguments)


@dataclass(frozen=True)
class Edited:
    """A text of one file, and the tests that are to judge it."""

    path: str
    text: str
    tests: Sequence[str]


def pytest_of_each(folder: Path, project_python: str, edits: Sequence[Edited]) -> list[int]:
    """The exit status of pytest for every edit, each made alone and stopped at the first red test.

    Every run is a fork of one process that has imported the packages already: the import is most of a short run.
    """
    options = [*QUIET, "-x", "-W", "ignore::pytest.PytestAssertRewriteWarning"]  # a plugin is among what is imported
    jobs = [{"path": one.path, "text": one.text, "arguments": [*options, *one.tests]} for one in edits]
    done = run_tool(folder, project_python, "-c", FORKING, stdin=json.dumps(jobs))
    assert done.returncode == 0, done.stderr
    found: list[int] = json.loads(done.stderr.splitlines()[-1])
    return found


QUIET = ("-q", "--tb=short")
FORKING = """
import contextlib, importlib, json, os, pathlib, sys

sys.path.insert(0, "")
for name in ("pytest", "fastapi.testclient", "sqlalchemy.orm", "rest_framework", "coverage"):
    with contextlib.suppress(ImportError):
        importlib.import_module(name)
import pytest


def write(place, text):  # caches of compiled modules go by whole seconds
    seconds = place.stat().st_mtime + 2
    place.write_text(text, encoding="utf-8")
    os.utime(place, (seconds, seconds))


found = []
for job in json.load(sys.stdin):
    place = pathlib.Path(job["path"])
    sound = place.read_text(encoding="utf-8")
    write(place, job["text"])
    child = os.fork()
    if child == 0:
        status = 1  # as of a process that an exception ended
        try:
            status = int(pytest.main(job["arguments"]))
        finally:
            os._exit(status)
    found.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    write(place, sound)
sys.stderr.write("\\n" + json.dumps(found))
"""
