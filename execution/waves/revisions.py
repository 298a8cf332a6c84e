"""Revisions: every text of an atom, immutable."""

from __future__ import annotations

import hashlib

from django.db.models import Max

from execution.models import Atom, AtomRevision


def new_revision(atom: Atom, text: str, origin: str, author: str) -> AtomRevision:
    """The next revision of an atom; the caller holds the atom's row."""
    last = atom.revisions.aggregate(last=Max("number"))["last"] or 0
    revision = revision_of(atom, text, origin, author)
    revision.number = last + 1
    revision.save(force_insert=True)
    return revision


def revision_of(atom: Atom, text: str, origin: str, author: str) -> AtomRevision:
    """A revision that is not stored yet and has no number."""
    return AtomRevision(
        atom=atom,
        text=text,
        origin=origin,
        author=author,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
    )
