"""``manage.py depgraph DIR``: the dependency graph and the waves of a folder. Needs no services."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError, CommandParser

from execution.atoms import cut, language_of
from execution.atoms.files import SourceFile, is_folder, problem_of, read_files
from execution.graph import WAVE_LIMIT, Edge, Graph, build, waves
from execution.graph.javascript.modules import is_configuration
from execution.graph.picture import picture, to_mermaid
from execution.graph.scoring import TRUTH, Score, figures, score_cases
from execution.graph.svg import to_svg


class Command(BaseCommand):
    help = "Find the dependencies among the atoms of a folder, and their waves."
    requires_system_checks: ClassVar[list[str]] = []  # type: ignore[misc]  # Django declares it on the instance

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", metavar="DIR", type=Path)
        parser.add_argument("--format", choices=("json", "svg", "mermaid"), default="json")
        parser.add_argument("--limit", type=int, default=WAVE_LIMIT, help="Most atoms in a wave.")
        parser.add_argument("--json", action="store_true", help="The same as --format json.")
        parser.add_argument(
            "--score", action="store_true", help="DIR holds cases with a callgraph.json: how many calls are found."
        )

    def handle(self, *args: Any, folder: Path, limit: int, **options: Any) -> None:
        if not is_folder(folder):
            raise CommandError(f"Not a folder: {folder}.", returncode=2)
        if limit < 1:
            raise CommandError("--limit is at least 1.", returncode=2)
        if options["score"]:
            self._print_score(folder)
            return
        found = list(read_files(folder))
        files = [file for file in found if file.problem or language_of(str(file.path)).name != "text"]
        names = {file.path: file.path.relative_to(folder).as_posix() for file in found}
        atoms = {names[file.path]: cut(names[file.path], file.data) for file in files if _is_code(file)}
        root_package = folder.resolve().name if "__init__.py" in atoms else ""
        configurations = {
            names[file.path]: file.data for file in found if file.was_read and is_configuration(names[file.path])
        }
        graph = build(atoms, root_package=root_package, configurations=configurations)
        order = waves(graph, limit)
        if options["format"] == "json":
            problems = {names[file.path]: problem_of(file, atoms.get(names[file.path], ())) for file in files}
            self.stdout.write(json.dumps(graph_json(graph, order, problems)))
        elif options["format"] == "svg":
            self.stdout.write(to_svg(picture(graph, order)))
        else:
            self.stdout.write(to_mermaid(picture(graph, order)))
        failed = [file for file in files if file.failed]
        for file in failed:
            self.stderr.write(f"{file.path}: {file.problem}")
        if failed:
            raise CommandError(f"{len(failed)} could not be read and are not in the graph.")

    def _print_score(self, folder: Path) -> None:
        """A JSON line for each case with a fault, then the figures of all."""
        scores = list(score_cases(folder))
        if not scores:
            raise CommandError(f"No {TRUTH} below {folder}.", returncode=2)
        for score in scores:
            if score.wrong or score.missing:
                self.stdout.write(json.dumps(score_json(score)))
        self.stdout.write(json.dumps(figures(scores)))


def score_json(score: Score) -> dict[str, object]:
    return {"case": score.case, "wrong": sorted(score.wrong), "missing": sorted(score.missing)}


def _is_code(file: SourceFile) -> bool:
    return file.was_read and language_of(str(file.path)).name != "text"


def graph_json(graph: Graph, order: tuple[tuple[str, ...], ...], problems: Mapping[str, str]) -> dict[str, object]:
    """``problems`` by path; those without one are not named."""
    document: dict[str, object] = {
        "nodes": [
            {"id": node.id, "path": node.path, "qualname": node.qualname, "kind": node.kind} for node in graph.nodes
        ],
        "edges": [edge_json(edge) for edge in graph.edges],
        "waves": [list(wave) for wave in order],
    }
    named = [{"path": path, "problem": problem} for path, problem in problems.items() if problem]
    if named:
        document["problems"] = named
    return document


def edge_json(edge: Edge) -> dict[str, object]:
    """``line`` is the first in the file of ``to`` that causes the edge; ``reason`` says why it is broken."""
    found: dict[str, object] = {
        "from": edge.source,
        "to": edge.target,
        "type": edge.type,
        "broken": edge.broken,
        "line": edge.line,
        "lines": edge.weight,
        "timing": edge.timing,
    }
    return found | {"reason": edge.reason} if edge.broken else found
