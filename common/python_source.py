"""Python's own parser, for processes with threads.

While it builds a tree the interpreter counts the depth in one place for all threads (python/cpython#106905), and it may
be interrupted there to collect garbage: a second thread that parses meanwhile ends with ``SystemError: AST constructor
recursion depth mismatch``. So one thread parses at a time; it would have held the interpreter's lock anyway.
"""

from __future__ import annotations

import ast
import threading
import warnings

_alone = threading.RLock()


def parse_python(text: str | bytes) -> ast.Module:
    """The tree of Python source. Raises SyntaxError (ValueError for null bytes), also for absurd nesting."""
    with _alone, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # invalid escapes are the linter's business
        try:
            return ast.parse(text)  # noqa: TID251 - here
        except (RecursionError, MemoryError):  # of the parser's own stack; the machine's memory is another matter
            raise SyntaxError("nested too deeply to be parsed") from None


def compile_python(text: str) -> None:
    """Raise SyntaxError (ValueError for null bytes) where the interpreter would not load the source.

    Stricter than a parser (a "return" outside a function), and quicker: it makes no tree that Python sees.
    """
    with _alone, warnings.catch_warnings():  # filters of warnings are those of all threads
        warnings.simplefilter("ignore")
        try:
            compile(text, "<source>", "exec", dont_inherit=True)
        except (RecursionError, MemoryError):
            raise SyntaxError("nested too deeply to be parsed") from None


def parse_expression(text: str) -> ast.expr:
    """Likewise, of one expression."""
    with _alone, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text, mode="eval").body  # noqa: TID251 - here


def tree_of(text: str) -> ast.Module | None:
    """The tree of Python source; ``None`` when it does not parse, which the syntax layer says."""
    try:
        return parse_python(text)
    except (SyntaxError, ValueError):
        return None
