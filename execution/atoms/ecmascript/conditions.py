"""What a piece of TypeScript or JavaScript demands and promises, as far as its text says so."""

from __future__ import annotations

import re
from collections.abc import Iterator

from execution.atoms.atom import Atom
from execution.atoms.source import split_at_commas

GUARD = re.compile(r"^\s*if \((.+)\)\s*\{?\s*\n?\s*throw new ([\w.$]+)", re.MULTILINE)
THROWN = re.compile(r"\bthrow new ([\w.$]+)")
RETURNED = re.compile(r"^\s*return (.+?);?$", re.MULTILINE)
RESULT = re.compile(r"\)\s*:\s*([^()]+?)\s*(?:=>)?$")


def preconditions(atom: Atom) -> Iterator[str]:
    inner = re.search(r"\((.*)\)", atom.signature)
    if inner and atom.kind != "class_header":
        parameters = split_at_commas(inner.group(1).replace("=>", "\0"), "([{<", ")]}>")
        yield from (parameter.replace("\0", "=>") for parameter in parameters if ":" in parameter)
    for condition, error in GUARD.findall(atom.text):
        yield f"throws {error} if {condition}"


def postconditions(atom: Atom) -> Iterator[str]:
    result = RESULT.search(atom.signature)
    if result:
        yield f"returns {result.group(1)}"
    for error in dict.fromkeys(THROWN.findall(atom.text)):
        yield f"may throw {error}"
    if not result:
        for value in dict.fromkeys(RETURNED.findall(atom.text)):
            yield f"returns {value}"
