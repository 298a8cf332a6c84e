"""The base tree: every file of a plan as its atoms' current texts give it, and where in it each atom stands."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from django.db.models import Q, QuerySet

from common.statements import as_stored
from execution.models import Atom, AtomRevision
from execution.states import AtomStatus
from execution.validation.charging import charge
from integrations.llm.shapes import Diagnostic


class Span(NamedTuple):
    """Lines of an atom in its file, from 1, both ends included."""

    atom: uuid.UUID
    start: int
    end: int


@dataclass(frozen=True)
class File:
    """One file of the base tree: the texts of its atoms in order."""

    texts: Mapping[uuid.UUID, str]

    @property
    def text(self) -> str:
        return "".join(self.texts.values())

    @cached_property
    def spans(self) -> list[Span]:
        found: list[Span] = []
        above = 0
        for pk, text in self.texts.items():
            found.append(_span(pk, above, text))
            above += text.count("\n")
        return found

    def span_of(self, atom: Atom) -> Span:
        return next(span for span in self.spans if span.atom == atom.pk)

    def with_texts(self, texts: Mapping[uuid.UUID, str]) -> str:
        """The file with these texts in the places of their atoms."""
        return "".join(texts.get(pk, text) for pk, text in self.texts.items())

    def with_text(self, atom: Atom, text: str) -> str:
        return self.with_texts({atom.pk: text})


@dataclass(frozen=True)
class Tree:
    """Texts of files by path, what they are made of, and the atoms that were asked for.

    Where only what is accepted is shown, a file without text has an atom that never was.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    pieces: Mapping[str, File] = field(default_factory=dict)
    atoms: Mapping[uuid.UUID, Atom] = field(default_factory=dict)

    def span_of(self, atom: Atom) -> Span:
        return self.pieces[atom.path].span_of(atom)

    def with_text(self, atom: Atom, text: str) -> str:
        """The atom's file with ``text`` in its place."""
        return self.pieces[atom.path].with_text(atom, text)

    def charged(self, findings: Collection[Diagnostic]) -> dict[uuid.UUID, list[Diagnostic]]:
        """The findings by the atom that they belong to; those that name no file with atoms are left out."""
        named = {finding.path for finding in findings}
        return charge(findings, {path: self.pieces[path].spans for path in named if path in self.pieces})


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
    rows = _rows(plan_id)
    if path is not None:
        rows = rows.filter(path=path)
    if paths is not None:
        rows = rows.filter(path__in=paths)
    return assemble(_read(rows, shown), only_accepted=only_accepted)


def current_files(plan_id: uuid.UUID) -> dict[str, File]:
    """Every file of a plan as the current texts give it, without the atoms. One query."""
    files: dict[str, dict[uuid.UUID, str]] = {}
    for path, pk, text in _rows(plan_id).values_list("path", "pk", "current__text"):
        files.setdefault(path, {})[pk] = text or ""
    return {path: File(texts) for path, texts in files.items()}


def accepted_files(plan_id: uuid.UUID) -> dict[str, str]:
    """The files that the workspace shows, without their atoms. One query."""
    texts: dict[str, list[str | None]] = {}
    for path, text in _rows(plan_id).values_list("path", "accepted__text"):
        texts.setdefault(path, []).append(text)
    whole = {path: [text for text in pieces if text is not None] for path, pieces in texts.items()}
    return {path: "".join(pieces) for path, pieces in whole.items() if len(pieces) == len(texts[path])}


def tree_with(files: Mapping[str, File], atoms: Q, *, plan_id: uuid.UUID) -> Tree:
    """The tree of a plan whose files were read, with those of its ``atoms`` that stand in them. One query."""
    found = _read(Atom.objects.filter(atoms, plan_id=plan_id).order_by("path", "position"), "current")
    return Tree(
        files={path: file.text for path, file in files.items()},
        pieces=files,
        atoms={atom.pk: atom for atom in found if atom.path in files and atom.pk in files[atom.path].texts},
    )


def _rows(plan_id: uuid.UUID) -> QuerySet[Atom]:
    return Atom.objects.filter(plan_id=plan_id).exclude(status=AtomStatus.SKIPPED).order_by("path", "position")


def _read(rows: QuerySet[Atom], shown: str) -> Iterator[Atom]:
    """Atoms with the text that is shown. There may be thousands, of which few are looked at closely."""
    for values in rows.values_list(*_OF_ATOM, f"{shown}_id", f"{shown}__text"):
        *_, pk, text = values
        atom = as_stored(Atom, zip(_OF_ATOM, values, strict=False))
        setattr(atom, shown, None if pk is None else as_stored(AtomRevision, (("id", pk), ("text", text))))
        yield atom


def assemble(atoms: Iterable[Atom], *, only_accepted: bool = False) -> Tree:
    """Put atoms, sorted by path and position, together.

    If so asked, as last accepted: a file with an atom that never was is left out, one that is tried again shows the
    text that was accepted before.
    """
    known: dict[uuid.UUID, Atom] = {}
    pieces: dict[str, dict[uuid.UUID, str]] = {}
    incomplete: set[str] = set()
    for atom in atoms:
        if only_accepted and atom.accepted is None:
            incomplete.add(atom.path)
        text = (atom.accepted.text if atom.accepted else "") if only_accepted else current_text(atom)
        pieces.setdefault(atom.path, {})[atom.pk] = text
        known[atom.pk] = atom
    files = {path: File(texts) for path, texts in pieces.items()}
    shown = {path: file.text for path, file in files.items() if path not in incomplete}
    return Tree(files=shown, pieces=files, atoms=known)
