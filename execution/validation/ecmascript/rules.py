"""Our own rules for TypeScript and JavaScript: unsafe calls, SQL built from text, complexity."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from execution.validation.ecmascript.parsing import is_ecmascript, line_of, parse, walk, words_of
from integrations.llm.shapes import Diagnostic

MOST_COMPLEX = 10
_SQL = re.compile(r"\b(select\s.+\bfrom|insert\s+into|update\s.+\bset|delete\s+from|drop\s+table)\b", re.I | re.S)
_CALLS = {
    "eval": ("eval-used", "eval runs any text as code.", "Use JSON.parse."),
    "Function": ("eval-used", "Function makes code of any text.", "Write the function."),
    "exec": ("shell-used", "exec gives a text to the shell.", "Use execFile with a list."),
    "execSync": ("shell-used", "execSync gives a text to the shell.", "Use execFileSync with a list."),
    "document.write": ("html-from-text", "document.write lets a text become markup.", "Use textContent."),
}
_NEEDS_CHILD_PROCESS = {"exec", "execSync"}
_QUERIES = {"query", "execute", "raw", "$queryRawUnsafe", "$executeRawUnsafe"}
_MARKUP = {"innerHTML", "outerHTML"}
FUNCTIONS = {
    "function_declaration", "function_expression", "arrow_function", "method_definition",
    "generator_function_declaration",
}  # fmt: skip
_DECISIONS = {
    "if_statement", "for_statement", "for_in_statement", "while_statement", "do_statement", "ternary_expression",
    "switch_case", "catch_clause",
}  # fmt: skip
_LOGIC = {"&&", "||", "??"}


def check_security(path: str, text: str) -> list[Diagnostic]:
    """Dangerous calls, markup and SQL made from text."""
    if not is_ecmascript(path):
        return []
    shells = "child_process" in text
    nodes = walk(parse(path, text).root_node)
    return [_finding(path, node, "security", *said) for node in nodes for said in _unsafe(node, shells)]


def _unsafe(node: Node, shells: bool) -> Iterator[tuple[str, str, str]]:
    if node.type in ("call_expression", "new_expression"):
        name = words_of(node.child_by_field_name("function") or node.child_by_field_name("constructor"))
        last = name.rpartition(".")[2]
        if name in _CALLS and name not in _NEEDS_CHILD_PROCESS:
            yield _CALLS[name]
        elif shells and last in _NEEDS_CHILD_PROCESS and _is_built(_first(node)):
            yield _CALLS[last]
        if last in _QUERIES and _is_built(_first(node)) and _SQL.search(words_of(_first(node))):
            yield (
                "sql-from-text",
                "SQL is built from text: whoever gives the text writes the query.",
                "Bind parameters.",
            )
    elif node.type == "assignment_expression":
        target, value = node.child_by_field_name("left"), node.child_by_field_name("right")
        if words_of(target).rpartition(".")[2] in _MARKUP and value is not None and value.type != "string":
            yield "html-from-text", "A text becomes markup: whoever gives it writes the page.", "Use textContent."


def _first(call: Node) -> Node | None:
    arguments = call.child_by_field_name("arguments")
    return arguments.named_children[0] if arguments is not None and arguments.named_children else None


def _is_built(node: Node | None) -> bool:
    """A template with something put in, or a sum."""
    if node is None:
        return False
    if node.type == "template_string":
        return any(child.type == "template_substitution" for child in node.children)
    return node.type == "binary_expression" and words_of(node.child_by_field_name("operator")) == "+"


def check_complexity(path: str, text: str) -> list[Diagnostic]:
    """A warning for each function with a cyclomatic complexity above ten."""
    if not is_ecmascript(path):
        return []
    functions = functions_in(path, text)
    return [
        _finding(path, node, "performance", "complex-function", f"Complexity {number}.", "Split it.", "warning")
        for node in functions
        if (number := complexity_of(node)) > MOST_COMPLEX
    ]


def functions_in(path: str, text: str) -> list[Node]:
    return [node for node in walk(parse(path, text).root_node) if node.type in FUNCTIONS]


def complexity_of(function: Node) -> int:
    """Decision points plus one, what is nested included (McCabe)."""
    return 1 + sum(
        node.type in _DECISIONS
        or (node.type == "binary_expression" and words_of(node.child_by_field_name("operator")) in _LOGIC)
        for node in walk(function)
    )


def _finding(
    path: str, node: Node, layer: str, code: str, message: str, hint: str, severity: str = "error"
) -> Diagnostic:
    return Diagnostic(
        path=path,
        line=line_of(node),
        column=node.start_point[1] + 1,
        layer=layer,
        code=code,
        message=message,
        severity="warning" if severity == "warning" else "error",
        hint=hint,
    )
