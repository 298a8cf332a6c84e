"""The base tree: every file of a plan as its atoms' current texts give it, and where in it each atom stands."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from django.db.models import QuerySet

from common.statements import as_stored
from execution.models import Atom, AtomRevision
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


@dataclass(frozen=True)
class File:
    """One file of the base tree: the texts of its atoms in order."""

    texts: Mapping[uuid.UUID, str]

    @property
    def text(self) -> str:
        return "".join(self.texts.values())

    def span_of(self, atom: Atom) -> Span:
        above = 0
        for pk, text in self.texts.items():
            if pk == atom.pk:
                return _span(pk, above, text)
            above += text.count("\n")
        raise KeyError(atom.pk)

    def with_text(self, atom: Atom, text: str) -> str:
        """The file with ``text`` in the atom's place."""
        return "".join({**self.texts, atom.pk: text}.values())


def _span(atom: uuid.UUID, above: int, text: str) -> Span:
    """Where a text stands that has ``above`` lines before it; one without a line end still stands in one."""
    last = above + text.count("\n")
    return Span(atom, above + 1, max(above + 1, last + (0 if text.endswith("\n") else 1)))


def current_text(atom: Atom) -> str:
    return atom.current.text if atom.current else ""


_OF_ATOM = (
    "id", "plan_id", "task_id", "number", "key", "path", "position", "name", "qualname", "kind", "language", "unit",
    "status", "complexity", "attempts", "max_attempts", "awaiting_decision", "changed_by_person",
    "current_id", "accepted_id",
)  # fmt: skip
"""What is read of an atom with its tree: what was analysed of it is large, and a tree may have thousands of atoms."""


def base_tree(
    plan_id: uuid.UUID,
    *,
    only_accepted: bool = False,
    path: str | None = None,
    paths: Collection[str] | None = None,
) -> Tree:
    """The tree of a plan, or one or some files of it. One query; ``only_accepted`` gives what the workspace shows."""
    shown = "accepted" if only_accepted else "current"
    rows = Atom.objects.filter(plan_id=plan_id).exclude(status=AtomStatus.SKIPPED).order_by("path", "position")
    if path is not None:
        rows = rows.filter(path=path)
    if paths is not None:
        rows = rows.filter(path__in=paths)
    return assemble(_read(rows, shown), only_accepted=only_accepted)


def _read(rows: QuerySet[Atom], shown: str) -> Iterator[Atom]:
    """Atoms with the text that is shown. There may be thousands, of which few are looked at closely."""
    for values in rows.values_list(*_OF_ATOM, f"{shown}_id", f"{shown}__text"):
        *_, pk, text = values
        atom = as_stored(Atom, zip(_OF_ATOM, values, strict=False))
        setattr(atom, shown, None if pk is None else as_stored(AtomRevision, (("id", pk), ("text", text))))
        yield atom


def accepted_files(plan_id: uuid.UUID) -> dict[str, str]:
    """The files that the workspace shows, without their atoms. One query."""
    texts: dict[str, list[str | None]] = {}
    rows = Atom.objects.filter(plan_id=plan_id).exclude(status=AtomStatus.SKIPPED).order_by("path", "position")
    for path, text in rows.values_list("path", "accepted__text"):
        texts.setdefault(path, []).append(text)
    whole = {path: [text for text in pieces if text is not None] for path, pieces in texts.items()}
    return {path: "".join(pieces) for path, pieces in whole.items() if len(pieces) == len(texts[path])}


def assemble(atoms: Iterable[Atom], *, only_accepted: bool = False) -> Tree:
    """Put atoms, sorted by path and position, together.

    If so asked, as last accepted: a file with an atom that never was is left out, one that is tried again shows the
    text that was accepted before.
    """
    tree = Tree()
    incomplete: set[str] = set()
    lines: dict[str, int] = {}
    for atom in atoms:
        text = (atom.accepted.text if atom.accepted else "") if only_accepted else current_text(atom)
        if only_accepted and atom.accepted is None:
            incomplete.add(atom.path)
        above = lines.get(atom.path, 0)
        lines[atom.path] = above + text.count("\n")
        tree.files[atom.path] = tree.files.get(atom.path, "") + text
        tree.spans.setdefault(atom.path, []).append(_span(atom.pk, above, text))
        tree.atoms[atom.pk] = atom
    for path in incomplete:
        del tree.files[path]
    return tree
