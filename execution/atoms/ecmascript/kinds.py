"""Kinds of nodes of the grammars of TypeScript and JavaScript by what they mean to names."""

from __future__ import annotations

BRANCHES = frozenset(
    {
        "if_statement",
        "for_statement",
        "for_in_statement",
        "while_statement",
        "do_statement",
        "catch_clause",
        "switch_case",
        "ternary_expression",
    }
)
OUTCOMES = frozenset({"return_statement", "throw_statement", "yield_expression"})
EFFECTS = frozenset(
    {
        "call_expression",
        "new_expression",
        "await_expression",
        "assignment_expression",
        "augmented_assignment_expression",
        "update_expression",
        "jsx_opening_element",
        "jsx_self_closing_element",
    }
)
LEAVES = frozenset(
    {
        "comment",
        "hash_bang_line",
        "string",
        "string_fragment",
        "number",
        "regex",
        "true",
        "false",
        "null",
        "undefined",
        "this",
        "super",
        "property_identifier",
        "private_property_identifier",
        "statement_identifier",
        "predefined_type",
        "literal_type",
        "accessibility_modifier",
        "jsx_closing_element",
        "jsx_namespace_name",
        "jsx_text",
    }
)
WITH_PARAMETERS = frozenset(
    {
        "function_declaration",
        "generator_function_declaration",
        "method_definition",
        "function_signature",
        "method_signature",
        "abstract_method_signature",
        "call_signature",
        "construct_signature",
        "function_type",
        "constructor_type",
    }
)
PARAMETERS = frozenset({"required_parameter", "optional_parameter"})
FUNCTION_EXPRESSIONS = frozenset({"function_expression", "generator_function", "arrow_function"})
PATTERNS = frozenset({"object_pattern", "array_pattern", "rest_pattern", "pair_pattern"})
NAMES = frozenset(
    {"identifier", "property_identifier", "private_property_identifier", "computed_property_name", "string", "number"}
)
"""What may name a function or a method."""
EXPORTS = (b"module.exports", b"exports.")
