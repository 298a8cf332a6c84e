"""By which rules a project is judged: those of what DevMatrix generates, or those that every project is held to."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from common.python_source import tree_of

_HERE = Path(__file__).parent
_MOSTLY = 0.8
"""Share of annotated functions from which a project that ships its types is believed to mean it."""


@dataclass(frozen=True, slots=True)
class Standard:
    """``rules`` are ruff's settings and ``types`` mypy's, passed explicitly: a project cannot bring its own."""

    name: str
    rules: Path
    types: Path


GENERATED = Standard("generated", _HERE / "generated_code.ruff.toml", _HERE / "generated_code.mypy.ini")
TYPED = Standard("typed", _HERE / "foreign_code.ruff.toml", _HERE / "typed_code.mypy.ini")
ANNOTATED = Standard("annotated", _HERE / "foreign_code.ruff.toml", _HERE / "annotated_code.mypy.ini")
UNTYPED = Standard("untyped", _HERE / "foreign_code.ruff.toml", _HERE / "untyped_code.mypy.ini")


def standard_for(files: Mapping[str, str], *, generated: bool) -> Standard:
    """Strict types and our conventions for what we generate; of others strict types only where they claim to be typed.

    A project claims it by shipping ``py.typed`` or asking mypy to be strict, and by annotating most of its functions;
    where most are annotated without such a claim, the annotations must hold, and none is asked for.
    """
    if generated:
        return GENERATED
    if annotated_share(files) < _MOSTLY:
        return UNTYPED
    return TYPED if _claims_types(files) else ANNOTATED


def annotated_share(files: Mapping[str, str]) -> float:
    """Share of the functions whose return or all of whose parameters are annotated; 0 when there are none."""
    counts = [_is_annotated(function) for text in _python(files) for function in _functions(text)]
    return sum(counts) / len(counts) if counts else 0.0


def _claims_types(files: Mapping[str, str]) -> bool:
    if any(path.rsplit("/", 1)[-1] == "py.typed" for path in files):
        return True
    ini = files.get("mypy.ini", "") + files.get("setup.cfg", "")
    return _is_strict(files.get("pyproject.toml", "")) or "strict = true" in ini.lower()


def _is_strict(text: str) -> bool:
    try:
        settings = tomllib.loads(text).get("tool", {}).get("mypy", {})
    except tomllib.TOMLDecodeError:
        return False
    return bool(settings.get("strict") or settings.get("disallow_untyped_defs"))


def _python(files: Mapping[str, str]) -> Iterator[str]:
    return (text for path, text in files.items() if path.endswith(".py"))


def _functions(text: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = tree_of(text)
    if tree is not None:
        yield from (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def _is_annotated(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    given = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    named = [item for item in given if item.arg not in ("self", "cls")]
    return function.returns is not None or (bool(named) and all(item.annotation is not None for item in named))
