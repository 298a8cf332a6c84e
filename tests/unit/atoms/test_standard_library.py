"""The quality of the cut on code that nobody wrote for it: a fixed sample of the standard library."""

from __future__ import annotations

import statistics
import sysconfig
from pathlib import Path

import pytest

from execution.atoms import MAXIMUM_LINES, Atom, cut, join

SAMPLE = 200


@pytest.fixture(scope="module")
def atoms() -> list[Atom]:
    folder = Path(sysconfig.get_paths()["stdlib"])
    files = sorted(path for path in folder.rglob("*.py") if "site-packages" not in path.parts)
    found: list[Atom] = []
    for path in files[:: max(1, len(files) // SAMPLE)][:SAMPLE]:
        data = path.read_bytes()
        cut_file = cut(path.relative_to(folder).as_posix(), data)
        assert join(cut_file) == data, path
        found.extend(cut_file)
    return found


def test_most_atoms_are_near_the_target(atoms: list[Atom]) -> None:
    lines = sorted(atom.loc for atom in atoms if atom.kind != "file")
    assert 6 <= statistics.median(lines) <= 10
    assert lines[int(len(lines) * 0.95)] <= MAXIMUM_LINES


def test_nine_in_ten_are_atomic(atoms: list[Atom]) -> None:
    assert sum(atom.is_atomic for atom in atoms) / len(atoms) >= 0.9


def test_hardly_a_file_is_left_whole(atoms: list[Atom]) -> None:
    whole = [atom.path for atom in atoms if atom.kind == "file" and atom.loc > 0 and "lib2to3" not in atom.path]
    assert len(whole) <= SAMPLE * 0.05
