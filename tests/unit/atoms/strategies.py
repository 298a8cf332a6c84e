"""Odd Python files for property tests: valid ones built from statements, and arbitrary text and bytes."""

from __future__ import annotations

import textwrap

from hypothesis import strategies as st

SIMPLE = (
    "x = 1",
    "import os",
    "from a.b import (\n    c,\n    d as e,\n)",
    "NAME: int = 3; other = 4",
    "# a comment",
    "",
    "\f",
    "value = f'{x!r:>{10}} {{braces}}'",
    "text = '''\n# not a comment\n\ndef not_a_function():\n'''",
    "long = \\\n    1 + \\\n    2",
    "if (n := len('a')) > 1: pass",
    "print('ñandú 漢字 \u2028 é')",
    "data = {\n" + "\n".join(f"    {i}: [{i}]," for i in range(20)) + "\n}",
    "pass",
    "del x",
    "type Alias[T] = list[T]",
)
BLOCKS = (
    "def function(a, *args, b: 'T' = 1, **kw) -> None:",
    "async def coroutine():",
    "@decorated\n# between\n@twice(1)\ndef decorated_function():",
    "class Thing[T](Base, metaclass=Meta):",
    "@dataclass\nclass Data:",
    "if x:",
    "for a, (b, *c) in y:",
    "while True:",
    "with open(x) as f, g() as (h, i):",
    "try:\n    pass\nexcept* (A, B) as error:",
    "try:\n    pass\nfinally:",
    "if x:\n    pass\n# before else\nelse:",
    "match x:\n  case Point(x=0, y=[a, *rest]) | {'k': v, **more} if v:",
)


def _indented(head: str, body: str, comment: str) -> str:
    depth = "      " if head.startswith("match") else "    "
    return f"{head}\n{textwrap.indent(body, depth, lambda line: True)}\n{depth}pass{comment}"


simple = st.sampled_from(SIMPLE)
comments = st.sampled_from(("", "  # trailing", "\n# outdented", "\n    # hanging\n\n# free"))
statements = st.recursive(
    simple,
    lambda inner: st.builds(_indented, st.sampled_from(BLOCKS), st.lists(inner, max_size=12).map("\n".join), comments),
    max_leaves=40,
)


def _finished(parts: list[str], ending: str, newline: str, bom: bool) -> bytes:
    text = "\n".join(parts) + ending
    return (b"\xef\xbb\xbf" if bom else b"") + text.replace("\n", newline).encode()


python_files = st.builds(
    _finished,
    st.lists(statements, max_size=12),
    st.sampled_from(("", "\n", "\n\n\n", "  ", "\t\n")),
    st.sampled_from(("\n", "\r\n")),
    st.booleans(),
)
any_bytes = st.one_of(st.binary(max_size=300), st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")))
