"""``manage.py atomize PATH...``: cut files into atoms, one JSON line per file. Needs no services.

With ``--quality`` one JSON line per language instead: how long the atoms are, the share of cuts on a boundary, of atoms
that are atomic, of contexts that are complete, of files given back byte by byte.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError, CommandParser

from execution.atoms import Atom, cut, language_of
from execution.atoms.files import SourceFile, is_missing, problem_of, read_files
from execution.atoms.quality import measure


class Command(BaseCommand):
    help = "Cut files, or all files of folders, into atoms; prints one JSON line per file."
    requires_system_checks: ClassVar[list[str]] = []  # type: ignore[misc]  # Django declares it on the instance

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("paths", nargs="+", metavar="PATH", type=Path)
        parser.add_argument("--json", action="store_true", help="JSON lines; this is what is printed anyway.")
        parser.add_argument("--quality", action="store_true", help="How good the cuts are, by language.")

    def handle(self, *args: Any, paths: list[Path], **options: Any) -> None:
        missing = [str(path) for path in paths if is_missing(path)]
        if missing:
            raise CommandError(f"No such file or folder: {', '.join(missing)}.", returncode=2)
        files = chain.from_iterable(read_files(path) for path in paths)
        failed = self._print_quality(files) if options["quality"] else self._print_atoms(files)
        if failed:
            raise CommandError(f"{failed} could not be read; they are named in the output with their problem.")

    def _print_atoms(self, files: Iterable[SourceFile]) -> int:
        failed = 0
        for file in files:
            self._print(file_line(file))
            failed += file.failed
        return failed

    def _print_quality(self, files: Iterable[SourceFile]) -> int:
        problems: list[SourceFile] = []
        for language, quality in measure(_readable(files, problems)).items():
            self._print({"language": language, **quality.figures()})
        for file in problems:
            self._print({"path": str(file.path), "problem": file.problem})
        return sum(file.failed for file in problems)

    def _print(self, line: dict[str, object]) -> None:
        self.stdout.write(json.dumps(line, ensure_ascii=True))


def _readable(files: Iterable[SourceFile], problems: list[SourceFile]) -> Iterator[tuple[str, bytes]]:
    """Path and text of the files that were read; the others come to ``problems``."""
    for file in files:
        if file.problem:
            problems.append(file)
        if file.was_read:
            yield str(file.path), file.data


def file_line(file: SourceFile) -> dict[str, object]:
    """One line of the output; ``problem`` only where there is one."""
    path = str(file.path)
    atoms = cut(path, file.data) if file.was_read else ()
    shown = [atom_json(atom) for atom in atoms]
    line: dict[str, object] = {"path": path, "language": language_of(path).name, "atoms": shown}
    problem = problem_of(file, atoms)
    if problem:
        line["problem"] = problem
    return line


def atom_json(atom: Atom) -> dict[str, object]:
    return {
        "id": atom.id,
        "kind": atom.kind,
        "name": atom.name,
        "qualname": atom.qualname,
        "parent": atom.parent,
        "start_byte": atom.start_byte,
        "end_byte": atom.end_byte,
        "start_line": atom.start_line,
        "end_line": atom.end_line,
        "loc": atom.loc,
        "complexity": atom.complexity,
        "defines": list(atom.defines),
        "uses": list(atom.uses),
        "atomicity": atom.atomicity,
        "failed_criteria": list(atom.failed_criteria),
    }
