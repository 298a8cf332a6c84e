"""What the outline asks of Python."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from execution.atoms.atom import Kind
from execution.atoms.pieces import Lines, Region, Role, Statement
from execution.atoms.python.describing import is_text
from execution.atoms.source import Boundaries, boundaries_below, text_of
from execution.atoms.tiling import Rows

TRIVIA = frozenset({"comment", "line_continuation", ";"})
ROLES: dict[str, Role] = {
    "import_statement": "import",
    "import_from_statement": "import",
    "future_import_statement": "import",
    "function_definition": "function",
    "class_definition": "class",
}
CLAUSES = frozenset(
    {"elif_clause", "else_clause", "except_clause", "except_group_clause", "finally_clause", "case_clause"}
)
OWNERS = CLAUSES | {"function_definition", "class_definition"}
"""What owns a block below a compound statement or a decorator."""


def definition_of(node: Node) -> Node:
    """The function or class under its decorators; any other node is itself."""
    if node.type == "decorated_definition":
        inner = node.child_by_field_name("definition")
        return node if inner is None else inner
    return node


class PythonGrammar:
    """Blocks begin below a colon; statements joined by ``;`` come together."""

    def lines(self, block: Node, rows: Rows) -> list[Lines]:
        found: list[Lines] = []
        above = -1
        for node in block.named_children:
            if node.type in TRIVIA:
                continue
            first, last = node.start_point[0], node.end_point[0]
            if first <= above:
                nodes, first, _ = found.pop()
                last = max(above, last)
                found.append(([*nodes, node], first, last))
            else:
                found.append(([node], first, last))
            above = last
        return found

    def statements(self, block: Node, rows: Rows) -> list[Statement]:
        found: list[Statement] = []
        for node in block.named_children:
            kind = node.type
            if kind in TRIVIA:
                continue
            first, last = node.start_point[0], node.end_point[0]
            if found and first <= found[-1].last_row:
                found[-1].nodes.append(node)
                found[-1].last_row = max(found[-1].last_row, last)
                if found[-1].role == "import" and ROLES.get(kind) != "import":
                    found[-1].role = "plain"
                continue
            definition = definition_of(node) if kind == "decorated_definition" else node
            role = ROLES.get(definition.type, "plain")
            name = text_of(definition.child_by_field_name("name")) if role in ("function", "class") else ""
            found.append(Statement([node], first, last, role, name, definition))
        return found

    def regions(self, nodes: list[Node], first_row: int, rows: Rows) -> list[Region]:
        if len(nodes) > 1:
            return []
        node = nodes[0]
        return [region for region in _regions(node, node) if region.block.start_point.row > region.open_row]

    def body(self, statement: Statement, rows: Rows) -> Region | None:
        definition = statement.definition
        block = None if definition is None else definition.child_by_field_name("body")
        if definition is None or block is None or len(statement.nodes) > 1:
            return None
        region = _region(definition, block)
        return region if block.start_point.row > region.open_row else None

    def run_kind(self, nodes: list[Node]) -> tuple[Kind, str]:
        """Assignments to names, with the strings that describe them, are constants."""
        described = [node for position, node in enumerate(nodes) if position == 0 or not is_text(node)]
        targets = [_constant(node) for node in described]
        kind: Kind = "constant" if all(target is not None for target in targets) else "statement"
        first = next((target for target in targets if target is not None), None)
        return kind, (text_of(first).split("[")[0].strip() if first is not None else "") or kind

    def boundaries(self, root: Node) -> Boundaries:
        return boundaries_below(root, frozenset({"module", "block"}), CLAUSES)


def _regions(node: Node, owner: Node) -> Iterator[Region]:
    """Each block directly under a compound statement or its clauses."""
    for child in node.children:
        kind = child.type
        if kind == "block":
            yield _region(owner, child)
        elif kind in OWNERS:
            yield from _regions(child, child)


def _region(owner: Node, block: Node) -> Region:
    """The head of a block ends at the last colon before it."""
    begin = block.start_byte
    colons = [child for child in owner.children if child.type == ":" and child.end_byte <= begin]
    open_row = colons[-1].start_point.row if colons else block.start_point.row
    first = owner.start_point.row
    return Region(block, head_row=first, open_row=max(first, open_row))


def _constant(node: Node) -> Node | None:
    """The name that a statement does nothing but assign, if it is one."""
    if node.type == "type_alias_statement":
        return node.child_by_field_name("left")
    if node.type != "expression_statement" or node.child_count != 1:
        return None
    only = node.children[0]
    target = only.child_by_field_name("left") if only.type == "assignment" else None
    return target if target is not None and target.type == "identifier" else None
