"""Which language a path is written in, by its suffix."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from posixpath import splitext

from execution.atoms.ecmascript.module import EcmaScriptModule
from execution.atoms.language import LanguageModule
from execution.atoms.python.module import PythonModule


@dataclass(frozen=True, slots=True)
class Language:
    name: str
    suffixes: tuple[str, ...]


PYTHON = Language("python", (".py", ".pyi"))
TYPESCRIPT = Language("typescript", (".ts", ".mts", ".cts"))
TSX = Language("tsx", (".tsx",))
JAVASCRIPT = Language("javascript", (".js", ".jsx", ".mjs", ".cjs"))
OTHER = Language("text", ())

_BY_SUFFIX = {suffix: language for language in (PYTHON, TYPESCRIPT, TSX, JAVASCRIPT) for suffix in language.suffixes}


def language_of(path: str) -> Language:
    """By suffix; ``text`` for everything that is not cut."""
    return _BY_SUFFIX.get(splitext(path)[1].lower(), OTHER)


def module_of(path: str) -> LanguageModule | None:
    """What knows the language of a path; None for languages that are not cut."""
    return _module(language_of(path).name)


@cache
def _module(name: str) -> LanguageModule | None:
    if name == PYTHON.name:
        return PythonModule()
    return None if name == OTHER.name else EcmaScriptModule(name)
