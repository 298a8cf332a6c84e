"""What the outline asks of TypeScript and JavaScript."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tree_sitter import Language, Node

from execution.atoms.atom import MAXIMUM_LINES, Kind
from execution.atoms.ecmascript.kinds import LEAVES
from execution.atoms.ecmascript.nodes import (
    COMMENTS,
    FIELDS,
    SIGNATURES,
    VARIABLES,
    has_methods,
    is_directive,
    is_required,
    may_have_functions,
    name_of,
    role_of,
    unwrapped,
)
from execution.atoms.pieces import Lines, Region, Statement
from execution.atoms.source import Boundaries, boundaries_below, numbers_of, text_of
from execution.atoms.tiling import Rows

BLOCKS = frozenset({"statement_block", "class_body", "switch_body", "interface_body", "enum_body", "object_type"})
CASES = frozenset({"switch_case", "switch_default"})
WHOLE = frozenset(
    {"jsx_element", "jsx_self_closing_element", "jsx_fragment", "template_string", "type_annotation", "decorator"}
)
CLOSED = WHOLE | LEAVES | {"identifier", "type_identifier"}
"""Not looked into for blocks."""
PLAIN = frozenset(
    {
        "if_statement",
        "for_statement",
        "for_in_statement",
        "while_statement",
        "switch_statement",
        "try_statement",
        "return_statement",
        "throw_statement",
        "property_signature",
        "type_alias_declaration",
    }
)
"""Statements and members that are never a definition: most of them, and quickly told."""
IMPORTING = VARIABLES | {"import_statement", "export_statement"}
SHORT = frozenset({"interface_declaration", "enum_declaration"})
"""One atom as long as they are not long."""
BEFORE_MEMBERS = frozenset({"decorator"})
NO_STATEMENT = frozenset({"hash_bang_line", "empty_statement"})
ASIDE = COMMENTS | BEFORE_MEMBERS | NO_STATEMENT
CLAUSES = frozenset({"else_clause", "catch_clause", "finally_clause"})
CLAUSE_WORDS = (b"else", b"catch", b"finally")
CLOSERS = b" \t\r)]};,"


class EcmaScriptGrammar:
    """Regions stand in brackets; the closing bracket stays with what is before it."""

    def __init__(self, language: Language) -> None:
        self._aside = numbers_of(language, ASIDE)
        self._closed = numbers_of(language, CLOSED)

    def lines(self, block: Node, rows: Rows) -> list[Lines]:
        found: list[Lines] = []
        above = -1
        for line in self._members(block, rows):
            if line[1] <= above:
                before, first, _ = found.pop()
                line = [*before, *line[0]], first, max(above, line[2])
            found.append(line)
            above = line[2]
        return found

    def statements(self, block: Node, rows: Rows) -> list[Statement]:
        found: list[Statement] = []
        is_file = block.type == "program"
        above = -1
        for nodes, first, last in self._members(block, rows):
            if first <= above:
                above = _join(found[-1], nodes, last)
            else:
                self._add(found, nodes, first, last, may_be_directive=is_file and not found)
                above = last
        return found

    def _members(self, block: Node, rows: Rows) -> Iterator[Lines]:
        """Each statement or member with its decorators, and its first and last row; comments are noted on the way."""
        decorators: list[Node] = []
        for node in _after_colon(block) if block.type in CASES else block.named_children:
            if node.kind_id in self._aside:
                if node.type in COMMENTS:
                    rows.note_comment(node)
                elif node.type in BEFORE_MEMBERS:
                    decorators.append(node)
                continue
            nodes = [node]
            if decorators:
                nodes, decorators = [*decorators, node], []
            last, column = node.end_point
            yield nodes, nodes[0].start_point[0], last if column else _last_row(node)

    def _add(self, found: list[Statement], nodes: list[Node], first: int, last: int, *, may_be_directive: bool) -> None:
        node = nodes[-1]
        kind = node.type
        if kind in PLAIN:
            found.append(Statement(nodes, first, last, "plain", "", node))
            return
        if (kind in IMPORTING and _is_import(node)) or (may_be_directive and is_directive(node)):
            found.append(Statement(nodes, first, last, "import", "", node))
            return
        role, name, definition = role_of(node)
        if role == "class" and definition.type == "object" and last - first < MAXIMUM_LINES:
            role = "plain"
        overloads: Sequence[Statement] = ()
        if role == "function" and found and _is_overload(found[-1], name):
            overloads = [*found[-1].overloads, found.pop()]
        found.append(Statement(nodes, first, last, role, name, definition, overloads))

    def regions(self, nodes: list[Node], first_row: int, rows: Rows) -> list[Region]:
        found: list[Region] = []
        for node in nodes:
            if node.type in CASES and (case := _case(node)) is not None:
                return [case]
            for block in self._blocks(node):
                region = _region(block, rows, found[-1] if found else None, first_row)
                if region is not None:
                    found.append(region)
        return found

    def _blocks(self, node: Node) -> list[Node]:
        """The outermost blocks below a node in order. Data, JSX, templates and what is on one line are not entered."""
        found: list[Node] = []
        todo = node.named_children[::-1]
        while todo:
            child = todo.pop()
            if child.kind_id in self._closed or child.start_point[0] == child.end_point[0]:
                continue
            kind = child.type
            if kind in BLOCKS or (kind == "object" and may_have_functions(child) and _has_block(child)):
                found.append(child)
            elif kind != "object":
                todo.extend(child.named_children[::-1])
        return found

    def body(self, statement: Statement, rows: Rows) -> Region | None:
        definition = statement.definition
        if definition is None:
            return None
        block = definition if definition.type in ("object", "statement_block") else None
        block = block or definition.child_by_field_name("body")
        if block is None or block.end_point.row > statement.last_row:
            return None
        region = _region(block, rows, None, statement.first_row)
        ends_alone = statement.nodes[-1].end_point.row == statement.last_row
        return region if ends_alone and (definition.type not in SHORT or _is_long(statement)) else None

    def run_kind(self, nodes: list[Node]) -> tuple[Kind, str]:
        name = ""
        for node in nodes:
            target = _constant(node)
            name = name or target
            if not target:
                return "statement", name or _called(nodes[0]) or "statement"
        return "constant", name

    def boundaries(self, root: Node) -> Boundaries:
        return boundaries_below(root, BLOCKS | CASES | {"program", "object"}, CASES | CLAUSES)


def _join(before: Statement, nodes: list[Node], last: int) -> int:
    """What shares a line with the statement before goes with it; where both end."""
    before.nodes.extend(nodes)
    before.last_row = max(before.last_row, last)
    if before.role == "import" and not _is_import(nodes[-1]):
        before.role = "plain"
    return before.last_row


def _is_long(statement: Statement) -> bool:
    return statement.last_row - statement.first_row >= MAXIMUM_LINES


def _last_row(node: Node) -> int:
    """The last row with something of the node on it: some errors and JSX texts end at the start of a row."""
    row, column = node.end_point
    return row - 1 if column == 0 and row > node.start_point[0] else row


def _is_import(node: Node) -> bool:
    """Imports, re-exports, ``require``."""
    if node.type == "import_statement":
        return True
    if node.type == "export_statement":
        return node.child_by_field_name("source") is not None
    return node.type in VARIABLES and is_required(node)


def _is_overload(before: Statement, name: str) -> bool:
    """Signatures of one name and the implementation after them stay together."""
    return (
        before.role == "function"
        and before.name == name
        and before.definition is not None
        and before.definition.type in SIGNATURES
    )


def _has_block(node: Node) -> bool:
    """Whether it is an object with methods, or has one or a block anywhere below, on one line or more."""
    todo = [node]
    while todo:
        child = todo.pop()
        kind = child.type
        if kind in CLOSED:
            continue
        if kind in BLOCKS or (kind == "object" and has_methods(child)):
            return True
        todo.extend(child.named_children)
    return False


def _after_colon(case: Node) -> list[Node]:
    children = case.children
    colon = next((index for index, child in enumerate(children) if child.type == ":"), len(children))
    return [child for child in children[colon + 1 :] if child.is_named]


def _case(case: Node) -> Region | None:
    """The statements of a ``case``, when they begin below its colon."""
    colon = next((child for child in case.children if child.type == ":"), None)
    body = case.child_by_field_name("body")
    if colon is None or body is None or body.start_point.row <= colon.start_point.row:
        return None
    return Region(case, head_row=case.start_point.row, open_row=colon.start_point.row)


def _region(block: Node, rows: Rows, before: Region | None, first_row: int) -> Region | None:
    """None where the block shares its first line with what opens it, or has nothing in it."""
    first = next((child for child in block.named_children if child.type not in COMMENTS), None)
    open_row = block.start_point.row
    if first is None or first.start_point.row <= open_row:
        return None
    close_row = block.end_point.row
    head_row, is_clause = first_row, True
    if before is not None:
        end = before.block.end_point
        rest = rows.lines[end.row][end.column :].strip(CLOSERS)
        ends_row = not rest or rest.startswith((b"//", b"/*"))
        head_row = before.close_row + ends_row
        if open_row < head_row:
            return None
        is_clause = ends_row and rows.lines[head_row].lstrip().startswith(CLAUSE_WORDS)
    return Region(block, head_row, open_row, close_row, is_clause)


def _constant(node: Node) -> str:
    """The first name of a declaration or member that binds names and does nothing else."""
    inner = unwrapped(node)
    kind = inner.type
    if kind in VARIABLES:
        declarator = next((child for child in inner.named_children if child.type == "variable_declarator"), None)
        return "" if declarator is None else _short(text_of(declarator.child_by_field_name("name")))
    if kind in FIELDS or kind in ("type_alias_declaration", "property_signature", "enum_assignment", "pair"):
        return _short(text_of(inner.child_by_field_name("key")) or name_of(inner))
    if kind in SIGNATURES or kind in ("interface_declaration", "enum_declaration"):
        return name_of(inner)
    if kind in ("property_identifier", "shorthand_property_identifier", "call_signature", "index_signature"):
        return _short(text_of(inner))
    return ""


def _called(node: Node) -> str:
    """``describe: adds numbers`` for a call with a title."""
    inner = unwrapped(node)
    if inner.type != "call_expression":
        return ""
    arguments = inner.child_by_field_name("arguments")
    first = arguments.named_children[0] if arguments is not None and arguments.named_child_count else None
    title = text_of(first).strip("'\"`") if first is not None and first.type in ("string", "template_string") else ""
    called = text_of(inner.child_by_field_name("function"))
    return _short(f"{called}: {title}") if title and len(called) < 40 else ""


def _short(text: str) -> str:
    return " ".join(text.split())[:100].strip("'\"")
