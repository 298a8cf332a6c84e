"""Revisions: every text of an atom, immutable."""

from __future__ import annotations

import hashlib

from django.db.models import Max

from execution.models import Atom, AtomRevision


def new_revision(atom: Atom, text: str, origin: str, author: str) -> AtomRevision:
    """The next revision of an atom; the caller holds the atom's row."""
    last = atom.revisions.aggregate(last=Max("number"))["last"] or 0
    return AtomRevision.objects.create(
        atom=atom,
        number=last + 1,
        text=text,
        origin=origin,
        author=author,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
    )
