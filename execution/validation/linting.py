"""ruff, once over everything; its findings belong to three layers: lint, security (``S``) and performance."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from execution.validation.results import NotRun
from execution.validation.standards import GENERATED
from integrations.llm.shapes import Diagnostic

_TIMEOUT = 60
_SPANNING = ("I001", "F401", "F811")
"""Rules that need the whole file, or the whole project, to be right about a text judged alone."""
_WAIVER = re.compile(r"#\s*noqa(?::\s*(?P<codes>[A-Z0-9, ]+))?", re.IGNORECASE)


def lint_tree(root: Path, files: Sequence[str], *, rules: Path = GENERATED.rules) -> list[Diagnostic]:
    """Findings of all three layers for the named Python files below ``root``. Raises NotRun when ruff breaks."""
    if not files:
        return []
    found = _run(["--", *files], root=root, text=None, rules=rules)
    names = {str(root.resolve() / path): path for path in files}
    lines: dict[str, list[str]] = {}
    kept = []
    for item in found:
        path = names.get(item["filename"])
        if path is None:
            raise NotRun(f"ruff named a file that it was not given: {item['filename']}")
        if path not in lines:
            lines[path] = (root / path).read_text(encoding="utf-8", errors="replace").split("\n")
        if not _is_waived(item, lines[path]):
            kept.append(_diagnostic(path, item))
    return [item for item in kept if item.code != "invalid-syntax"]


def lint_text(path: str, text: str, *, rules: Path = GENERATED.rules) -> list[Diagnostic]:
    """Findings for one text alone; what only its file or project can decide is left out. Raises NotRun."""
    found = _run(
        ["--extend-ignore", ",".join(_SPANNING), "--stdin-filename", path, "-"], root=None, text=text, rules=rules
    )
    lines = text.split("\n")
    kept = [_diagnostic(path, item) for item in found if not _is_waived(item, lines)]
    return [item for item in kept if item.code != "invalid-syntax"]


def _run(arguments: list[str], *, root: Path | None, text: str | None, rules: Path) -> list[dict[str, Any]]:
    executable = Path(sys.executable).with_name("ruff")
    options = ["check", "--config", str(rules), "--output-format", "json", "--no-cache", "--quiet", "--ignore-noqa"]
    try:
        done = subprocess.run(
            [str(executable), *options, *arguments],
            cwd=root,
            input=text,
            capture_output=True,
            encoding="utf-8",
            timeout=_TIMEOUT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotRun(f"ruff could not run: {error}") from error
    if done.returncode not in (0, 1):
        raise NotRun(f"ruff failed: {done.stderr.strip()[-300:]}")
    findings: list[dict[str, Any]] = json.loads(done.stdout)
    return findings


def _is_waived(item: dict[str, Any], lines: list[str]) -> bool:
    """Whether a ``noqa`` comment waives the finding; security findings cannot be waived by the code they are about."""
    code, row = item["code"] or "", item.get("noqa_row") or item["location"]["row"]
    if code.startswith("S") or row > len(lines):
        return False
    waiver = _WAIVER.search(lines[row - 1])
    if waiver is None:
        return False
    codes = waiver["codes"]
    return codes is None or code in re.split(r"[,\s]+", codes.upper())


def _diagnostic(path: str, item: dict[str, Any]) -> Diagnostic:
    code = item["code"] or "invalid-syntax"
    fix = item.get("fix") or {}
    layer = _layer(code)
    return Diagnostic(
        path=path,
        line=item["location"]["row"],
        column=item["location"]["column"],
        layer=layer,
        code=code,
        message=item["message"],
        severity="warning" if layer == "performance" else "error",
        hint=fix.get("message") or "",
    )


def _layer(code: str) -> str:
    if re.match(r"S\d", code):
        return "security"
    if code.startswith(("C90", "PERF")):
        return "performance"
    return "lint"
