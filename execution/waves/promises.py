"""What the text of an atom promises to others: its definitions, their signatures, and the lines where these stand."""

from __future__ import annotations

import ast
import textwrap
from dataclasses import dataclass

from common.python_source import parse_python
from execution.atoms import Atom, cut, language_of
from execution.atoms.languages import module_of

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
SCRIPTS = frozenset({"typescript", "tsx", "javascript"})
WRAPPER = "_wrapper"


@dataclass(frozen=True, slots=True)
class Promise:
    """``first`` to ``last`` are the lines of the signature with what decorates it, counted from 1 in the text."""

    name: str
    signature: str
    first: int
    last: int


def promises_in(path: str, text: str) -> list[Promise] | None:
    """``None`` for a piece that does not parse by itself, and for languages whose definitions are not known."""
    language = language_of(path).name
    if language == "python":
        return _python(text)
    return _script(path, text) if language in SCRIPTS else None


# -- Python ------------------------------------------------------------------------------------------------------------


def _python(text: str) -> list[Promise] | None:
    dedented = textwrap.dedent(text)
    for attempt in (dedented, dedented + "\n    pass\n"):
        try:
            body = parse_python(attempt).body
        except (SyntaxError, ValueError):
            continue
        return [_python_promise(node) for node in body if isinstance(node, Definition)]
    return None


def _python_promise(node: Definition) -> Promise:
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    last = node.body[0].lineno - 1 if node.body and node.body[0].lineno > node.lineno else node.lineno
    return Promise(node.name, _python_signature(node), first, last)


def _python_signature(node: Definition) -> str:
    if isinstance(node, ast.ClassDef):
        return f"class {node.name}({', '.join(ast.unparse(base) for base in node.bases)})"
    word = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return f"{word} {node.name}({ast.unparse(node.args)}){returns}"


# -- TypeScript and JavaScript -----------------------------------------------------------------------------------------


def _script(path: str, text: str) -> list[Promise] | None:
    """Also for a method apart from its class, and for a header apart from the rest of its body."""
    language = module_of(path)
    members = f"class {WRAPPER} {{\n{text}\n}}"
    for attempt, above in ((text, 0), (f"{text}\n}}", 0), (members, 1), (f"{members}\n}}", 1)):
        data = attempt.encode()
        root = None if language is None else language.parse(data)
        if root is not None and not root.has_error:
            atoms = cut(path, data)
            return [_script_promise(atom, above) for atom in atoms if atom.signature and atom.name != WRAPPER]
    return None


def _script_promise(atom: Atom, above: int) -> Promise:
    first = atom.start_line - above
    seen: list[str] = []
    for line in atom.text.split("\n"):
        seen += line.split()
        if atom.signature in " ".join(seen):
            break
        first += 1
    return Promise(atom.qualname.removeprefix(f"{WRAPPER}."), atom.signature, atom.start_line - above, first)
