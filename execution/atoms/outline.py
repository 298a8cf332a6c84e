"""From the statements of a file to its pieces: where each begins, its kind, its name, its parent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tree_sitter import Node

from execution.atoms.atom import MAXIMUM_LINES, Kind
from execution.atoms.pieces import Grammar, Piece, Region, Statement
from execution.atoms.tiling import AFTER_HEADER, INNER, NOT_A_NODE, PARAGRAPH, Item, Rows, partition

DEEPEST = 60


class Place(NamedTuple):
    """Where statements stand: the enclosing class, and the piece whose unit they share if any.

    ``prefix`` is what stands before a name to qualify it, the last dot included.
    """

    prefix: str = ""
    parent: int | None = None
    in_class: bool = False
    unit_of: int | None = None


def _is_long(statement: Statement) -> bool:
    return statement.last_row - statement.first_row >= MAXIMUM_LINES


def _nodes_of(run: Sequence[Item]) -> list[Node]:
    return run[0].nodes if len(run) == 1 else [node for item in run for node in item.nodes]


class Outline:
    """Walks the statements of one file in order and lists its pieces."""

    def __init__(self, root: Node, rows: Rows, grammar: Grammar) -> None:
        self.pieces: list[Piece] = []
        self._rows = rows
        self._grammar = grammar
        self._last_row = -1
        self._body(grammar.statements(root, rows), Place(), heads=[])

    # -- items ---------------------------------------------------------------------------------------------------------

    def _item(self, nodes: list[Node], first: int, last: int, cut_cost: int = 0) -> Item:
        start, above = first, self._last_row
        self._last_row = last
        if first - above > 1:
            rows = self._rows
            is_one_blank = first - above == 2 and rows.is_blank(first - 1)
            if not is_one_blank:
                start = rows.start_with_comments(first, above)
            if is_one_blank or (start - above > 1 and rows.is_blank(start - 1)):
                cut_cost += PARAGRAPH
        return Item(start, first, last, nodes, cut_cost)

    def _whole(self, statement: Statement) -> Item:
        return self._item(statement.nodes, statement.first_row, statement.last_row)

    def _head(self, region: Region, nodes: list[Node], *, first: int | None = None, depth: int = 0) -> Item:
        """The lines before the first statement of a region."""
        begin = region.head_row if first is None else first
        cost = max(0, depth) * INNER + (0 if region.is_clause or first is not None else NOT_A_NODE)
        return self._item(nodes, begin, region.open_row, cost)

    def _regions(self, statement: Statement) -> list[Region]:
        regions = statement.regions
        if regions is None:
            is_long = _is_long(statement)
            regions = self._grammar.regions(statement.nodes, statement.first_row, self._rows) if is_long else []
            statement.regions = regions
        return regions

    def _statements(self, region: Region) -> list[Statement]:
        if region.statements is None:
            region.statements = self._grammar.statements(region.block, self._rows)
        return region.statements

    def _split(
        self, nodes: list[Node], first_row: int, last_row: int, depth: int, regions: list[Region] | None = None
    ) -> list[Item]:
        """A long statement as items: the head of each region, then the statements in it, as deep as needed."""
        if regions is None:
            regions = self._grammar.regions(nodes, first_row, self._rows) if depth <= DEEPEST else []
        if not regions:
            return [self._item(nodes, first_row, last_row, max(0, depth) * INNER)]
        items: list[Item] = []
        for position, region in enumerate(regions):
            first = None if position else first_row
            items.append(self._head(region, nodes[:1], first=first, depth=depth))
            items.extend(self._inside(region, depth + 1))
            after = regions[position + 1].head_row - 1 if position + 1 < len(regions) else last_row
            self._close(items[-1], min(region.close_row, after))
        self._close(items[-1], last_row)
        return items

    def _inside(self, region: Region, depth: int) -> list[Item]:
        items: list[Item] = []
        cost = depth * INNER
        for nodes, first, last in self._grammar.lines(region.block, self._rows):
            if last - first >= MAXIMUM_LINES:
                items.extend(self._split(nodes, first, last, depth))
            else:
                items.append(self._item(nodes, first, last, cost))
        if items:
            self._after_header(items[0])
        return items

    def _after_header(self, item: Item) -> None:
        """A cut below a header costs the same whatever the line says."""
        item.cut_cost = AFTER_HEADER - self._rows.liking(item.code_row)

    def _close(self, last: Item, row: int) -> None:
        """Closing brackets stay with the item before them."""
        last.end_row = max(last.end_row, row)
        self._last_row = max(self._last_row, row)

    # -- pieces --------------------------------------------------------------------------------------------------------

    def _add(
        self,
        run: Sequence[Item],
        nodes: list[Node],
        kind: Kind,
        name: str,
        place: Place,
        *,
        unit_of: int | None,
        parent: int | None,
        definition: Node | None = None,
    ) -> None:
        first = run[0]
        self.pieces.append(
            Piece(first.start_row, first.code_row, kind, name, place.prefix + name, parent, unit_of, nodes, definition)
        )

    def _body(self, statements: list[Statement], place: Place, heads: list[Item]) -> None:
        """Pieces of a module, a class body, or a region of a long statement outside functions."""
        run: list[Item] = list(heads)
        imports: list[Item] = []
        for statement in statements:
            is_import = statement.role == "import" and not place.in_class
            if imports and not is_import:
                self._imports(imports, place)
                imports = []
            if is_import and not (run and heads):
                self._run(run, place)
                run = []
                imports.append(self._whole(statement))
            elif statement.role == "plain" or is_import:
                regions = self._regions(statement)
                if regions:
                    self._run(run, place)
                    run = []
                    self._compound(statement, regions, place)
                else:
                    run.append(self._whole(statement))
            else:
                self._run(run, place)
                run = []
                self._definition(statement, place)
        if imports:
            self._imports(imports, place)
        self._run(run, place)

    def _definition(self, statement: Statement, place: Place) -> None:
        if statement.role == "function":
            self._function(statement, place)
        else:
            self._class(statement, place)

    def _imports(self, items: list[Item], place: Place) -> None:
        self._add(items, _nodes_of(items), "import", "import", place, parent=place.parent, unit_of=place.unit_of)

    def _run(self, items: Sequence[Item], place: Place) -> None:
        if not items:
            return
        for run in partition(items, self._rows):
            nodes = _nodes_of(run)
            kind, name = self._grammar.run_kind(nodes)
            self._add(run, nodes, kind, name, place, parent=place.parent, unit_of=place.unit_of)

    def _function(self, statement: Statement, place: Place) -> None:
        kind: Kind = "method" if place.in_class else "function"
        name, unit = statement.name, len(self.pieces)
        first, *others = self._runs(statement)
        definition = statement.definition
        self._add(first, _nodes_of(first), kind, name, place, parent=place.parent, unit_of=unit, definition=definition)
        for run in others:
            self._add(run, _nodes_of(run), "block", name, place, parent=unit, unit_of=unit)

    def _runs(self, function: Statement) -> list[Sequence[Item]]:
        items = [self._whole(overload) for overload in function.overloads] if function.overloads else []
        if _is_long(function):
            items.extend(self._split(function.nodes, function.first_row, function.last_row, -1))
        else:
            items.append(self._whole(function))
        return partition(items, self._rows)

    def _class(self, statement: Statement, place: Place) -> None:
        """A header with the members before the first definition, then one piece or more for each member."""
        body = self._grammar.body(statement, self._rows)
        if body is None:
            self._header([self._whole(statement)], statement, place)
            return
        head = self._head(body, statement.nodes, first=statement.first_row)
        inside = self._inside_of(statement, place)
        members = self._grammar.statements(body.block, self._rows)
        leading = self._leading(members, inside)
        items = [head, *(self._whole(member) for member in members[:leading])]
        if len(items) > 1:
            self._after_header(items[1])
        if leading == len(members):
            self._close(items[-1], statement.last_row)
        header, *others = partition(items, self._rows)
        self._header(header, statement, place)
        for run in others:
            self._run(run, inside)
        self._body(members[leading:], inside, heads=[])
        self._last_row = max(self._last_row, statement.last_row)

    def _header(self, run: Sequence[Item], statement: Statement, place: Place) -> None:
        definition = statement.definition
        nodes, name = _nodes_of(run), statement.name
        self._add(run, nodes, "class_header", name, place, parent=place.parent, unit_of=None, definition=definition)

    def _inside_of(self, statement: Statement, place: Place) -> Place:
        """Where the members of a class or namespace stand, whose header is the next piece."""
        qualname = place.prefix + statement.name
        return Place(f"{qualname}." if qualname else "", len(self.pieces), in_class=statement.role == "class")

    def _leading(self, members: list[Statement], inside: Place) -> int:
        """How many members of a class stand before its first definition or long compound statement."""
        for count, member in enumerate(members):
            is_import = member.role == "import"
            if not (member.role == "plain" or (is_import and inside.in_class)):
                return count
            if self._regions(member):
                return count
        return len(members)

    def _compound(self, statement: Statement, regions: list[Region], place: Place) -> None:
        """A long statement outside functions: its statements share a unit, definitions have their own."""
        unit = len(self.pieces) if place.unit_of is None else place.unit_of
        inside = Place(place.prefix, place.parent, place.in_class, unit)
        if not self._has_definitions(regions):
            self._run(self._split(statement.nodes, statement.first_row, statement.last_row, 0, regions), inside)
            return
        for position, region in enumerate(regions):
            first = None if position else statement.first_row
            head = self._head(region, statement.nodes[:1], first=first)
            self._body(self._statements(region), inside, heads=[head])
            after = regions[position + 1].head_row - 1 if position + 1 < len(regions) else statement.last_row
            self._last_row = max(self._last_row, min(region.close_row, after))
        self._last_row = max(self._last_row, statement.last_row)

    def _has_definitions(self, regions: list[Region]) -> bool:
        for region in regions:
            for statement in self._statements(region):
                if statement.role != "plain" or self._has_definitions(self._regions(statement)):
                    return True
        return False
