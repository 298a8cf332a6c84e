"""How good the cuts of many files are: the figures that `atomize --quality` prints."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from execution.atoms.atom import MAXIMUM_LINES, Atom, join
from execution.atoms.context import context_for
from execution.atoms.cutting import cut
from execution.atoms.languages import language_of, module_of

WANTED_COMPLETENESS = 0.95
MOST_CONTEXTS = 100
"""Of a longer file, this many atoms spread over it are asked for their context."""


@dataclass(slots=True)
class Quality:
    """Figures of one language. Atoms of kind ``file`` are only counted: nothing was cut there."""

    files: int = 0
    lossless: int = 0
    whole: int = 0
    lines: list[int] = field(default_factory=list)
    on_boundary: int = 0
    boundaries: int = 0
    atomic: int = 0
    complete: int = 0
    completeness: float = 0.0
    contexts: int = 0
    failed: Counter[str] = field(default_factory=Counter)

    def add(self, path: str, data: bytes) -> None:
        atoms = cut(path, data)
        self.files += 1
        self.lossless += join(atoms) == data
        if atoms[0].kind == "file":
            self.whole += bool(data.strip())
            return
        self.lines.extend(atom.loc for atom in atoms)
        self.atomic += sum(atom.is_atomic for atom in atoms)
        for atom in atoms:
            self.failed.update(atom.failed_criteria)
        self.boundaries += len(atoms) - 1
        self.on_boundary += len(atoms) - 1 - len(cuts_off_boundary(path, data, atoms))
        asked = atoms[:: max(1, len(atoms) // MOST_CONTEXTS)]
        found = [context_for(atom, file_atoms=atoms).completeness for atom in asked]
        self.contexts += len(found)
        self.completeness += sum(found)
        self.complete += sum(completeness >= WANTED_COMPLETENESS for completeness in found)

    def figures(self) -> dict[str, float]:
        """Counts, and shares from 0.0 to 1.0."""
        lines = sorted(self.lines) or [0]
        count = max(1, len(self.lines))
        return {
            "files": self.files,
            "lossless": share(self.lossless, self.files),
            "left_whole": share(self.whole, self.files),
            "atoms": len(self.lines),
            "median_lines": statistics.median(lines),
            "p95_lines": lines[int(len(lines) * 0.95)],
            "within_limit": share(sum(line <= MAXIMUM_LINES for line in lines), len(lines)),
            "on_boundary": share(self.on_boundary, self.boundaries),
            "atomic": share(self.atomic, len(self.lines)),
            "complete_context": share(self.complete, self.contexts),
            "mean_completeness": round(self.completeness / self.contexts, 4) if self.contexts else 1.0,
            **{f"fails {name}": round(times / count, 4) for name, times in self.failed.most_common()},
        }


def share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 1.0


def measure(files: Iterable[tuple[str, bytes]]) -> dict[str, Quality]:
    """The figures by language, of all files that a language module knows."""
    found: dict[str, Quality] = {}
    for path, data in files:
        language = language_of(path)
        if module_of(path) is not None:
            found.setdefault(language.name, Quality()).add(path, data)
    return found


def cuts_off_boundary(path: str, data: bytes, atoms: tuple[Atom, ...]) -> list[Atom]:
    """The atoms whose first code is not where a statement, a member or a clause begins."""
    language = module_of(path)
    root = None if language is None else language.parse(data)
    if language is None or root is None:
        return []
    starts, trivia = language.grammar.boundaries(root)
    return [atom for atom in atoms[1:] if _first_code(data, atom.start_byte, trivia) not in starts]


def _first_code(data: bytes, start: int, trivia: dict[int, int]) -> int:
    """The first byte from ``start`` that is neither white space nor comment."""
    while start < len(data):
        if start in trivia:
            start = trivia[start]
        elif data[start : start + 1].isspace():
            start += 1
        else:
            break
    return start
