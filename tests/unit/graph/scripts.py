"""Small JavaScript and TypeScript projects: sources in, readable calls and references out."""

from __future__ import annotations

import textwrap

from execution.graph.javascript.program import Program


def program(**sources: str) -> Program:
    """``a="..."`` is ``a.js``; ``lib__a_ts`` is ``lib/a.ts``; ``package_json`` is ``package.json``."""
    files = {_path(name): textwrap.dedent(text).lstrip("\n").encode() for name, text in sources.items()}
    scripts = {path: data for path, data in files.items() if not path.endswith(".json")}
    return Program(scripts, {path: data for path, data in files.items() if path.endswith(".json")})


def _path(name: str) -> str:
    path = name.replace("__", "/")
    for suffix in ("d_ts", "json", "tsx", "ts", "jsx", "mjs", "cjs"):
        if path.endswith(f"_{suffix}"):
            return f"{path.removesuffix(f'_{suffix}')}.{suffix.replace('_', '.')}"
    return f"{path}.js"


def calls(found: Program) -> set[str]:
    """``caller -> callee`` by qualified name, ``module`` for code outside of functions."""
    return {
        f"{runner.qualname or 'module'} -> {function.qualname}"
        for runner, function in found.calls
        if function.site is not None
    }


def calls_of(**sources: str) -> set[str]:
    return calls(program(**sources))


def references(found: Program) -> set[tuple[str, str, str]]:
    """``("a.js:3", "b.js:1", "control")``"""
    return {(f"{one.path}:{one.line}", f"{one.target_path}:{one.target_line}", one.type) for one in found.references}
