"""What the outline asks of Python."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Language, Node

from execution.atoms.atom import Kind
from execution.atoms.pieces import Lines, Region, Role, Statement
from execution.atoms.python.describing import is_text
from execution.atoms.source import Boundaries, boundaries_below, numbers_of, text_of
from execution.atoms.tiling import Rows

TRIVIA = frozenset({"comment", "line_continuation"})
ROLES: dict[str, Role] = {
    "import_statement": "import",
    "import_from_statement": "import",
    "future_import_statement": "import",
    "function_definition": "function",
    "class_definition": "class",
}
DEFINITIONS = frozenset({"function", "class"})
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

    def __init__(self, language: Language) -> None:
        self._trivia = numbers_of(language, TRIVIA)

    def lines(self, block: Node, rows: Rows) -> list[Lines]:
        found: list[Lines] = []
        above = -1
        for node in block.named_children:
            if node.kind_id in self._trivia:
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
        above = -1
        for node in block.named_children:
            if node.kind_id in self._trivia:
                continue
            first, last = node.start_point[0], node.end_point[0]
            if first <= above:
                above = _join(found[-1], node, last)
                continue
            above = last
            definition, kind = node, node.type
            if kind == "decorated_definition":
                definition = definition_of(node)
                kind = definition.type
            role = ROLES.get(kind, "plain")
            name = text_of(definition.child_by_field_name("name")) if role in DEFINITIONS else ""
            found.append(Statement([node], first, last, role, name, definition))
        return found

    def regions(self, nodes: list[Node], first_row: int, rows: Rows) -> list[Region]:
        if len(nodes) > 1:
            return []
        return [region for region in _regions(nodes[0]) if region.block.start_point[0] > region.open_row]

    def body(self, statement: Statement, rows: Rows) -> Region | None:
        if statement.definition is None or len(statement.nodes) > 1:
            return None
        region = next(_regions(statement.definition), None)
        return region if region is not None and region.block.start_point[0] > region.open_row else None

    def run_kind(self, nodes: list[Node]) -> tuple[Kind, str]:
        """Assignments to names, with the strings that describe them, are constants."""
        described = [node for position, node in enumerate(nodes) if position == 0 or not is_text(node)]
        targets = [_constant(node) for node in described]
        kind: Kind = "constant" if all(target is not None for target in targets) else "statement"
        first = next((target for target in targets if target is not None), None)
        return kind, (text_of(first).split("[")[0].strip() if first is not None else "") or kind

    def boundaries(self, root: Node) -> Boundaries:
        return boundaries_below(root, frozenset({"module", "block"}), CLAUSES)


def _join(before: Statement, node: Node, last_row: int) -> int:
    """What shares a line with the statement before goes with it; where both end."""
    before.nodes.append(node)
    before.last_row = max(before.last_row, last_row)
    if before.role == "import" and ROLES.get(node.type) != "import":
        before.role = "plain"
    return before.last_row


def _regions(owner: Node) -> Iterator[Region]:
    """Each block directly under a compound statement or its clauses; its head ends at the last colon before it."""
    head_row = owner.start_point[0]
    colon: Node | None = None
    for child in owner.children:
        kind = child.type
        if kind == ":":
            colon = child
        elif kind == "block":
            yield Region(child, head_row, max(head_row, (colon or child).start_point[0]))
        elif kind in OWNERS:
            yield from _regions(child)


def _constant(node: Node) -> Node | None:
    """The name that a statement does nothing but assign, if it is one."""
    if node.type == "type_alias_statement":
        return node.child_by_field_name("left")
    if node.type != "expression_statement" or node.child_count != 1:
        return None
    only = node.children[0]
    target = only.child_by_field_name("left") if only.type == "assignment" else None
    return target if target is not None and target.type == "identifier" else None
