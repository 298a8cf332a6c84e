"""Which atoms are to blame for red tests: spectrum-based fault localisation.

Ochiai's coefficient, after Abreu, Zoeteweij and van Gemund, "An Evaluation of Similarity Coefficients for Software
Fault Localization" (PRDC 2006): failed(e) / sqrt(failed × (failed(e) + passed(e))), where failed(e) and passed(e) count
the failing and passing tests that execute element e, and failed all failing tests.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from math import sqrt
from typing import TypeVar

from execution.acceptance.report import TestCase, TestReport

Atom = TypeVar("Atom", bound=Hashable)
Spans = Mapping[str, Sequence[tuple[Atom, int, int]]]


def suspects(report: TestReport, spans: Spans[Atom]) -> list[tuple[Atom, float]]:
    """Atoms with their suspicion, 0 to 1, most suspect first; those that no red test touched are left out.

    ``spans`` holds (atom, first line, last line) by path. A test touches the atoms whose lines it executed and those in
    its traceback; of equally suspect atoms the one nearer to where the failures showed comes first.
    """
    red = [test for test in report.tests if test.red]
    if not red:
        return []
    failed: dict[Atom, int] = {}
    passed: dict[Atom, int] = {}
    depth: dict[Atom, int] = {}
    for test in report.tests:
        if test.outcome not in ("skipped", "xfailed"):
            counts = failed if test.red else passed
            for atom in _touched(report, test, spans):
                counts[atom] = counts.get(atom, 0) + 1
    for test in red:
        for position, frame in enumerate(reversed(test.frames)):
            for atom in _atoms_of(spans, frame[0], {frame[1]}):
                depth[atom] = min(depth.get(atom, position), position)
    scores = {atom: count / sqrt(len(red) * (count + passed.get(atom, 0))) for atom, count in failed.items()}
    order = {atom: place for place, atom in enumerate(atom for items in spans.values() for atom, _, _ in items)}
    return sorted(scores.items(), key=lambda item: (-item[1], depth.get(item[0], len(order) + 1000), order[item[0]]))


def _touched(report: TestReport, test: TestCase, spans: Spans[Atom]) -> set[Atom]:
    touched: set[Atom] = set()
    for path, lines in report.coverage.get(test.node_id, {}).items():
        touched |= _atoms_of(spans, path, lines)
    if test.red:
        for path, line in test.frames:
            touched |= _atoms_of(spans, path, {line})
    return touched


def _atoms_of(spans: Spans[Atom], path: str, lines: frozenset[int] | set[int]) -> set[Atom]:
    return {atom for atom, start, end in spans.get(path, ()) if any(start <= line <= end for line in lines)}
