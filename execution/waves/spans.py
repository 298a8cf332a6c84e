"""An atom as models are shown it."""

from __future__ import annotations

from execution.models import Atom
from execution.waves.tree import current_text
from integrations.llm.shapes import AtomSpan


def span_shape(atom: Atom, start: int, end: int) -> AtomSpan:
    return AtomSpan(
        path=atom.path,
        qualname=atom.qualname,
        kind=atom.kind,
        start_line=start,
        end_line=end,
        text=current_text(atom),
    )
