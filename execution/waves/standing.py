"""Where an atom stands in its file, for people who look at it."""

from __future__ import annotations

from dataclasses import dataclass

from execution.models import Atom
from execution.waves.tree import base_tree, current_text


@dataclass(frozen=True)
class AtomInFile:
    """The file an atom stands in, as the base tree has it, and the atom's lines in it (from 1, both ends included)."""

    path: str
    text: str
    start_line: int
    end_line: int


def standing_of(atom: Atom) -> AtomInFile:
    """The atom's file in the base tree, one query; the atom alone when it is left out of the project."""
    tree = base_tree(atom.plan_id, path=atom.path)
    if atom.pk not in tree.atoms:
        text = current_text(atom)
        return AtomInFile(atom.path, text, 1, max(1, len(text.splitlines())))
    span = tree.span_of(atom)
    return AtomInFile(atom.path, tree.files[atom.path], span.start, span.end)
