from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from execution.sandbox.limits import Outcome
from execution.validation import auditing
from execution.validation.auditing import audit, check_dependencies, check_with_bandit
from execution.validation.environments import Environment, EnvironmentNotBuilt
from execution.validation.results import NotRun, ToolAbsent

ENVIRONMENT = Environment(python=Path("/env/bin/python"), path=Path("/env"), key="bandit")
LISTS = {"requirements.txt": "# web\nfastapi\nidna==3.6\n"}
SERVICE = "http://127.0.0.1:1/"
VULNERABLE = {
    "vulnerabilities": [
        {"dependency": {"name": "idna", "version": "3.6"}, "id": "GHSA-1", "summary": "Slow", "fix_versions": ["3.7"]}
    ]
}


def said_by_bandit(severity: str, confidence: str) -> dict[str, object]:
    return {
        "filename": "./app/a.py",
        "line_number": 3,
        "col_offset": 4,
        "test_id": "B324",
        "issue_text": "Weak hash.",
        "issue_severity": severity,
        "issue_confidence": confidence,
        "more_info": "https://bandit.example/b324",
    }


@pytest.fixture
def bandit(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Bandit, as it answers; the commands it was given."""
    commands: list[list[str]] = []
    results = [said_by_bandit("HIGH", "HIGH"), said_by_bandit("LOW", "HIGH")]

    def run(command: list[str], **_: object) -> Outcome:
        commands.append(command)
        stdout = "Working...\n" + json.dumps({"results": results})
        return Outcome(exit_code=0, stdout=stdout, stderr="", truncated=False, duration=0.1)

    monkeypatch.setattr(auditing, "environment_for", lambda *_: ENVIRONMENT)
    monkeypatch.setattr(auditing, "run", run)
    return commands


def test_bandit_looks_at_code_and_not_at_tests(bandit: list[list[str]], tmp_path: Path) -> None:
    found = check_with_bandit(tmp_path, ["app/a.py", "tests/test_a.py", "a.json"], environments=tmp_path)
    assert [(item.path, item.line, item.column, item.code, item.severity) for item in found] == [
        ("app/a.py", 3, 5, "B324", "error"),
        ("app/a.py", 3, 5, "B324", "warning"),
    ]
    assert {(item.layer, item.hint) for item in found} == {("security", "See https://bandit.example/b324")}
    assert (bandit[0][0], bandit[0][-1]) == ("/env/bin/python", "app/a.py")
    assert "tests/test_a.py" not in bandit[0]


def test_without_code_bandit_is_not_started(bandit: list[list[str]], tmp_path: Path) -> None:
    assert check_with_bandit(tmp_path, ["tests/test_a.py"], environments=tmp_path) == []
    assert bandit == []


def test_bandit_that_cannot_be_had_or_breaks_is_not_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def absent(*_: object) -> Environment:
        raise EnvironmentNotBuilt("no index")

    monkeypatch.setattr(auditing, "environment_for", absent)
    with pytest.raises(NotRun, match="bandit could not run: no index"):
        check_with_bandit(tmp_path, ["a.py"], environments=tmp_path)
    broken = Outcome(exit_code=1, stdout="", stderr="Traceback: out of order", truncated=False, duration=0.1)
    monkeypatch.setattr(auditing, "environment_for", lambda *_: ENVIRONMENT)
    monkeypatch.setattr(auditing, "run", lambda *_, **__: broken)
    with pytest.raises(NotRun, match="out of order"):
        check_with_bandit(tmp_path, ["a.py"], environments=tmp_path)


def answering(monkeypatch: pytest.MonkeyPatch, stdout: str, stderr: str = "") -> list[list[str]]:
    commands: list[list[str]] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        return subprocess.CompletedProcess(command, 1, stdout, stderr)

    monkeypatch.setattr("execution.validation.auditing.subprocess.run", run)
    return commands


def test_a_vulnerable_requirement_is_found_at_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    (command,) = [answering(monkeypatch, json.dumps(VULNERABLE))]
    (found,) = check_dependencies(LISTS, LISTS["requirements.txt"], service=SERVICE)
    assert (found.path, found.line, found.code, found.hint) == ("requirements.txt", 3, "GHSA-1", "Use 3.7.")
    assert found.message == "idna has a known vulnerability: Slow"
    assert SERVICE in command[0]


def test_without_a_service_or_when_it_does_not_answer_nothing_passes(
    monkeypatch: pytest.MonkeyPatch, bandit: list[list[str]], tmp_path: Path
) -> None:
    with pytest.raises(ToolAbsent, match="VULNERABILITIES_URL"):
        check_dependencies(LISTS, "idna", service="")
    answering(monkeypatch, "", "error: Failed to fetch")
    with pytest.raises(NotRun, match="Failed to fetch"):
        check_dependencies(LISTS, "idna", service=SERVICE)
    (tmp_path / "requirements.txt").write_text("idna==3.6\n")
    result = audit(tmp_path, ["tests/a.py"], environments=tmp_path, service="")
    assert (result.status, result.applies) == ("not_run", False)
    assert "VULNERABILITIES_URL" in result.reason
