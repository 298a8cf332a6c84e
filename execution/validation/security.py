"""Our own security rules, for what ruff's do not see or a text judged alone must show."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from common.python_source import tree_of
from execution.validation.ecmascript.rules import check_security as check_scripts
from integrations.llm.shapes import Diagnostic

_CALLS = {
    "eval": ("eval-used", "eval runs any text as code.", "Parse the text, or use ast.literal_eval."),
    "exec": ("exec-used", "exec runs any text as code.", "Call a function chosen from a table instead."),
    "__import__": ("dynamic-import", "__import__ loads any module by name.", "Import what is needed by name."),
    "pickle.load": ("unsafe-pickle", "pickle.load runs code hidden in the data.", "Use JSON."),
    "pickle.loads": ("unsafe-pickle", "pickle.loads runs code hidden in the data.", "Use JSON."),
    "marshal.loads": ("unsafe-pickle", "marshal.loads is not safe on foreign data.", "Use JSON."),
    "os.system": ("shell-used", "os.system gives a text to the shell.", "Use subprocess.run with a list."),
    "os.popen": ("shell-used", "os.popen gives a text to the shell.", "Use subprocess.run with a list."),
}
COVERED_BY = {
    "eval-used": "S307",
    "exec-used": "S102",
    "unsafe-pickle": "S301",
    "shell-used": "S605",
    "sql-from-text": "S608",
}
"""The linter's rule that says the same; a finding is told once."""
_QUERIES = {"execute", "executemany", "executescript", "text", "raw", "exec_driver_sql"}
_SQL = re.compile(r"\b(select\s.+\bfrom|insert\s+into|update\s.+\bset|delete\s+from|drop\s+table)\b", re.I | re.S)
_SECRETS = (
    re.compile(r"-----BEGIN (?:RSA |EC |OPENSSH )?PRIVATE KEY-----"),
    re.compile(r"\bAKIA[0-9A-Z]{16}\b"),
    re.compile(r"\bsk-[A-Za-z0-9_-]{24,}"),
    re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36,}\b"),
    re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{20,}"),
)


def check_security(path: str, text: str) -> list[Diagnostic]:
    """Findings in one file: secrets in any text, dangerous calls and SQL built from text in Python."""
    found = [*_secrets(path, text), *check_scripts(path, text)]
    if path.endswith(".py"):
        nodes = ast.walk(tree_of(text) or ast.Module([], []))
        found += [item for node in nodes if isinstance(node, ast.Call) for item in _call(path, node)]
    return found


def _secrets(path: str, text: str) -> Iterator[Diagnostic]:
    for number, line in enumerate(text.split("\n"), start=1):
        for pattern in _SECRETS:
            match = pattern.search(line)
            if match:
                hint = "Read it from the settings of the environment."
                yield _diagnostic(path, number, match.start() + 1, "secret-in-code", "A key stands in the code.", hint)


def _call(path: str, call: ast.Call) -> Iterator[Diagnostic]:
    name = _dotted(call.func)
    if name in _CALLS:
        yield _diagnostic(path, call.lineno, call.col_offset + 1, *_CALLS[name])
    if name.rpartition(".")[2] in _QUERIES and call.args and _is_built_sql(call.args[0]):
        message = "SQL is built from text: whoever gives the text writes the query."
        yield _diagnostic(path, call.lineno, call.col_offset + 1, "sql-from-text", message, "Bind parameters instead.")


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _is_built_sql(node: ast.expr) -> bool:
    """An f-string, ``%``, ``+`` or ``.format`` whose constant parts read like SQL."""
    built = (
        isinstance(node, ast.JoinedStr)
        or (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod))
        or (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format")
    )
    parts = list(ast.walk(node))[1:]
    if not built or not any(isinstance(part, ast.Name | ast.Attribute | ast.Call) for part in parts):
        return False
    constants = [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    return bool(_SQL.search(" ".join(constants)))


def _diagnostic(path: str, line: int, column: int, code: str, message: str, hint: str) -> Diagnostic:
    return Diagnostic(path=path, line=line, column=column, layer="security", code=code, message=message, hint=hint)
