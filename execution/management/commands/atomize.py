"""``manage.py atomize PATH...``: cut files into atoms, one JSON line per file. Needs no services."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError, CommandParser

from execution.atoms import Atom, cut, language_of
from execution.atoms.files import SourceFile, read_files


class Command(BaseCommand):
    help = "Cut files, or all files of folders, into atoms; prints one JSON line per file."
    requires_system_checks: ClassVar[list[str]] = []  # type: ignore[misc]  # Django declares it on the instance

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("paths", nargs="+", metavar="PATH", type=Path)
        parser.add_argument("--json", action="store_true", help="JSON lines; this is what is printed anyway.")

    def handle(self, *args: Any, paths: list[Path], **options: Any) -> None:
        missing = [str(path) for path in paths if not path.exists() and not path.is_symlink()]
        if missing:
            raise CommandError(f"No such file or folder: {', '.join(missing)}.", returncode=2)
        failed = 0
        for path in paths:
            for file in read_files(path):
                self.stdout.write(json.dumps(file_line(file), ensure_ascii=True))
                failed += file.failed
        if failed:
            raise CommandError(f"{failed} could not be read; they are named in the output with their problem.")


def file_line(file: SourceFile) -> dict[str, object]:
    """One line of the output; ``problem`` only where there is one."""
    path = str(file.path)
    atoms = [atom_json(atom) for atom in cut(path, file.data)] if file.was_read else []
    line: dict[str, object] = {"path": path, "language": language_of(path).name, "atoms": atoms}
    if file.problem:
        line["problem"] = file.problem
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
