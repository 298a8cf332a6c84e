"""What is looked at once, at the last level, because it is slow or asks others: bandit, and known vulnerabilities."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from execution.sandbox.isolation import NotIsolated
from execution.sandbox.launching import SandboxFailed
from execution.sandbox.limits import MEBIBYTE, Limits
from execution.sandbox.runs import run
from execution.validation.declared import declared_requirements, place_of
from execution.validation.environments import EnvironmentNotBuilt, environment_for, inherited, normalised
from execution.validation.package_names import normalised_name
from execution.validation.results import LayerResult, NotRun, ToolAbsent, judge, together
from integrations.llm.shapes import Diagnostic

BANDIT = "bandit==1.9.4\n"
"""In an environment of its own, like a project's: no other part of DevMatrix needs it."""
_LEFT_OUT = "B101"
_LIMITS = Limits(wall=300.0, cpu=300, output=64 * MEBIBYTE)
_TIMEOUT = 120
_PROJECT = '[project]\nname = "audited"\nversion = "0"\nrequires-python = ">=3.11"\ndependencies = '
_SCRIPT = "import sys; from bandit.cli.main import main; main()"


def audit(root: Path, files: Sequence[str], *, environments: Path, service: str) -> LayerResult:
    """Both together: a part of the security layer, for the last level. Not run where one of them was not."""
    code = judge(lambda: check_with_bandit(root, files, environments=environments), checks=len(files))
    if not declared_requirements(_lists(root)):
        return code
    return together([code, judge(lambda: audited_requirements(root, service=service), checks=1)])


def audited_requirements(root: Path, *, service: str) -> list[Diagnostic]:
    """Known vulnerabilities of what the project below ``root`` declares. Raises NotRun; ToolAbsent: no service."""
    lists = _lists(root)
    requirements = declared_requirements(lists)
    return check_dependencies(lists, requirements, service=service) if requirements else []


def _lists(root: Path) -> dict[str, str]:
    """The texts of the files where a project says what it requires."""
    places = (*root.glob("*requirements*.txt"), root / "pyproject.toml")
    return {
        place.relative_to(root).as_posix(): place.read_text("utf-8", "replace") for place in places if place.is_file()
    }


def check_with_bandit(root: Path, files: Sequence[str], *, environments: Path) -> list[Diagnostic]:
    """What bandit says of the named Python files that are no tests. Raises NotRun."""
    code = [path for path in files if path.endswith(".py") and "tests" not in path.split("/")]
    if not code:
        return []
    try:
        python = environment_for(BANDIT, environments).python
        command = [str(python), "-c", _SCRIPT, "--format", "json", "--quiet", "--exit-zero", "--skip", _LEFT_OUT, *code]
        outcome = run(command, workspace=root, limits=_LIMITS, python=python)
    except (EnvironmentNotBuilt, SandboxFailed, NotIsolated) as error:
        raise NotRun(f"bandit could not run: {error.detail}") from error
    try:
        found: list[dict[str, Any]] = json.loads(outcome.stdout[outcome.stdout.index("{") :])["results"]
    except (ValueError, KeyError):
        raise NotRun(f"bandit failed: {(outcome.stderr or outcome.stdout).strip()[-300:]}") from None
    return [_of_bandit(item) for item in found]


def _of_bandit(item: Mapping[str, Any]) -> Diagnostic:
    """Only what is grave, and of which bandit is sure, is an error: it stops a build."""
    grave = item["issue_severity"] == "HIGH" and item["issue_confidence"] == "HIGH"
    return Diagnostic(
        path=item["filename"].removeprefix("./"),
        line=int(item["line_number"]),
        column=int(item.get("col_offset") or 0) + 1,
        layer="security",
        code=item["test_id"],
        message=item["issue_text"],
        severity="error" if grave else "warning",
        hint=f"See {item['more_info']}",
    )


def check_dependencies(files: Mapping[str, str], requirements: str, *, service: str) -> list[Diagnostic]:
    """Known vulnerabilities of the exact requirements, at the lines that ask for them, from an OSV service.

    Raises NotRun, ToolAbsent where no service is configured.
    """
    if not service:
        raise ToolAbsent("The requirements were not audited: VULNERABILITIES_URL names no service.")
    document = _audited(normalised(requirements), service)
    return [_of_audit(item, files) for item in document.get("vulnerabilities", [])]


def _audited(requirements: tuple[str, ...], service: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="devmatrix-audit-") as folder:
        text = _PROJECT + json.dumps(requirements)
        (Path(folder) / "pyproject.toml").write_text(f"{text}\n", encoding="utf-8")
        options = ["--project", folder, "--service-url", service, "--output-format", "json", "--quiet"]
        try:
            done = subprocess.run(
                [str(Path(sys.executable).with_name("uv")), "audit", *options, "--preview-features", "audit"],
                env=inherited(),
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=_TIMEOUT,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise NotRun(f"uv audit could not run: {error}") from error
    try:
        document: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        raise NotRun(f"uv audit failed: {(done.stderr or done.stdout).strip()[-300:]}") from None
    return document


def _of_audit(item: Mapping[str, Any], files: Mapping[str, str]) -> Diagnostic:
    name = normalised_name(str(item.get("dependency", {}).get("name", "")))
    path, line = place_of(name, files)
    fixed = ", ".join(item.get("fix_versions") or [])
    return Diagnostic(
        path=path,
        line=line,
        layer="security",
        code=str(item.get("id", "vulnerable")),
        message=f"{name} has a known vulnerability: {item.get('summary') or item.get('id')}",
        hint=f"Use {fixed}." if fixed else "No version without it is known; look for another package.",
    )
