"""Parsing, and the words of the grammars."""

from __future__ import annotations

import re
from functools import cache

import tree_sitter_javascript
import tree_sitter_typescript
from tree_sitter import Language, Node, Parser, Tree

from execution.atoms import language_of

LANGUAGES = frozenset({"typescript", "tsx", "javascript"})
FUNCTIONS = frozenset(
    {
        "function_declaration",
        "generator_function_declaration",
        "function_expression",
        "generator_function",
        "arrow_function",
        "method_definition",
    }
)
FUNCTION_DECLARATIONS = frozenset({"function_declaration", "generator_function_declaration", "function_signature"})
CLASSES = frozenset({"class_declaration", "abstract_class_declaration", "class"})
TYPE_DECLARATIONS = frozenset({"interface_declaration", "type_alias_declaration"})
LEXICAL = frozenset({"lexical_declaration", "variable_declaration"})
NAMES = frozenset({"identifier", "shorthand_property_identifier_pattern", "type_identifier"})


MODULE = re.compile(
    rb"^[ \t]*(?:import|export)\b|[;}]\s*(?:import|export)\b|\bmodule\.exports\b|\bexports\.|\brequire\s*\(",
    re.MULTILINE,
)


def is_module(source: bytes) -> bool:
    """Whether a script keeps its names to itself: it imports, exports or requires."""
    return MODULE.search(source) is not None


def is_script(path: str) -> bool:
    """Whether the file is JavaScript or TypeScript."""
    return language_of(path).name in LANGUAGES


@cache
def _parser(name: str) -> Parser:
    grammars = {
        "typescript": tree_sitter_typescript.language_typescript,
        "tsx": tree_sitter_typescript.language_tsx,
        "javascript": tree_sitter_javascript.language,
    }
    return Parser(Language(grammars[name]()))


def parse(path: str, source: bytes) -> Tree:
    """The tree of a file; parts that are not understood are error nodes in it."""
    return _parser(language_of(path).name).parse(source)


def line_of(node: Node) -> int:
    return node.start_point[0] + 1


def text_of(node: Node | None) -> str:
    return "" if node is None or node.text is None else node.text.decode("utf-8", "replace")


def literal(node: Node) -> str | None:
    """The text of a constant string or number, None for everything else."""
    if node.type == "string":
        return text_of(node)[1:-1]
    if node.type == "number":
        return text_of(node)
    if node.type == "template_string" and not any(part.type == "template_substitution" for part in node.named_children):
        return text_of(node)[1:-1]
    return None


def has_word(node: Node, word: str) -> bool:
    """Whether an unnamed child such as ``static`` stands in the node."""
    return any(child.type == word for child in node.children)
