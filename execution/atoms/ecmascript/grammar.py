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
    is_method,
    may_have_functions,
    name_of,
    unwrapped,
)
from execution.atoms.ecmascript.roles import is_directive, role_of
from execution.atoms.pieces import Lines, Region, Role, Statement
from execution.atoms.source import Boundaries, boundaries_below, numbers_of, text_of
from execution.atoms.tiling import Rows

BLOCKS = frozenset({"statement_block", "class_body", "switch_body", "interface_body", "enum_body", "object_type"})
CASES = frozenset({"switch_case", "switch_default"})
WHOLE = frozenset(
    {"jsx_element", "jsx_self_closing_element", "jsx_fragment", "template_string", "type_annotation", "decorator"}
)
CLOSED = WHOLE | LEAVES | {"identifier", "type_identifier"}
"""Not looked into for blocks."""
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
        self._blocks = numbers_of(language, BLOCKS)
        self._objects = numbers_of(language, frozenset({"object"}))

    def lines(self, block: Node, rows: Rows) -> Iterator[Lines]:
        """Comments are noted on the way."""
        aside = self._aside
        decorators: list[Node] = []
        nodes: list[Node] = []
        first = last = -1
        for node in _after_colon(block) if block.type in CASES else block.named_children:
            if node.kind_id in aside:
                if node.type in COMMENTS:
                    rows.note_comment(node)
                elif node.type in BEFORE_MEMBERS:
                    decorators.append(node)
                continue
            members = [node]
            if decorators:
                members, decorators = [*decorators, node], []
            begin = members[0].start_point[0]
            end, column = node.end_point
            if not column:
                end = _last_row(node)
            if begin <= last:
                nodes.extend(members)
                last = max(last, end)
                continue
            if nodes:
                yield nodes, first, last
            nodes, first, last = members, begin, end
        if nodes:
            yield nodes, first, last

    def statements(self, block: Node, rows: Rows) -> list[Statement]:
        found: list[Statement] = []
        is_file = block.type == "program"
        for nodes, first, last in self.lines(block, rows):
            members = nodes if len(nodes) == 1 else [node for node in nodes if node.type not in BEFORE_MEMBERS]
            role, name, definition = role_of(members[0])
            if role == "plain" and is_file and not found and is_directive(members[0]):
                role = "import"
            if len(members) > 1:
                role = _common_role(role, members)
            overloads: Sequence[Statement] = ()
            if role == "function":
                overloads = _taken_overloads(found, name)
            elif role == "class" and definition.type == "object" and _last_row(members[0]) - first < MAXIMUM_LINES:
                role = "plain"
            found.append(Statement(nodes, first, last, role, name, definition, overloads))
        return found

    def regions(self, nodes: list[Node], first_row: int, rows: Rows) -> list[Region]:
        found: list[Region] = []
        for node in nodes:
            if node.type in CASES and (case := _case(node)) is not None:
                return [case]
            for block in self._blocks_below(node):
                region = _region(block, rows, found[-1] if found else None, first_row)
                if region is not None:
                    found.append(region)
        return found

    def _blocks_below(self, node: Node) -> list[Node]:
        """The outermost blocks below a node in order. Data, JSX, templates and what is on one line are not entered."""
        found: list[Node] = []
        todo = node.named_children[::-1]
        while todo:
            child = todo.pop()
            kind = child.kind_id
            if kind in self._closed or child.start_point[0] == child.end_point[0]:
                continue
            if kind in self._blocks:
                found.append(child)
            elif kind not in self._objects:
                todo.extend(child.named_children[::-1])
            elif may_have_functions(child) and self._has_block(child):
                found.append(child)
        return found

    def _has_block(self, node: Node) -> bool:
        """Whether it is an object with methods, or has one or a block anywhere below, on one line or more."""
        todo = [node]
        while todo:
            child = todo.pop()
            kind = child.kind_id
            if kind in self._closed:
                continue
            members = child.named_children
            if kind in self._objects:
                if not may_have_functions(child):
                    continue
                if any(map(is_method, members)):
                    return True
            elif kind in self._blocks:
                return True
            todo.extend(members)
        return False

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


def _is_long(statement: Statement) -> bool:
    return statement.last_row - statement.first_row >= MAXIMUM_LINES


def _last_row(node: Node) -> int:
    """The last row with something of the node on it: some errors and JSX texts end at the start of a row."""
    row, column = node.end_point
    return row - 1 if column == 0 and row > node.start_point[0] else row


def _common_role(role: Role, members: Sequence[Node]) -> Role:
    """Of what shares its lines, by the role of the first: imports if all are, no function, since none is all of it."""
    if role == "function" or (role == "import" and any(role_of(other)[0] != "import" for other in members[1:])):
        return "plain"
    return role


def _taken_overloads(found: list[Statement], name: str) -> Sequence[Statement]:
    """Signatures of one name and the implementation after them stay together: those before it are taken back."""
    if not found:
        return ()
    before = found[-1]
    definition = before.definition
    if before.name != name or before.role != "function" or definition is None or definition.type not in SIGNATURES:
        return ()
    return [*before.overloads, found.pop()]


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
    open_row = block.start_point.row
    for first in block.named_children:
        if first.type not in COMMENTS:
            break
    else:
        return None
    if first.start_point.row <= open_row:
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
