"""Which assignments of a name may be meant at a place: kept while a function is walked in order."""

from __future__ import annotations

from collections.abc import Sequence

from execution.graph.javascript.flow import Flow
from execution.graph.javascript.values import Cell, Cells, Variable


class Environment:
    """What names hold here, over what they held before a branch or a loop began.

    In a loop a name may also hold what a later line of the loop gives it: its first reading there makes a joint cell.
    """

    def __init__(self, flow: Flow, before: Environment | None = None, *, is_loop: bool = False) -> None:
        self._flow = flow
        self._before = before
        self._is_loop = is_loop
        self._known: dict[Variable, Cells] = {}
        self._joints: dict[Variable, Cell] = {}
        self.has_left = False
        """Whether the end of this stretch of code is never reached."""

    def get(self, variable: Variable) -> Cells | None:
        """None when nothing was assigned so far."""
        found = self._known.get(variable)
        if found is not None or self._before is None:
            return found
        found = self._before.get(variable)
        if found is not None and self._is_loop:
            joint = self._joints[variable] = Cell()
            self._flow.flow_all(found, joint)
            found = self._known[variable] = (joint,)
        return found

    def set(self, variable: Variable, cells: Cells) -> None:
        if self._is_loop and variable not in self._known:
            self.get(variable)
        self._known[variable] = cells

    def changed(self) -> list[Variable]:
        return list(self._known)

    def close_loop(self) -> None:
        """The end of the loop leads to its begin."""
        for variable, joint in self._joints.items():
            self._flow.flow_all(self._known[variable], joint)

    def join(self, branches: Sequence[Environment]) -> None:
        """Go on after branches that began here, those left out whose end is never reached."""
        alive = [branch for branch in branches if not branch.has_left]
        self.has_left = self.has_left or not alive
        for variable in dict.fromkeys(variable for branch in alive for variable in branch.changed()):
            cells: list[Cell] = []
            for branch in alive:
                cells.extend(branch.get(variable) or (variable.cell,))
            self.set(variable, tuple(dict.fromkeys(cells)))
