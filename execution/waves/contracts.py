"""What a retry must keep, because others rely on it: defined names, signatures, and in Python the indentation.

Definitions are known in Python, TypeScript and JavaScript; the text of any other file promises nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from execution.waves.promises import Promise, promises_in
from integrations.llm.shapes import Diagnostic


def broken_promises(
    *, path: str, before: str, after: str, start_line: int, errors: Sequence[Diagnostic]
) -> list[Diagnostic]:
    """What ``after`` changes that others rely on; nothing when the errors themselves lie in what is promised."""
    if path.endswith(".py") and _indentation(before) != _indentation(after):
        return [_finding(path, start_line, "indentation", "The atom must keep its indentation.")]
    old, new = promises_in(path, before), promises_in(path, after)
    if old is None or new is None or any(_frees_names(error) for error in errors):
        return []
    if _is_at_fault(old, start_line, errors):
        kept = {promise.name for promise in new}
        return [
            _finding(path, start_line, "contract", f"{promise.name} must keep its name.")
            for promise in old
            if promise.name not in kept
        ]
    whole = {(promise.name, promise.signature) for promise in new}
    return [
        _finding(path, start_line, "contract", f"{promise.name} must keep its signature: {promise.signature}")
        for promise in old
        if (promise.name, promise.signature) not in whole
    ]


def _indentation(text: str) -> str:
    line = next((line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")), "")
    return line[: len(line) - len(line.lstrip())]


def _frees_names(error: Diagnostic) -> bool:
    """Whether the error may be that something bears a name which it should not."""
    return error.layer in {"contract", "postconditions", "syntax"} or error.code in {"F811", "no-redef"}


def _is_at_fault(promised: Sequence[Promise], start_line: int, errors: Sequence[Diagnostic]) -> bool:
    """A signature that is itself at fault may change: it is named, or what is returned does not fit it.

    Tests name the atom, not a line of it.
    """
    if any(error.code == "return-value" for error in errors):
        return True
    lines = {error.line - start_line + 1 for error in errors if error.layer != "tests"}
    return any(promise.first <= line <= promise.last for promise in promised for line in lines)


def _finding(path: str, line: int, code: str, message: str) -> Diagnostic:
    return Diagnostic(path=path, line=line, layer="contract", code=code, message=message)
