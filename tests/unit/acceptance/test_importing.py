"""Importing a whole project: what hangs, floods or ends the run is named, and the others are tried all the same."""

from __future__ import annotations

from pathlib import Path

from execution.closing.importing import ImportProblem, import_problems
from execution.sandbox.limits import MEBIBYTE, Limits
from tests.unit.acceptance.conftest import OURS, write

LIMITS = Limits(wall=30.0, file_size=MEBIBYTE)


def imported(project: Path, files: dict[str, str], *, seconds: float = 20.0) -> list[tuple[str, str, str, int]]:
    """Module, message, path and line of each problem, all of ``files`` being imported."""
    found = problems(project, files, seconds=seconds)
    return [(item.module, item.message, item.path, item.line) for item in found]


def problems(project: Path, files: dict[str, str], *, seconds: float = 20.0) -> list[ImportProblem]:
    for path, text in files.items():
        write(project, path, text)
    found = import_problems(project, OURS, {path: [] for path in files}, seconds=seconds, limits=LIMITS)
    assert found is not None
    return found


def test_what_imports_has_no_problems_and_a_missing_name_is_one(project: Path) -> None:
    assert import_problems(project, OURS, {"app/service.py": ["double"], "app/__init__.py": []}) == []
    (problem,) = import_problems(project, OURS, {"app/service.py": ["double", "gone"]}) or []
    assert problem == ImportProblem("app.service", "gone", "the module has no such name", "app/service.py", 1)


def test_an_error_is_charged_to_the_innermost_line_of_the_project(project: Path) -> None:
    files = {
        "app/a.py": "import app.b\n",
        "app/b.py": "import json\n\nVALUE = json.loads('{')\n",
        "app/c.py": "\n\nimport no_such_package\n",
        "app/d.py": "x = 1\ndef (\n",
    }
    decoding = "JSONDecodeError: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"
    assert imported(project, files) == [
        ("app.a", decoding, "app/b.py", 3),
        ("app.b", decoding, "app/b.py", 3),
        ("app.c", "ModuleNotFoundError: No module named 'no_such_package'", "app/c.py", 3),
        ("app.d", "SyntaxError: invalid syntax (d.py, line 2)", "app/d.py", 2),
    ]


def test_a_module_that_hangs_is_named_once_and_so_are_those_that_need_it(project: Path) -> None:
    files = {
        "app/a.py": "from app import b\n",
        "app/b.py": "import time\n\ntry:\n    time.sleep(600)\nexcept Exception:\n    pass\n",
        "app/c.py": "",
        "app/d.py": "import app.b\n",
    }
    needs = "It needs app.b, which cannot be imported to its end."
    assert imported(project, files, seconds=1.0) == [
        ("app.a", "It was not imported within 1 seconds.", "app/b.py", 4),
        ("app.b", needs, "app/b.py", 4),
        ("app.d", needs, "app/b.py", 4),
    ]


def test_a_module_that_prints_a_gigabyte_is_stopped_at_its_line_and_others_are_not(project: Path) -> None:
    printing = "for _ in range(10_000):\n    print('x' * 100_000)\n"
    files = {"app/a.py": "import app.b\n", "app/b.py": printing, "app/c.py": "print('x' * 1000)\n"}
    much = "It prints or writes more than 1 MiB."
    assert imported(project, files) == [("app.a", much, "app/b.py", 2), ("app.b", much, "app/b.py", 2)]


def test_a_module_that_ends_the_run_is_named_and_the_others_are_tried_without_it(project: Path) -> None:
    files = {"app/a.py": "import app.b\n", "app/b.py": "import os\n\nos._exit(0)\n", "app/c.py": "import gone\n"}
    assert imported(project, files) == [
        ("app.b", "The run ended with exit code 0 while it was imported.", "app/b.py", 1),
        ("app.a", "It needs app.b, which cannot be imported to its end.", "app/b.py", 1),
        ("app.c", "ModuleNotFoundError: No module named 'gone'", "app/c.py", 1),
    ]


def test_after_three_such_modules_the_rest_is_said_to_be_untried(project: Path) -> None:
    found = problems(project, {f"app/m{number}.py": "import os\n\nos._exit(3)\n" for number in range(5)})
    ended = "The run ended with exit code 3 while it was imported."
    untried = "It was not imported: others ended the run before."
    assert [item.message for item in found] == [ended, ended, ended, untried, untried]
