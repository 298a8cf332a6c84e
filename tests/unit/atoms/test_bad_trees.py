"""Real code with holes: whatever a parser makes of it, nothing is lost and nothing raises."""

from __future__ import annotations

import inspect

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from execution.atoms import cut, join, outline, tiling
from execution.atoms.python import names

TYPESCRIPT = b"""import a, { b as c } from 'd';
import e = require('f');

/** About it. */
export abstract class A<T extends B> extends C<T> implements D {
  @In() private readonly x: number = 1;
  constructor(private y: string, ...z: unknown[]) { super(); }
  m<K extends keyof T>(this: A<T>, k: K): asserts k is K {
    for (const [i, { j = 2 }] of this.x) { if (i) { go(j); } else { stop`${k}`; } }
    switch (k) { case 1: { break; } default: throw new Error('x'); }
  }
}
export type U<V> = V extends Promise<infer W> ? [first: W, second?: V] : { [P in keyof V]?: V[P] };
namespace N.O { export enum E { F = 1 << 2, G } }
export const view = (p: Props) => <Item key={p.k} {...p}>text {p.v}<b/></Item>;
export default { data() { return 1; }, async *[k]() {}, get l() { return 2; } };
"""
JAVASCRIPT = b"""const { a: [b] } = require('c');
exports.d = function (e) {
  if (e) {
    f();
  } else {
    g();
  }
};
"""
SOURCES = {
    "a.py": (inspect.getsource(names) + inspect.getsource(outline) + inspect.getsource(tiling)).encode(),
    "a.tsx": TYPESCRIPT * 3,
    "a.ts": TYPESCRIPT.replace(b"<Item key={p.k} {...p}>text {p.v}<b/></Item>", b"p as Props") * 3,
    "a.js": JAVASCRIPT * 5,
}
SCRAPS = [b"", *(bytes([byte]) for byte in b"{}()'`=:@<\n\\,*"), b"class ", b"case ", b"import "]
EDITS = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 60), st.sampled_from(SCRAPS)), min_size=1, max_size=8)


@pytest.mark.parametrize("path", SOURCES)
@settings(max_examples=40, deadline=None)
@given(edits=EDITS)
def test_code_with_holes_is_given_back(path: str, edits: list[tuple[float, int, bytes]]) -> None:
    data = SOURCES[path][:6_000]
    for place, length, scrap in edits:
        at = int(place * len(data))
        data = data[:at] + scrap + data[at + length :]
    assert join(cut(path, data)) == data


def test_the_sources_parse() -> None:
    for path, data in SOURCES.items():
        assert {atom.kind for atom in cut(path, data)} != {"file"}
