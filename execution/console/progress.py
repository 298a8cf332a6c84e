"""Draws the progress of a run: a bar on a terminal, plain lines elsewhere, nothing when quiet."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from common.models import PlanEvent
from execution.console.saying import line_for

BEFORE_A_RUN = {"discovery_generation_start": "understanding", "masterplan_generation_start": "planning"}
STAGES = {
    "code_generation": "drafting",
    "atomization": "cutting",
    "ordering": "ordering",
    "waves": "waves",
    "infrastructure": "files",
    "testing": "testing",
    "closing": "report",
    "finished": "done",
}


class Teller:
    """Tells events as they come; use it as a context."""

    def __init__(self, *, quiet: bool = False) -> None:
        self.quiet = quiet
        self.console = Console(file=sys.stderr, highlight=False, soft_wrap=True)
        self.bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description:<14}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self.console,
            transient=True,
            disable=quiet or not self.console.is_terminal,
        )
        self.line: TaskID | None = None

    def __enter__(self) -> Teller:
        self.bar.start()
        self.line = self.bar.add_task("starting", total=None)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bar.stop()

    def tell(self, event: PlanEvent) -> None:
        if self.quiet:
            return
        if event.type in BEFORE_A_RUN:
            self._move(BEFORE_A_RUN[event.type])
        elif (stage := event.data.get("stage")) in STAGES:
            self._move(STAGES[stage])
        if event.type == "code_generation_progress":
            self._move("drafting", event.data["done"], event.data["total"])
        elif event.type == "dependency_graph_ready":
            self._move("waves", 0, event.data["waves"])
        elif event.type == "wave_execution_complete":
            self._move("waves", event.data["wave_number"])
        if text := line_for(event.type, event.data):
            self.say(text)

    def tell_all(self, events: Iterable[PlanEvent]) -> PlanEvent | None:
        """Tell each; the last one."""
        last = None
        for event in events:
            self.tell(event)
            last = event
        return last

    def say(self, text: str) -> None:
        if not self.quiet:
            self.bar.console.print(f"  {text}", markup=False)

    def _move(self, description: str, done: int | None = None, total: int | None = None) -> None:
        if self.line is not None:
            self.bar.update(self.line, description=description, completed=done, total=total)
