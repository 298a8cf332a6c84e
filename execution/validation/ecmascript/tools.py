"""The project's own ``tsc`` and eslint, in the sandbox: their settings and plugins are code of the project."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from execution.sandbox.inside.view import WORKSPACE
from execution.sandbox.interpreters import directories_of
from execution.sandbox.isolation import Level, NotIsolated, isolation
from execution.sandbox.launching import SandboxFailed
from execution.sandbox.limits import MEBIBYTE, Limits, Outcome
from execution.sandbox.runs import run
from execution.validation.results import NotRun, ToolAbsent
from integrations.llm.shapes import Diagnostic

_LIMITS = Limits(wall=120.0, cpu=240, memory=32_768 * MEBIBYTE, output=32 * MEBIBYTE, open_files=4096)
"""Node reserves far more address space than it uses."""
_TSC = re.compile(r"^(?P<path>[^(\n]+)\((?P<line>\d+),(?P<column>\d+)\): error (?P<code>TS\d+): (?P<message>.*)$", re.M)
_ESLINT_SETTINGS = ("eslint.config.js", "eslint.config.mjs", "eslint.config.cjs", "eslint.config.ts")


def check_types(root: Path, files: Sequence[str]) -> list[Diagnostic]:
    """What ``tsc --noEmit`` says of the named files. Raises NotRun, ToolAbsent where the project has none."""
    if not (root / "tsconfig.json").is_file():
        raise ToolAbsent("TypeScript: the project has no tsconfig.json.")
    outcome = _run(root, "typescript/bin/tsc", "tsc", ["--noEmit", "--pretty", "false"])
    found = [_of_tsc(match) for match in _TSC.finditer(outcome.stdout)]
    if outcome.exit_code not in (0, 1, 2) or (outcome.exit_code and not found):
        raise NotRun(f"tsc failed: {_end_of(outcome)}")
    return [item for item in found if item.path in set(files)]


def check_lint(root: Path, files: Sequence[str]) -> list[Diagnostic]:
    """What eslint says of the named files. Raises NotRun, ToolAbsent where the project has none.

    With settings of the older kind (``.eslintrc``) the project is linted whole: they say which endings are meant.
    """
    script, told = "eslint/bin/eslint.js", ["--format", "json"]
    if any((root / name).is_file() for name in _ESLINT_SETTINGS):
        outcome = _run(root, script, "eslint", [*told, "--no-warn-ignored", "--", *files])
    elif list(root.glob(".eslintrc*")):
        outcome = _run(root, script, "eslint", [*told, "."], {"ESLINT_USE_FLAT_CONFIG": "false"})
    else:
        raise ToolAbsent("JavaScript: the project has no settings of eslint.")
    try:
        documents: list[dict[str, Any]] = json.loads(outcome.stdout)
    except ValueError:
        raise NotRun(f"eslint failed: {_end_of(outcome)}") from None
    found = [
        _of_eslint(_relative(document["filePath"]), message)
        for document in documents
        for message in document["messages"]
    ]
    return [item for item in found if item.path in set(files)]


def _run(
    root: Path, script: str, name: str, arguments: Sequence[str], environment: Mapping[str, str] | None = None
) -> Outcome:
    node, modules = shutil.which("node"), root / "node_modules"
    if node is None:
        raise ToolAbsent(f"{name} needs node, which this machine has not got.")
    if not (modules / script).is_file():
        raise ToolAbsent(f"The project has no {name} in node_modules.")
    if isolation().level < Level.NAMESPACES:
        raise NotRun(f"{name} is code of the project, and nothing here isolates it.")
    shown = [(modules.resolve(), f"{WORKSPACE}/node_modules")]
    shown += [(Path(host), place) for host, place in directories_of(Path(node))]
    try:
        command = [node, f"node_modules/{script}", *arguments]
        return run(command, workspace=root, limits=_LIMITS, shown=shown, environment=environment)
    except (SandboxFailed, NotIsolated) as error:
        raise NotRun(f"{name} could not run: {error.detail}") from error


def _end_of(outcome: Outcome) -> str:
    why = f"stopped by its limit on {outcome.killed_by}. " if outcome.killed_by else ""
    return f"{why}{(outcome.stderr or outcome.stdout).strip()[-300:]}"


def _of_tsc(match: re.Match[str]) -> Diagnostic:
    number = int(match["code"][2:])
    return Diagnostic(
        path=match["path"],
        line=int(match["line"]),
        column=int(match["column"]),
        layer="syntax" if number < 2000 else "types",
        code=match["code"],
        message=match["message"],
    )


def _of_eslint(path: str, message: dict[str, Any]) -> Diagnostic:
    """A rule of eslint's own has its page; one of a plugin has ``/`` in its name."""
    rule = message.get("ruleId") or ""
    own = f"See https://eslint.org/docs/latest/rules/{rule}" if rule and "/" not in rule else ""
    return Diagnostic(
        path=path,
        line=max(int(message.get("line") or 1), 1),
        column=int(message.get("column") or 0),
        layer="lint",
        code=rule or "eslint",
        message=message["message"],
        severity="error" if message.get("severity") == 2 else "warning",
        hint=f"See https://eslint.org/docs/latest/rules/{rule}"
        if own
        else "See what the project's eslint wants of it.",
    )


def _relative(path: str) -> str:
    return path.removeprefix(f"{WORKSPACE}/")
