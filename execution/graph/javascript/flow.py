"""Values flow along cells until nothing moves any more.

Every syntax node is looked at once and leaves behind arcs between cells and watchers on them (Andersen's analysis).
What depends on something *not* arriving, such as a look into a prototype because the object has no such property of its
own, waits until everything has come to rest; then the lowest layer of what still waits goes ahead.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from execution.graph.javascript.values import Cell, Cells, Text, Value

MOST_VALUES = 20
"""A cell that would hold more takes in no more: precision is gone by then, and time would follow."""
MOST_TEXTS = 12


class Flow:
    """Cells, arcs, watchers, and what waits."""

    def __init__(self) -> None:
        self._queue: deque[Cell] = deque()
        self._late: deque[tuple[Callable[[Value], None], list[Value]]] = deque()
        """Watchers that came after values, which are told of them in their turn."""
        self._waiting: list[list[tuple[Cell, Callable[[], None]]]] = [[], [], []]
        self._texts: dict[str, Cell] = {}

    def add(self, cell: Cell, value: Value) -> None:
        values = cell.values
        if value in values or len(values) >= MOST_VALUES:
            return
        if isinstance(value, Text) and len(values) >= MOST_TEXTS:
            return
        values[value] = None
        if not cell.is_queued:
            cell.is_queued = True
            self._queue.append(cell)

    def flow(self, source: Cell, target: Cell) -> None:
        if source is target or target in source.targets:
            return
        source.targets[target] = None
        for value in list(source.values):
            self.add(target, value)

    def flow_all(self, sources: Iterable[Cell], target: Cell) -> None:
        for source in sources:
            self.flow(source, target)

    def watch(self, cell: Cell, watcher: Callable[[Value], None]) -> None:
        """``watcher`` is told each value of the cell once."""
        if cell.arrived:
            self._late.append((watcher, list(cell.values)[: cell.arrived]))
        cell.watchers.append(watcher)

    def one(self, cells: Cells) -> Cell:
        """A single cell with the values of all."""
        if len(cells) == 1:
            return cells[0]
        found = Cell()
        self.flow_all(cells, found)
        return found

    def text(self, text: str) -> Cell:
        """The cell of a constant."""
        found = self._texts.get(text)
        if found is None:
            found = self._texts[text] = Cell()
            self.add(found, Text(text))
        return found

    def otherwise(self, cell: Cell, action: Callable[[], None], *, layer: int = 0) -> None:
        """Do ``action`` if nothing has come to ``cell`` when everything else of lower layers is at rest."""
        if not cell.values:
            self._waiting[layer].append((cell, action))

    def settle(self) -> None:
        """Let values flow until nothing moves and nothing waits."""
        while True:
            self._drain()
            for layer, waiting in enumerate(self._waiting):
                due = [action for cell, action in waiting if not cell.values]
                self._waiting[layer] = []
                for action in due:
                    action()
                if due:
                    break
            else:
                return

    def _drain(self) -> None:
        while self._queue or self._late:
            while self._late:
                watcher, values = self._late.popleft()
                for value in values:
                    watcher(value)
            if not self._queue:
                return
            cell = self._queue.popleft()
            cell.is_queued = False
            fresh = list(cell.values)[cell.arrived :]
            cell.arrived = len(cell.values)
            for target in list(cell.targets):
                for value in fresh:
                    self.add(target, value)
            for watcher in list(cell.watchers):
                for value in fresh:
                    watcher(value)
