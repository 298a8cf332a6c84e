"""Joining the atoms gives back the exact bytes, whatever they are."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from execution.atoms import Atom, cut, join, spans
from tests.unit.atoms.strategies import any_bytes, javascript_files, python_files, tsx_files, typescript_files

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
    "javascript_hash_bang": b"#!/usr/bin/env node\n'use strict'\nvar a = 1\n",
    "html_comment": b"<!-- no script\nvar a = 1;\n--> end\n",
    "template": b"const a = `\n${b}\n`\n",
    "one_line": b"var a=1;function f(){return a};class A{m(){}};if(a){b()}else{c()}",
    "unclosed": b"function f() {\n  if (a) {\n",
    "conflict_marker": b"<<<<<<< HEAD\nconst a = 1;\n=======\nconst a = 2;\n>>>>>>> main\n",
    "continued_line": b"x = \\\n  1\n\\\n\ny = 2\n",
}


PATHS = ["a.py", "a.ts", "a.tsx", "a.js", "a.jsx", "a.md"]
FILES = st.one_of(
    st.tuples(st.just("a.py"), python_files),
    st.tuples(st.just("a.js"), javascript_files),
    st.tuples(st.just("a.ts"), typescript_files),
    st.tuples(st.just("a.tsx"), tsx_files),
)


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
@pytest.mark.parametrize("path", PATHS)
def test_odd_files_tile(path: str, data: bytes) -> None:
    assert_tiles(cut(path, data), data)


@settings(deadline=None)
@given(st.sampled_from(PATHS), any_bytes)
def test_any_bytes_tile(path: str, data: bytes) -> None:
    assert_tiles(cut(path, data), data)


@settings(max_examples=150, deadline=None)
@given(FILES)
def test_generated_files_tile(file: tuple[str, bytes]) -> None:
    assert_tiles(cut(*file), file[1])


@settings(max_examples=40, deadline=None)
@given(FILES)
def test_cutting_is_idempotent(file: tuple[str, bytes]) -> None:
    path, data = file
    atoms = cut(path, data)
    assert cut(path, join(atoms)) == atoms


@settings(max_examples=40, deadline=None)
@given(FILES)
def test_cutting_without_metadata_cuts_at_the_same_places(file: tuple[str, bytes]) -> None:
    atoms = cut(*file)
    assert [(atom.start_byte, atom.end_byte, atom.kind, atom.qualname) for atom in atoms] == list(spans(*file))


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
