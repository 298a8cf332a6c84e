"""Joining the atoms gives back the exact bytes, whatever they are."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings

from execution.atoms import Atom, cut, join
from tests.unit.atoms.strategies import any_bytes, python_files

ODD = {
    "empty": b"",
    "only_blank_lines": b"\n\n\n",
    "only_a_comment": b"# hello",
    "bom": b"\xef\xbb\xbfx = 1\n",
    "crlf": b"x = 1\r\n\r\ndef f():\r\n    return 1\r\n",
    "carriage_returns_only": b"x = 1\ry = 2\r",
    "tabs": b"if x:\n\ty = 1\n\tz = 2\n",
    "form_feed": b"x = 1\n\x0c\ndef f():\n    pass\n",
    "no_final_newline": b"x = 1",
    "does_not_parse": b"def (:\n",
    "python_2": b'print "x"\n',
    "latin_1": "x = 'é'\n".encode("latin-1"),
    "zero_byte": b"x = 1\0\n",
    "semicolons": b"import a; x = 1; y = 2\n",
    "hash_bang": b"#!/usr/bin/env python\n# -*- coding: utf-8 -*-\nimport os\n",
    "line_separator_in_text": "x = 'a\u2028b'\ny = 2\n".encode(),
    "continued_line": b"x = \\\n  1\n\\\n\ny = 2\n",
}


def assert_tiles(atoms: tuple[Atom, ...], data: bytes) -> None:
    assert atoms
    assert join(atoms) == data
    assert atoms[0].start_byte == 0
    assert atoms[-1].end_byte == len(data)
    for before, after in pairwise(atoms):
        assert before.end_byte == after.start_byte
        assert before.end_line + 1 == after.start_line
        assert before.source.endswith(b"\n")
    assert len({atom.id for atom in atoms}) == len(atoms)


@pytest.mark.parametrize("data", ODD.values(), ids=ODD.keys())
@pytest.mark.parametrize("path", ["a.py", "a.ts", "a.tsx", "a.js", "a.md"])
def test_odd_files_tile(path: str, data: bytes) -> None:
    assert_tiles(cut(path, data), data)


@settings(deadline=None)
@given(any_bytes)
def test_any_bytes_tile(data: bytes) -> None:
    assert_tiles(cut("a.py", data), data)


@settings(max_examples=60, deadline=None)
@given(python_files)
def test_generated_python_tiles(data: bytes) -> None:
    assert_tiles(cut("a.py", data), data)


@settings(max_examples=25, deadline=None)
@given(python_files)
def test_cutting_is_idempotent(data: bytes) -> None:
    atoms = cut("a.py", data)
    assert cut("a.py", join(atoms)) == atoms


def test_lines_and_bytes_agree() -> None:
    data = b"import os\n\n\ndef f():\n    return os\n\n\nX = 1\n"
    lines = data.decode().splitlines(keepends=True)
    for atom in cut("a.py", data):
        assert "".join(lines[atom.start_line - 1 : atom.end_line]) == atom.text


@pytest.mark.parametrize("name", ["does_not_parse", "python_2", "latin_1", "zero_byte", "empty"])
def test_what_cannot_be_cut_is_one_file_atom(name: str) -> None:
    (atom,) = cut("a.py", ODD[name])
    assert (atom.kind, atom.start_line, atom.name) == ("file", 1, "a.py")


def test_deeply_nested_code_is_cut_without_a_crash() -> None:
    depth = 90
    lines = [" " * level + "if x:" for level in range(depth)]
    body = [" " * depth + f"y{number} = {number}" for number in range(40)]
    data = "\n".join([*lines, *body, ""]).encode()
    assert_tiles(cut("a.py", data), data)


def test_code_nested_too_deep_to_walk_is_one_file_atom() -> None:
    lines = ["".join((" " * level, "if x:")) for level in range(1_500)]
    data = "\n".join([*lines, " " * 1_500 + "pass", ""]).encode()
    assert_tiles(cut("a.py", data), data)


@pytest.mark.parametrize(
    "text", ["x = " + "(" * 3_000 + ")" * 3_000, "x = " + "1 + " * 20_000 + "1", "x = 1; " * 20_000]
)
def test_long_and_deep_lines_are_cut(text: str) -> None:
    assert_tiles(cut("a.py", text.encode()), text.encode())


def test_a_file_of_fifty_thousand_lines_is_cut() -> None:
    data = b"".join(b"def f%d(a):\n    return a + %d\n\n\n" % (number, number) for number in range(12_500))
    atoms = cut("a.py", data)
    assert len(atoms) == 12_500
    assert join(atoms) == data
