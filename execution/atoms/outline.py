"""From a tree-sitter tree of Python to the pieces of a file: where each begins, its kind, its name, its parent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from tree_sitter import Node

from execution.atoms.atom import MAXIMUM_LINES, Kind
from execution.atoms.tiling import AFTER_HEADER, INNER, PARAGRAPH, Item, Rows, partition

TRIVIA = frozenset({"comment", "line_continuation", ";"})
IMPORTS = frozenset({"import_statement", "import_from_statement", "future_import_statement"})
FUNCTIONS = frozenset({"function_definition"})
CLASSES = frozenset({"class_definition"})
CLAUSES = frozenset(
    {
        "elif_clause",
        "else_clause",
        "except_clause",
        "except_group_clause",
        "finally_clause",
        "case_clause",
        "function_definition",
        "class_definition",
    }
)
DEEPEST = 60


@dataclass(slots=True)
class Piece:
    """A tile before it becomes an atom. ``parent`` and ``unit_of`` are indices of pieces."""

    start_row: int
    kind: Kind
    name: str
    scope: str
    parent: int | None = None
    unit_of: int | None = None
    nodes: list[Node] = field(default_factory=list)
    is_whole: bool = True

    @property
    def qualname(self) -> str:
        return f"{self.scope}.{self.name}" if self.scope else self.name


@dataclass(frozen=True, slots=True)
class Place:
    """Where statements stand: the enclosing class, and the piece whose unit they share if any."""

    scope: str = ""
    parent: int | None = None
    in_class: bool = False
    unit_of: int | None = None


def definition_of(node: Node) -> Node:
    """The function or class under its decorators; any other node is itself."""
    if node.type == "decorated_definition":
        inner = node.child_by_field_name("definition")
        return node if inner is None else inner
    return node


def text_of(node: Node | None) -> str:
    return "" if node is None or node.text is None else node.text.decode("utf-8", "surrogateescape")


class Outline:
    """Walks the statements of one file in order and lists its pieces."""

    def __init__(self, root: Node, rows: Rows) -> None:
        self.rows = rows
        self.pieces: list[Piece] = []
        self._last_row = -1
        self._body(self._statements(root), Place(), heads=[])

    # -- statements and rows -------------------------------------------------------------------------------------------

    def _statements(self, block: Node) -> list[list[Node]]:
        """The statements of a block; those that share a line (``a; b``) come together."""
        groups: list[list[Node]] = []
        for node in block.children:
            if node.type in TRIVIA:
                continue
            if groups and node.start_point.row <= groups[-1][-1].end_point.row:
                groups[-1].append(node)
            else:
                groups.append([node])
        return groups

    def _item(self, nodes: list[Node], *, first: int, last: int, cut_cost: int = 0) -> Item:
        start = self.rows.start_with_comments(first, self._last_row)
        if start > 0 and self.rows.is_blank(start - 1):
            cut_cost += PARAGRAPH
        self._last_row = last
        return Item(start_row=start, end_row=last, nodes=nodes, cut_cost=cut_cost)

    def _whole(self, nodes: list[Node], depth: int = 0) -> Item:
        return self._item(nodes, first=nodes[0].start_point.row, last=nodes[-1].end_point.row, cut_cost=depth * INNER)

    def _head(self, begin: Node, owner: Node, block: Node, depth: int = 0) -> Item:
        """The lines from ``begin`` (the owner, or its first decorator) to the colon before its block."""
        first = begin.start_point.row
        last = max(first, self._colon_row(owner, block))
        return self._item([owner], first=first, last=last, cut_cost=depth * INNER)

    def _line_count(self, nodes: list[Node]) -> int:
        first = self.rows.start_with_comments(nodes[0].start_point.row, self._last_row)
        return nodes[-1].end_point.row - first + 1

    def _blocks(self, node: Node) -> Iterator[tuple[Node, Node]]:
        """Each block directly under a compound statement, with the clause that owns it and all that stands before."""
        for child in node.children:
            if child.type == "block":
                yield node, child
            elif child.type in CLAUSES:
                yield from self._blocks(child)

    def _can_split(self, node: Node) -> bool:
        blocks = list(self._blocks(node))
        if not blocks:
            return False
        return all(block.start_point.row > self._colon_row(owner, block) for owner, block in blocks)

    def _colon_row(self, owner: Node, block: Node) -> int:
        rows = [
            child.start_point.row
            for child in owner.children
            if child.type == ":" and child.end_byte <= block.start_byte
        ]
        return rows[-1] if rows else block.start_point.row

    def _split(self, nodes: list[Node], depth: int) -> list[Item]:
        """A long statement as items: the head of each clause, then the statements of its block, as deep as needed."""
        long = self._line_count(nodes) > MAXIMUM_LINES
        if not long or len(nodes) > 1 or depth > DEEPEST or not self._can_split(nodes[0]):
            return [self._whole(nodes, depth)]
        items: list[Item] = []
        for position, (owner, block) in enumerate(self._blocks(nodes[0])):
            items.append(self._head(owner if position else nodes[0], owner, block, depth))
            inner: list[Item] = []
            for group in self._statements(block):
                inner.extend(self._split(group, depth + 1))
            if inner:
                inner[0].cut_cost = AFTER_HEADER
            items.extend(inner)
        return items

    # -- pieces --------------------------------------------------------------------------------------------------------

    def _add(self, piece: Piece) -> int:
        self.pieces.append(piece)
        return len(self.pieces) - 1

    def _body(self, groups: list[list[Node]], place: Place, heads: list[Item]) -> None:
        """Pieces of a module, a class body, or a block of a long compound statement outside functions."""
        run: list[Item] = list(heads)
        imports: list[Item] = []
        for group in groups:
            inner = definition_of(group[0])
            is_import = all(node.type in IMPORTS for node in group)
            if imports and not is_import:
                self._imports(imports, place)
                imports = []
            if is_import and not place.in_class and not run:
                imports.append(self._whole(group))
            elif is_import and not place.in_class and not heads:
                self._run(run, place)
                run = []
                imports.append(self._whole(group))
            elif inner.type in FUNCTIONS or inner.type in CLASSES:
                self._run(run, place)
                run = []
                if inner.type in FUNCTIONS:
                    self._function(group, inner, place)
                else:
                    self._class(group, inner, place)
            elif len(group) == 1 and self._line_count(group) > MAXIMUM_LINES and self._can_split(group[0]):
                self._run(run, place)
                run = []
                self._compound(group[0], place)
            else:
                run.append(self._whole(group))
        if imports:
            self._imports(imports, place)
        self._run(run, place)

    def _imports(self, items: list[Item], place: Place) -> None:
        nodes = [node for item in items for node in item.nodes]
        self._add(Piece(items[0].start_row, "import", "import", place.scope, place.parent, place.unit_of, nodes))

    def _run(self, items: list[Item], place: Place) -> None:
        if not items:
            return
        for run in partition(items):
            nodes = [node for item in run for node in item.nodes]
            kind = kind_of_run(nodes)
            name = _first_target(nodes) or kind
            self._add(Piece(run[0].start_row, kind, name, place.scope, place.parent, place.unit_of, nodes))

    def _function(self, group: list[Node], inner: Node, place: Place) -> None:
        kind: Kind = "method" if place.in_class else "function"
        name = text_of(inner.child_by_field_name("name"))
        items = self._split_definition(group)
        first: int | None = None
        for run in partition(items):
            nodes = [node for item in run for node in item.nodes]
            if first is None:
                first = self._add(Piece(run[0].start_row, kind, name, place.scope, place.parent, None, nodes))
                self.pieces[first].unit_of = first
            else:
                self._add(Piece(run[0].start_row, "block", name, place.scope, first, first, nodes))
                self.pieces[first].is_whole = False

    def _split_definition(self, group: list[Node]) -> list[Item]:
        if len(group) > 1 or self._line_count(group) <= MAXIMUM_LINES:
            return [self._whole(group)]
        node = group[0]
        inner = definition_of(node)
        body = inner.child_by_field_name("body")
        if body is None or not self._can_split(inner):
            return [self._whole(group)]
        items = [self._head(node, inner, body)]
        for position, statements in enumerate(self._statements(body)):
            split = self._split(statements, 0)
            if position == 0:
                split[0].cut_cost = AFTER_HEADER
            items.extend(split)
        return items

    def _class(self, group: list[Node], inner: Node, place: Place) -> None:
        name = text_of(inner.child_by_field_name("name"))
        qualname = f"{place.scope}.{name}" if place.scope else name
        body = inner.child_by_field_name("body")
        if body is None or len(group) > 1 or not self._can_split(inner):
            item = self._whole(group)
            self._add(Piece(item.start_row, "class_header", name, place.scope, place.parent, None, group))
            return
        head = self._head(group[0], inner, body)
        header = self._add(Piece(head.start_row, "class_header", name, place.scope, place.parent, None, [inner]))
        groups = self._statements(body)
        leading = self._leading(groups)
        items = [head, *(self._whole(statements) for statements in groups[:leading])]
        if len(items) > 1:
            items[1].cut_cost = AFTER_HEADER
        inside = Place(scope=qualname, parent=header, in_class=True)
        runs = partition(items)
        self.pieces[header].nodes = [node for item in runs[0] for node in item.nodes]
        for run in runs[1:]:
            self._run(run, inside)
        self._body(groups[leading:], inside, heads=[])

    def _leading(self, groups: list[list[Node]]) -> int:
        """How many statements of a class stand before its first definition or long compound statement."""
        for count, group in enumerate(groups):
            inner = definition_of(group[0])
            if inner.type in FUNCTIONS or inner.type in CLASSES:
                return count
            lines = group[-1].end_point.row - group[0].start_point.row + 1
            if lines > MAXIMUM_LINES and self._can_split(group[0]):
                return count
        return len(groups)

    def _compound(self, node: Node, place: Place) -> None:
        """A long ``if`` or ``try`` outside functions: its statements share a unit, definitions have their own."""
        unit = len(self.pieces) if place.unit_of is None else place.unit_of
        inside = Place(place.scope, place.parent, place.in_class, unit)
        for owner, block in self._blocks(node):
            head = self._head(owner, owner, block)
            self._body(self._statements(block), inside, heads=[head])


def kind_of_run(nodes: list[Node]) -> Kind:
    """Assignments to names, with the strings that describe them, are constants."""
    described = [node for position, node in enumerate(nodes) if position == 0 or not _is_text(node)]
    return "constant" if all(_is_constant(node) for node in described) else "statement"


def _is_text(node: Node) -> bool:
    return node.type == "expression_statement" and [child.type for child in node.children] == ["string"]


def _is_constant(node: Node) -> bool:
    if node.type == "type_alias_statement":
        return True
    if node.type != "expression_statement" or node.child_count != 1:
        return False
    target = node.children[0].child_by_field_name("left") if node.children[0].type == "assignment" else None
    return target is not None and target.type == "identifier"


def _first_target(nodes: list[Node]) -> str:
    for node in nodes:
        if _is_constant(node):
            target = node.children[0].child_by_field_name("left") or node.child_by_field_name("left")
            return text_of(target).split("[")[0].strip()
    return ""
