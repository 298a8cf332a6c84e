"""Entry to the resolver: sources in, references and calls out."""

from __future__ import annotations

from collections.abc import Mapping

from execution.graph.python.statements import Statements
from execution.graph.reference import Reference

__all__ = ["Analysis", "Reference", "analyse"]

Analysis = Statements


def analyse(sources: Mapping[str, bytes], *, root_package: str = "") -> Analysis:
    """Run a whole project to the fixed point; read ``references`` and ``calls`` from the result.

    Files that this interpreter cannot parse are listed in ``unparsed`` and otherwise ignored.
    """
    return Statements(sources, root_package)
