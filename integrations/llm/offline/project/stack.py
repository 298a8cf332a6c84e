"""What a stack offers to planner and drafts: the files of a project, their order, and the rules they keep."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from integrations.llm.offline.project.pieces import Chapter
from integrations.llm.shapes import ProjectContext

Writer = Callable[[], str]
"""Writes the whole text of one file, the same every time."""


@dataclass(frozen=True)
class ProjectStack:
    """One way to build a project.

    ``made_with`` ends a project's description (*FastAPI and SQLAlchemy*). ``files`` gives every path of a project with
    its writer; ``chapters`` gives the milestones of its plan in order, whose pieces name exactly those paths.
    """

    made_with: str
    conventions: tuple[str, ...]
    files: Callable[[ProjectContext], dict[str, Writer]]
    chapters: Callable[[ProjectContext], list[Chapter]]
