"""Cut a file into atoms that tile it: joined they give back its exact bytes."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath

from execution.atoms.assembling import Span, atoms_of, spans_of
from execution.atoms.atom import Atom, Kind
from execution.atoms.criteria import Facts, atomicity, failed_criteria
from execution.atoms.identity import Identities
from execution.atoms.languages import module_of


def cut(path: str, data: bytes) -> tuple[Atom, ...]:
    """The atoms of a file in order, at least one.

    One ``file`` atom for languages without a cutter, text that is not UTF-8, and text that does not parse. Pure,
    deterministic, never raises on any bytes.
    """
    language = module_of(path)
    if language is not None and is_text(data):
        try:
            with collecting_later():
                atoms = atoms_of(path, data, language)
        except RecursionError:  # hundreds of blocks inside each other: nobody writes them, a fuzzer does
            atoms = None
        if atoms:
            return atoms
    return (file_atom(path, data),)


def spans(path: str, data: bytes) -> tuple[Span, ...]:
    """Where ``cut`` cuts, without names, ids and scores: several times as quick."""
    language = module_of(path)
    if language is not None and is_text(data):
        try:
            with collecting_later():
                found = spans_of(data, language)
        except RecursionError:
            found = None
        if found:
            return found
    return (Span(0, len(data), "file", PurePosixPath(path).name),)


@contextmanager
def collecting_later() -> Iterator[None]:
    """Hold the garbage collector back: a walk makes many small objects in no cycle, and looking through them again and
    again takes a fifth of the time. Other threads merely collect some milliseconds later."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def is_text(data: bytes) -> bool:
    if b"\0" in data:
        return False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def file_atom(path: str, data: bytes, kind: Kind = "file") -> Atom:
    """The whole file as one atom; nothing is known about its names."""
    identity = Identities(path).id_of("", kind, data)
    lines = data.count(b"\n") + (0 if data.endswith(b"\n") else 1)
    loc = data.rstrip().count(b"\n") + 1 if data.strip() else 0
    failed = failed_criteria(Facts(kind=kind, loc=loc, complexity=1, effects=1, conditions=1))
    name = PurePosixPath(path).name
    return Atom(
        id=identity,
        path=path,
        kind=kind,
        name=name,
        qualname=name,
        parent=None,
        unit=identity,
        start_byte=0,
        end_byte=len(data),
        start_line=1,
        end_line=max(1, lines),
        loc=loc,
        complexity=1,
        defines=(),
        uses=(),
        imports=(),
        types=(),
        signature="",
        docstring="",
        source=data,
        atomicity=atomicity(failed),
        failed_criteria=failed,
    )
