"""``manage.py validate DIR``: every layer over a folder, findings charged to atoms. Needs no services."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError, CommandParser

from common.configuration import configuration
from common.errors import DevMatrixError
from execution.atoms import cut
from execution.validation.auditing import audit
from execution.validation.charging import charge
from execution.validation.declared import declared_requirements, place_of
from execution.validation.environments import EnvironmentNotBuilt, environment_for
from execution.validation.judging import judge_tree
from execution.validation.projects import files_of
from execution.validation.results import TreeReport, together
from execution.validation.standards import standard_for
from execution.validation.type_checking import close
from integrations.llm.shapes import Diagnostic

MANIFEST = ".devmatrix/manifest.json"
"""Stands in what DevMatrix generated."""


class Command(BaseCommand):
    help = "Validate a folder: syntax, imports, types, lint, security, performance. Exit status 1: not passed."
    requires_system_checks: ClassVar[list[str]] = []  # type: ignore[misc]  # Django declares it on the instance

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", metavar="DIR", type=Path)
        parser.add_argument("--python", type=Path, help="Interpreter of the project's environment, if there is one.")
        parser.add_argument(
            "--audit", action="store_true", help="Also bandit and known vulnerabilities, as at level 4."
        )
        parser.add_argument("--json", action="store_true", help="One JSON document on standard output.")

    def handle(self, *args: Any, folder: Path, python: Path | None, **options: Any) -> None:
        if not folder.is_dir():
            raise CommandError(f"Not a folder: {folder}.", returncode=2)
        if python is not None and not python.is_file():
            raise CommandError(f"No interpreter: {python}.", returncode=2)
        files = files_of(folder)
        if not files:
            raise CommandError(f"No source files in {folder}.", returncode=2)
        interpreter, problems = (python.absolute(), []) if python else environment_of(folder)
        standard = standard_for(texts_of(folder, files), generated=(folder / MANIFEST).is_file())
        cache = configuration().state_dir / "types"
        try:
            report = judge_tree(folder, files=files, python=interpreter, cache=cache, standard=standard)
        finally:
            close(folder, python=interpreter, cache=cache, settings=standard.types)
        report = report.with_findings("imports", problems)
        if options["audit"]:
            report = audited(report, folder, files)
        atoms = atoms_of(folder, files, report)
        if options["json"]:
            self.stdout.write(json.dumps(as_json(report, atoms)))
        else:
            self.stdout.write(as_text(report))
        if not report.passed:
            raise SystemExit(1)


def audited(report: TreeReport, folder: Path, files: list[str]) -> TreeReport:
    """The report with what the last level adds to security; what was not audited is said there."""
    settings = configuration()
    more = audit(folder, files, environments=settings.environments_dir, service=settings.vulnerabilities_url)
    return TreeReport({**report.layers, "security": together([report.layers["security"], more])})


def environment_of(folder: Path) -> tuple[Path | None, list[Diagnostic]]:
    """The environment for what the project declares, or what is wrong with that, where it is declared.

    The folder's own interpreter is not trusted to be one.
    """
    declared = {path.relative_to(folder).as_posix() for path in folder.glob("*requirements*.txt")}
    names = texts_of(folder, [*declared, "requirements/dev.txt", "pyproject.toml"])
    requirements = declared_requirements(names)
    if not requirements:
        return None, []
    settings = configuration()
    try:
        trusted = settings.trusted_packages
        return environment_for(requirements, settings.environments_dir, trusted=trusted).python, []
    except EnvironmentNotBuilt as error:
        places = [place_of(package, names) for package in error.packages] or [place_of("", names)]
        return None, [problem_at(path, line, error) for path, line in dict.fromkeys(places)]
    except DevMatrixError as error:
        return None, [problem_at(*place_of("", names), error)]


def problem_at(path: str, line: int, error: DevMatrixError) -> Diagnostic:
    return Diagnostic(path=path, line=line, layer="imports", code=error.code, message=error.detail, hint=error.hint)


def texts_of(folder: Path, paths: list[str]) -> dict[str, str]:
    """What can be read of the files."""
    present = (path for path in paths if (folder / path).is_file())
    return {path: (folder / path).read_text("utf-8", "replace") for path in present}


Keyed = tuple[str, int, int, str]


def atoms_of(folder: Path, files: list[str], report: TreeReport) -> dict[Keyed, str]:
    """The id of the atom that each finding is charged to, by (path, line, column, code)."""
    paths = {item.path for item in report.diagnostics} & set(files)
    spans = {
        path: [(atom.id, atom.start_line, atom.end_line) for atom in cut(path, (folder / path).read_bytes())]
        for path in paths
        if (folder / path).is_file()
    }
    charged = charge(report.diagnostics, spans)
    return {(item.path, item.line, item.column, item.code): atom for atom, items in charged.items() for item in items}


def as_json(report: TreeReport, atoms: dict[Keyed, str]) -> dict[str, object]:
    return {
        "passed": report.passed,
        "layers": {
            layer: {
                "status": result.status,
                "reason": result.reason,
                "left_out": result.left_out,
                "diagnostics": [
                    {
                        **item.model_dump(include={"path", "line", "column", "code", "message", "severity", "hint"}),
                        "atom": atoms.get((item.path, item.line, item.column, item.code)),
                    }
                    for item in result.diagnostics
                ],
            }
            for layer, result in report.layers.items()
        },
    }


def as_text(report: TreeReport) -> str:
    lines = [
        f"{item.path}:{item.line}:{item.column}: {item.layer} {item.code} {item.message}"
        + (f" ({item.hint})" if item.hint else "")
        for item in report.diagnostics
    ]
    for layer, result in report.layers.items():
        more = f" and {result.left_out} more" if result.left_out else ""
        said = result.reason or f"{len(result.diagnostics)} findings{more}, {result.duration:.2f} s"
        lines.append(f"{layer:12} {result.status.replace('_', ' '):8} {said}")
    return "\n".join([*lines, "passed" if report.passed else "not passed"])
