from __future__ import annotations

import sys
from pathlib import Path

import pytest

from execution.validation.imports import check_imports
from execution.validation.installed import importable_from, is_standard
from execution.validation.modules import Modules, module_name, offered
from execution.validation.results import NotRun

PYTHON = Path(sys.executable)
PROJECT = {
    "app/__init__.py": "",
    "app/models/__init__.py": "from app.models.task import Task\n",
    "app/models/task.py": "class Task:\n    pass\n\nLIMIT: int = 3\n",
}


def problems(**files: str) -> list[tuple[str, int, str]]:
    texts = PROJECT | {name.replace("__", "/") + ".py": text for name, text in files.items()}
    return [(item.path, item.line, item.code) for item in check_imports(texts, python=PYTHON)]


@pytest.mark.parametrize(
    "line",
    [
        "import os.path",
        "import pytest",
        "from app.models import Task, task",
        "from app.models.task import LIMIT, Task",
        "from .models.task import Task",
        "from . import models",
        "from .models import *",
        "import app.models.task as tasks",
        "try:\n    import ujson\nexcept ImportError:\n    ujson = None",
    ],
)
def test_what_exists_resolves(line: str) -> None:
    assert problems(app__main=line + "\n") == []


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("import app.modles", "unresolved-import"),
        ("from app.models.tusk import Task", "unresolved-import"),
        ("from app.models.task import Tusk", "unknown-name"),
        ("from app.models import task, Tusk", "unknown-name"),
        ("import no_such_package", "unresolved-import"),
        ("from ....outside import x", "unresolved-import"),
        ("def f():\n    import no_such_package", "unresolved-import"),
        ("try:\n    import no_such_package\nexcept ValueError:\n    pass", "unresolved-import"),
        ("if True:\n    from app.models.task import gone", "unknown-name"),
    ],
)
def test_what_does_not_exist_is_found(line: str, code: str) -> None:
    ((path, _, found),) = problems(app__main=line + "\n")
    assert (path, found) == ("app/main.py", code)


def test_the_hint_names_what_was_meant() -> None:
    texts = PROJECT | {"app/main.py": "x = 1\nfrom app.models.task import Taks\n"}
    (found,) = check_imports(texts, python=PYTHON)
    assert (found.line, found.column, found.hint) == (2, 29, "Did you mean Task?")
    assert found.message == "Module app.models.task has no Taks."


def test_each_wrong_name_of_a_long_import_has_its_own_line() -> None:
    text = "from app.models.task import (\n    Task,\n    One,\n    Two,\n)\n"
    assert [line for _, line, _ in problems(app__main=text)] == [3, 4]


def test_a_module_that_answers_any_name_is_left_alone() -> None:
    open_module = "def __getattr__(name):\n    return 1\n"
    assert problems(app__open=open_module, app__main="from app.open import anything\n") == []


def test_names_bound_anywhere_at_top_level_count() -> None:
    text = "for a in []:\n    pass\nwith open('f') as b:\n    c, (d, *e) = 1, (2, 3)\nif (f := 1):\n    def g(): ...\n"
    module = Modules({"m.py": text + "import x.y\nfrom z import w as v\n"})["m"]
    assert {"a", "b", "c", "d", "e", "f", "g", "x", "v"} <= module.names
    assert "w" not in module.names


def test_stars_are_followed_and_rings_end() -> None:
    files = {"a.py": "from b import *\nA = 1\n", "b.py": "from a import *\nB = 1\n"}
    names = offered(Modules(files), "a")
    assert names is not None
    assert {"A", "B"} <= names


def test_a_star_from_outside_makes_a_module_open() -> None:
    assert offered(Modules({"a.py": "from os.path import *\n"}), "a") is None


def test_a_file_that_does_not_parse_offers_anything() -> None:
    assert problems(app__broken="def (", app__main="from app.broken import anything\n") == []


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("app/models/task.py", "app.models.task"),
        ("app/__init__.py", "app"),
        ("src/app/main.py", "app.main"),
        ("main.py", "main"),
        ("README.md", None),
        ("__init__.py", None),
    ],
)
def test_paths_are_modules(path: str, name: str | None) -> None:
    assert module_name(path) == name


def test_without_an_environment_third_party_imports_are_not_run() -> None:
    with pytest.raises(NotRun, match=r"fastapi, httpx"):
        check_imports({"a.py": "import fastapi, httpx.models\nimport os\n"}, python=None)


def test_without_an_environment_wrong_project_imports_are_still_found() -> None:
    (found,) = check_imports(PROJECT | {"a.py": "import fastapi\nimport app.gone\n"}, python=None)
    assert found.message == "The project has no module app.gone."


def test_what_is_installed_is_read_from_the_environment() -> None:
    installed = importable_from(PYTHON)
    assert {"pytest", "mypy", "coverage"} <= installed
    assert "no_such_package" not in installed
    assert "__pycache__" not in installed
    assert is_standard("os")
    assert not is_standard("pytest")
