"""Kinds of nodes of the Python grammar by what they mean to names, and names that Python brings."""

from __future__ import annotations

import builtins
import re

BUILTINS = frozenset(dir(builtins)) | {
    "__file__",
    "__path__",
    "__class__",
    "__annotations__",
    "__builtins__",
    "reveal_type",
}
BRANCHES = frozenset(
    {
        "if_statement",
        "elif_clause",
        "for_statement",
        "while_statement",
        "except_clause",
        "except_group_clause",
        "case_clause",
        "boolean_operator",
        "conditional_expression",
        "for_in_clause",
        "if_clause",
    }
)
OUTCOMES = frozenset({"return_statement", "raise_statement", "assert_statement", "yield", "delete_statement"})
LEAVES = frozenset(
    {
        "comment",
        "integer",
        "float",
        "none",
        "true",
        "false",
        "ellipsis",
        "string_start",
        "string_end",
        "escape_sequence",
        "pass_statement",
        "break_statement",
        "continue_statement",
    }
)
PLAIN_STRING = 3
"""Start, content and end."""
COMPREHENSIONS = frozenset(
    {"list_comprehension", "set_comprehension", "dictionary_comprehension", "generator_expression"}
)
PATTERNS = frozenset({"pattern_list", "tuple_pattern", "list_pattern", "list_splat_pattern", "tuple", "list"})
TARGETS = PATTERNS | {"identifier"}
SPLATS = frozenset({"typed_parameter", "list_splat_pattern", "dictionary_splat_pattern"})
DEFAULTED = frozenset({"default_parameter", "typed_default_parameter"})
WORD = re.compile(r"[^\W\d]\w*")
CLASS_NAMES = frozenset({"__module__", "__qualname__"})
"""Names that only the body of a class knows."""
TYPE_WORDS = frozenset({"None", "True", "False", "and", "or", "not", "if", "else", "lambda"})
