from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from execution.validation import mypy_runs
from execution.validation.charging import charge
from execution.validation.judging import LAYERS, judge_text, judge_tree
from execution.validation.results import TreeReport
from execution.validation.type_checking import close, diagnostics_in, prime

GOOD = {
    "app/__init__.py": "",
    "app/models.py": """from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Task:
    title: str
""",
    "app/service.py": """from __future__ import annotations

from app.models import Task


def shorten(task: Task) -> Task:
    return Task(task.title[:10])
""",
}


class Project:
    """A small project on disk, judged without an environment (it imports nothing from outside)."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "project"
        self.cache = folder / "cache"
        for path, text in GOOD.items():
            self.write(path, text)

    def write(self, path: str, text: str | bytes) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text if isinstance(text, bytes) else text.encode())

    def judge(self, *layers: str) -> TreeReport:
        files = sorted(path.relative_to(self.root).as_posix() for path in self.root.rglob("*.py"))
        return judge_tree(self.root, files=files, python=None, cache=self.cache, layers=layers or LAYERS)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    project = Project(tmp_path)
    yield project
    close(project.root, python=None, cache=project.cache)


def found_in(report: TreeReport, layer: str) -> list[tuple[str, int, str]]:
    return [(item.path, item.line, item.code) for item in report.layers[layer].diagnostics]


def test_a_good_project_passes_every_layer(project: Project) -> None:
    report = project.judge()
    assert {layer: result.status for layer, result in report.layers.items()} == dict.fromkeys(LAYERS, "passed")
    assert report.passed
    assert report.diagnostics == ()
    assert report.layers["types"].checks == 3


def test_each_layer_finds_what_is_its_own(project: Project) -> None:
    project.write("app/typed.py", "from app.models import Task\n\nTASK = Task(3)\n")
    project.write("app/imports.py", "from app.models import Gone\n\nNAME = Gone\n")
    project.write("app/lint.py", "import os\n")
    project.write("app/secure.py", "import subprocess\n\nsubprocess.run('ls', shell=True)\nX = eval('1')\n")
    branches = "".join(f"    if x == {number}:\n        return {number}\n" for number in range(12))
    project.write("app/complex.py", f"def f(x: int) -> int:\n{branches}    return 0\n")
    report = project.judge()
    assert ("app/typed.py", 3, "arg-type") in found_in(report, "types")
    assert found_in(report, "imports") == [("app/imports.py", 1, "unknown-name")]
    assert found_in(report, "lint") == [("app/lint.py", 1, "F401")]
    assert [row[2] for row in found_in(report, "security")] == ["S602", "S607", "S307"]
    assert found_in(report, "performance") == [("app/complex.py", 1, "C901")]
    assert report.layers["performance"].status == "passed"  # it only warns
    assert not report.passed


def test_the_daemon_takes_over_and_sees_edits(project: Project) -> None:
    assert project.judge("types").layers["types"].status == "passed"
    assert project.judge("types").layers["types"].status == "passed"
    project.write("app/service.py", GOOD["app/service.py"].replace("[:10]", "+ 1"))
    assert found_in(project.judge("types"), "types") == [("app/service.py", 7, "operator")]
    project.write("app/service.py", GOOD["app/service.py"])
    assert project.judge("types").layers["types"].status == "passed"
    (workspace,) = (project.cache / "workspaces").iterdir()
    assert (workspace / "daemon.json").exists()
    close(project.root, python=None, cache=project.cache)
    assert not (workspace / "daemon.json").exists()


def test_a_broken_daemon_gives_way_to_plain_mypy(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.judge("types")
    monkeypatch.setattr(mypy_runs.Workspace, "_ask_daemon", lambda *_: None)
    project.write("app/service.py", GOOD["app/service.py"].replace("[:10]", "+ 1"))
    assert found_in(project.judge("types"), "types") == [("app/service.py", 7, "operator")]


def test_a_tool_that_breaks_is_not_run_and_nothing_passes(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(mypy_runs, "_TOOLS", tmp_path)
    monkeypatch.setattr("execution.validation.linting.sys.executable", str(tmp_path / "python"))
    report = project.judge()
    assert {layer for layer, result in report.layers.items() if result.status == "not_run"} == {
        "types",
        "lint",
        "security",
        "performance",
    }
    assert report.not_run["types"].startswith("mypy could not run")
    assert report.not_run["lint"].startswith("ruff could not run")
    assert not report.passed


def test_mypy_that_stops_before_it_checks_does_not_pass(project: Project) -> None:
    project.write("app/models/__init__.py", "NAME = 1\n")  # beside app/models.py
    report = project.judge("types")
    (found,) = report.layers["types"].diagnostics
    assert (found.line, found.code) == (1, "mypy")
    assert "Duplicate module" in found.message
    again = project.judge("types")
    assert again.layers["types"].status == "failed"


def test_types_wait_for_syntax(project: Project) -> None:
    project.write("app/broken.py", "def (:\n")
    report = project.judge()
    assert found_in(report, "syntax") == [("app/broken.py", 1, "syntax-error")]
    assert report.not_run == {"types": "Some files do not parse."}


def test_a_file_that_is_not_utf8_or_gone_is_a_finding(project: Project) -> None:
    project.write("app/latin.py", b"y = 1\n\nx = '\xe9'\n")
    report = judge_tree(project.root, files=["app/latin.py", "gone.py"], python=None, cache=project.cache)
    found = [(item.line, item.message) for item in report.layers["syntax"].diagnostics]
    assert found == [(3, "Not UTF-8 at byte 12."), (1, "Cannot be read: No such file or directory.")]
    assert not report.passed


def test_settings_of_the_project_are_not_obeyed(project: Project) -> None:
    project.write("app/lint.py", "import os\n")
    project.write("app/typed.py", "NUMBER: int = 'text'\n")
    project.write("pyproject.toml", "[tool.ruff.lint]\nselect = []\n[tool.mypy]\nignore_errors = true\n")
    project.write("mypy.ini", "[mypy]\nignore_errors = True\nplugins = evil.py\n")
    project.write("ruff.toml", "lint.select = []\n")
    project.write("evil.py", "raise SystemExit('executed')\n")
    report = project.judge()
    assert ("app/lint.py", 1, "F401") in found_in(report, "lint")
    assert ("app/typed.py", 1, "assignment") in found_in(report, "types")


def test_waivers_count_for_lint_and_not_for_security(project: Project) -> None:
    project.write("app/waived.py", "import os  # noqa: F401\n\nX = eval('1')  # noqa\nimport re  # noqa: E402\n")
    report = project.judge("lint", "security")
    assert found_in(report, "lint") == [("app/waived.py", 4, "F401")]
    assert found_in(report, "security") == [("app/waived.py", 3, "S307")]


def test_nothing_of_the_project_is_executed(project: Project, tmp_path: Path) -> None:
    mark = tmp_path / "executed"
    project.write("app/evil.py", f"open({str(mark)!r}, 'w').close()\n")
    project.write("sitecustomize.py", f"open({str(mark)!r}, 'w').close()\n")
    project.write("conftest.py", f"open({str(mark)!r}, 'w').close()\n")
    project.judge()
    assert not mark.exists()


def test_tests_may_assert_and_code_may_not(project: Project) -> None:
    project.write("tests/test_a.py", "def test_a() -> None:\n    assert True\n")
    project.write("app/asserting.py", "def a() -> None:\n    assert True\n")
    assert found_in(project.judge("security"), "security") == [("app/asserting.py", 2, "S101")]


def test_without_an_environment_foreign_imports_are_not_run(project: Project) -> None:
    project.write("app/web.py", "import fastapi\n\nAPP = fastapi.FastAPI()\n")
    report = project.judge()
    assert set(report.not_run) == {"imports", "types"}
    assert not report.passed


def test_a_tree_without_python_is_not_run(tmp_path: Path) -> None:
    (tmp_path / "data.json").write_text("{}")
    report = judge_tree(tmp_path, files=["data.json"], python=None, cache=tmp_path / "cache")
    assert report.layers["syntax"].status == "passed"
    assert set(report.not_run) == set(LAYERS[1:])


def test_types_know_what_the_environment_offers(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import tree_sitter\n\nNAME: int = tree_sitter.Parser()\n")
    python, cache = Path(sys.executable), tmp_path / "cache"
    report = judge_tree(tmp_path, files=["a.py"], python=python, cache=cache, layers=("imports", "types"))
    assert found_in(report, "imports") == []
    assert found_in(report, "types") == [("a.py", 3, "assignment")]


def test_an_environment_can_be_learned_beforehand(tmp_path: Path) -> None:
    (tmp_path / "lib" / "python3.11" / "site-packages").mkdir(parents=True)
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.symlink_to(sys.executable)
    cache = tmp_path / "cache"
    prime(python=python, cache=cache)
    assert len(list((cache / "seeds").iterdir())) == 1
    assert list((cache / "workspaces").iterdir()) == []


def test_a_text_is_judged_alone() -> None:
    results = judge_text("app/a.py", "from app.models import Task\n\nX = eval('1')\ny = X == None\n")
    assert [item.code for item in results["security"].diagnostics] == ["S307"]
    assert [item.code for item in results["lint"].diagnostics] == ["E711"]
    assert set(results) == {"syntax", "lint", "security", "performance"}


def test_a_text_that_does_not_parse_has_only_syntax() -> None:
    results = judge_text("app/a.py", "def (\n")
    assert results["syntax"].status == "failed"
    assert {results[layer].status for layer in ("lint", "security", "performance")} == {"not_run"}


def test_other_languages_are_searched_for_secrets() -> None:
    results = judge_text("settings.json", '{"key": "' + "AKIA" + 'ABCDEFGHIJKLMNOP"}')
    assert (results["syntax"].status, results["security"].status) == ("passed", "failed")


def test_mypy_text_is_read_with_notes_as_hints() -> None:
    output = (
        'app/a.py:3:5: error: Incompatible types: "x: y"  [assignment]\n'
        "app/a.py:3:5: note: Did you mean z?\n"
        "app/a.py:3:5: note: See https://mypy.example for more\n"
        "app/b.py:1: error: No code here\n"
        "Found 2 errors\n"
    )
    first, second = diagnostics_in(output)
    assert (first.line, first.column, first.code, first.hint) == (3, 5, "assignment", "Did you mean z?")
    assert first.message == 'Incompatible types: "x: y"'
    assert (second.path, second.line, second.column, second.code) == ("app/b.py", 1, 0, "mypy")


def test_layers_without_anything_to_look_at_are_not_missed_but_broken_ones_are(
    project: Project, tmp_path: Path
) -> None:
    (tmp_path / "notes.md").write_text("# Notes\n")
    nothing = judge_tree(tmp_path, files=["notes.md"], python=None, cache=tmp_path / "none")
    assert (set(nothing.not_run), nothing.unheard) == (set(LAYERS) - {"syntax"}, {})
    project.write("app/service.py", "import requests\n")
    broken = project.judge("imports")
    assert dict(broken.unheard) == {"imports": "No environment to look these up in: requests."}


def test_ten_thousand_findings_are_bounded_and_counted_and_each_atom_has_its_own(project: Project) -> None:
    line = "x = eval('1'); import os; y == None; " * 4
    text = "".join(f"def f{number}():\n    {line}\n\n\n" for number in range(625))
    project.write("app/many.py", text)
    report = project.judge("lint", "security")
    kept = [item for item in report.layers["lint"].diagnostics if item.severity == "error"]
    assert len(kept) + report.layers["lint"].left_out >= 10_000
    assert len(kept) == 1_000
    spans = {"app/many.py": [(number, 4 * number + 1, 4 * number + 4) for number in range(625)]}
    assert set(charge(kept, spans)) == set(charge(report.layers["security"].diagnostics, spans)) == set(range(625))


def test_every_finding_has_a_hint(project: Project) -> None:
    project.write("app/wrong.py", "import os\nfrom app.models import Gone\n\n\ndef f(x):\n    return eval(x) + Gone\n")
    report = project.judge()
    assert {item.layer for item in report.diagnostics} == {"imports", "types", "lint", "security"}
    assert all(item.hint for item in report.diagnostics)
