"""The base tree: every file of a plan as its atoms' current texts give it, and where in it each atom stands."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from execution.models import Atom
from execution.states import AtomStatus


@dataclass(frozen=True)
class Span:
    """Lines of an atom in its file, from 1, both ends included."""

    atom: uuid.UUID
    start: int
    end: int


@dataclass
class Tree:
    """Files by path, and the spans of their atoms."""

    files: dict[str, str] = field(default_factory=dict)
    spans: dict[str, list[Span]] = field(default_factory=dict)
    atoms: dict[uuid.UUID, Atom] = field(default_factory=dict)

    def span_of(self, atom: Atom) -> Span:
        return next(span for span in self.spans[atom.path] if span.atom == atom.pk)

    def with_text(self, atom: Atom, text: str) -> str:
        """The atom's file with ``text`` in its place."""
        rows = (self.atoms[span.atom] for span in self.spans[atom.path])
        return "".join(text if row.pk == atom.pk else current_text(row) for row in rows)


def current_text(atom: Atom) -> str:
    return atom.current.text if atom.current else ""


def base_tree(
    plan_id: uuid.UUID,
    *,
    only_accepted: bool = False,
    path: str | None = None,
    paths: Collection[str] | None = None,
) -> Tree:
    """The tree of a plan, or one or some files of it. One query; ``only_accepted`` gives what the workspace shows."""
    rows = Atom.objects.filter(plan_id=plan_id).exclude(status=AtomStatus.SKIPPED)
    rows = rows.select_related("current", "accepted").order_by("path", "position")
    if path is not None:
        rows = rows.filter(path=path)
    if paths is not None:
        rows = rows.filter(path__in=paths)
    return assemble(rows, only_accepted=only_accepted)


def assemble(atoms: Iterable[Atom], *, only_accepted: bool = False) -> Tree:
    """Put atoms, sorted by path and position, together.

    If so asked, as last accepted: a file with an atom that never was is left out, one that is tried again shows the
    text that was accepted before.
    """
    tree = Tree()
    incomplete: set[str] = set()
    lines: dict[str, int] = {}
    for atom in atoms:
        text = current_text(atom)
        if only_accepted:
            if atom.accepted is None:
                incomplete.add(atom.path)
            else:
                text = atom.accepted.text
        start = lines.get(atom.path, 0) + 1
        lines[atom.path] = start - 1 + text.count("\n")
        end = max(start, lines[atom.path] + (0 if text.endswith("\n") else 1))
        tree.files[atom.path] = tree.files.get(atom.path, "") + text
        tree.spans.setdefault(atom.path, []).append(Span(atom.pk, start, end))
        tree.atoms[atom.pk] = atom
    for path in incomplete:
        del tree.files[path]
    return tree
