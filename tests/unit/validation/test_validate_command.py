from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from execution.validation.projects import files_of

GOOD = "from __future__ import annotations\n\n\ndef double(number: int) -> int:\n    return number * 2\n"
PYTHON = sys.executable


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text(GOOD)
    return tmp_path


def test_a_good_folder_passes_as_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("validate", folder, "--json")
    document = json.loads(capsys.readouterr().out)
    assert document["passed"] is True
    assert {layer: found["status"] for layer, found in document["layers"].items()} == {
        "syntax": "passed",
        "imports": "passed",
        "types": "passed",
        "lint": "passed",
        "security": "passed",
        "performance": "passed",
    }


def test_findings_are_charged_to_atoms_and_the_exit_status_is_one(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "app.py").write_text(GOOD + "\n\nNAME: int = double('2')\n")
    with pytest.raises(SystemExit) as ending:
        call_command("validate", folder, "--json")
    assert ending.value.code == 1
    types = json.loads(capsys.readouterr().out)["layers"]["types"]
    (finding,) = types["diagnostics"]
    assert finding["atom"]
    assert (finding["path"], finding["line"], finding["code"]) == ("app.py", 8, "arg-type")
    assert set(finding) == {"path", "line", "column", "code", "message", "severity", "hint", "atom"}


def test_text_names_every_layer_and_the_verdict(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "app.py").write_text("import os\n")
    with pytest.raises(SystemExit):
        call_command("validate", folder)
    output = capsys.readouterr().out
    assert "app.py:1:8: lint F401 `os` imported but unused" in output
    assert output.endswith("not passed\n")


def test_the_environment_can_be_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "app.py").write_text("import pytest\n\nNAME = pytest\n")
    call_command("validate", folder, "--json", "--python", PYTHON)
    assert json.loads(capsys.readouterr().out)["passed"] is True


def test_an_interpreter_in_the_folder_is_not_trusted(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mark = folder / "executed"
    python = folder / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f"#!/bin/sh\ntouch {mark}\n")
    python.chmod(0o755)
    call_command("validate", folder, "--json")
    assert not mark.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{folder}/none"], "Not a folder"),
        (["{folder}/empty"], "No source files"),
        (["{folder}", "--python", "/none"], "No interp"),
    ],
)
def test_wrong_use_has_exit_status_two(folder: Path, arguments: list[str], message: str) -> None:
    (folder / "empty").mkdir()
    with pytest.raises(CommandError, match=message) as error:
        call_command("validate", *(argument.format(folder=folder) for argument in arguments))
    assert error.value.returncode == 2


def test_links_hidden_folders_and_environments_are_not_looked_at(folder: Path) -> None:
    for name in (".hidden/a.py", "venv/a.py", "node_modules/a.py", "sub/b.py", "sub/c.txt", "data.json"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("")
    (folder / "link.py").symlink_to("app.py")
    (folder / "up").symlink_to("..")
    assert files_of(folder) == ["app.py", "data.json", "sub/b.py"]


def test_requirements_that_cannot_be_had_are_findings_where_they_stand(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "requirements.txt").write_text("# web\nfastapi\n")
    (folder / "requirements-dev.txt").write_text("-r requirements.txt\npytest\nreqeusts==2.0\n")
    with pytest.raises(SystemExit):
        call_command("validate", folder, "--json")
    imports = json.loads(capsys.readouterr().out)["layers"]["imports"]
    (finding,) = imports["diagnostics"]
    assert imports["status"] == "failed"
    assert (finding["path"], finding["line"], finding["code"]) == ("requirements-dev.txt", 3, "suspicious_package")
    assert "TRUSTED_PACKAGES" in finding["hint"]


def test_what_devmatrix_generated_is_held_to_more(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "app.py").write_text("def double(number):\n    return number * 2\n")
    call_command("validate", folder, "--json")
    assert json.loads(capsys.readouterr().out)["passed"] is True
    (folder / ".devmatrix").mkdir()
    (folder / ".devmatrix" / "manifest.json").write_text("{}")
    with pytest.raises(SystemExit):
        call_command("validate", folder, "--json")
    found = json.loads(capsys.readouterr().out)["layers"]["types"]["diagnostics"]
    assert [(item["code"], item["hint"]) for item in found] == [
        ("no-untyped-def", "Annotate every parameter and the return value.")
    ]
