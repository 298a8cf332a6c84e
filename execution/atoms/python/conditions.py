"""What a piece of Python demands and promises, as far as its text says so."""

from __future__ import annotations

import re
from collections.abc import Iterator

from execution.atoms.atom import Atom
from execution.atoms.source import split_at_commas


def preconditions(atom: Atom) -> Iterator[str]:
    inner = re.search(r"\((.*)\)", atom.signature)
    if inner and atom.kind != "class_header":
        yield from (parameter for parameter in split_at_commas(inner.group(1)) if ":" in parameter)
    for condition, error in re.findall(r"^\s*if (.+):\s*\n\s*raise ([\w.]+)", atom.text, re.MULTILINE):
        yield f"raises {error} if {condition}"
    for condition in re.findall(r"^\s*assert (.+)$", atom.text, re.MULTILINE):
        yield condition


def postconditions(atom: Atom) -> Iterator[str]:
    returned = re.search(r"\)\s*->\s*(.+)$", atom.signature)
    if returned:
        yield f"returns {returned.group(1)}"
    for error in dict.fromkeys(re.findall(r"^\s*raise ([\w.]+)", atom.text, re.MULTILINE)):
        yield f"may raise {error}"
    if not returned:
        for value in dict.fromkeys(re.findall(r"^\s*return (.+)$", atom.text, re.MULTILINE)):
            yield f"returns {value}"
