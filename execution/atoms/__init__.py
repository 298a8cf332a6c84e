"""Bytes of a file in, atoms out. Pure: no database, no network, no Django."""

from execution.atoms.atom import MAXIMUM_LINES, TARGET_LINES, Atom, Kind, join
from execution.atoms.context import Context, Interface, context_for
from execution.atoms.criteria import CRITERIA, Facts, atomicity, failed_criteria
from execution.atoms.cutting import cut, spans
from execution.atoms.languages import language_of

__all__ = [
    "CRITERIA",
    "MAXIMUM_LINES",
    "TARGET_LINES",
    "Atom",
    "Context",
    "Facts",
    "Interface",
    "Kind",
    "atomicity",
    "context_for",
    "cut",
    "failed_criteria",
    "join",
    "language_of",
    "spans",
]
