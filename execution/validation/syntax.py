"""Syntax: does a file parse in its language. Python by ``compile``, which is stricter than any tolerant parser, others
by tree-sitter."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import PurePosixPath

from common.python_source import compile_python
from execution.validation.ecmascript.parsing import is_ecmascript, syntax_error
from integrations.llm.shapes import Diagnostic

_MAX_BYTES = 2_000_000


def check_syntax(path: str, text: str) -> list[Diagnostic]:
    """At most one diagnostic; a file of an unknown language has none. Lines count from 1."""
    check = _checker(path)
    if check is None:
        return []
    if len(text) > _MAX_BYTES:
        return [_diagnostic(path, 1, 0, f"The file is larger than {_MAX_BYTES} characters.")]
    found = check(text)
    return [_diagnostic(path, *found)] if found else []


def _checker(path: str) -> Callable[[str], tuple[int, int, str] | None] | None:
    if is_ecmascript(path):
        return partial(syntax_error, path)
    return None if _LENIENT_JSON.search(path) else _CHECKS.get(PurePosixPath(path).suffix)


def _python(text: str) -> tuple[int, int, str] | None:
    try:
        compile_python(text)
    except SyntaxError as error:
        return error.lineno or 1, error.offset or 0, error.msg
    except ValueError as error:
        return 1, 0, f"Cannot be parsed: {error}"
    return None


def _json(text: str) -> tuple[int, int, str] | None:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return error.lineno, error.colno, error.msg
    except RecursionError:
        return 1, 0, "Nested too deeply"
    return None


def _toml(text: str) -> tuple[int, int, str] | None:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return 1, 0, str(error)
    except RecursionError:
        return 1, 0, "Nested too deeply"
    return None


def _diagnostic(path: str, line: int, column: int, message: str) -> Diagnostic:
    return Diagnostic(path=path, line=line, column=column, layer="syntax", code="syntax-error", message=message)


_CHECKS: Mapping[str, Callable[[str], tuple[int, int, str] | None]] = {
    ".py": _python,
    ".pyi": _python,
    ".json": _json,
    ".toml": _toml,
}
_LENIENT_JSON = re.compile(r"(?:^|/)(?:[jt]sconfig[\w.-]*|\.eslintrc|\.?babelrc|devcontainer)\.json$")
"""Files whose tools allow comments in them."""
