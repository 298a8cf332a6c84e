"""Which tasks cover which requirement: those whose words speak most of it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from integrations.llm.offline.words import fold, singular_en, words_of
from integrations.llm.shapes import Requirement, TaskSpec

MOST = 4
"""Tasks that cover one requirement; more would say nothing."""


def covered(tasks: Sequence[TaskSpec], requirements: Sequence[Requirement]) -> list[TaskSpec]:
    """The tasks with what they cover. Ids are made of the words that count.

    What no task speaks of is laid on those that enforce rules, who would have to.
    """
    said = {task.id: _said_by(task) for task in tasks}
    covers: defaultdict[str, list[str]] = defaultdict(list)
    for requirement in requirements:
        wanted = _words(words_of(requirement.id))
        shared = {task.id: len(wanted & said[task.id]) for task in tasks}
        most = max(shared.values(), default=0)
        chosen = [task.id for task in tasks if shared[task.id] == most] if most else _enforcing(tasks)
        for task_id in chosen[:MOST]:
            covers[task_id].append(requirement.id)
    return [task.model_copy(update={"covers": covers[task.id]}) for task in tasks]


def _enforcing(tasks: Sequence[TaskSpec]) -> list[str]:
    return [task.id for task in tasks if "rules" in task.title.lower()] or [task.id for task in tasks]


def _said_by(task: TaskSpec) -> set[str]:
    criteria = " ".join(one.text for one in task.acceptance_criteria)
    return _words(" ".join([task.title, task.description, *task.target_files, criteria]))


def _words(text: str) -> set[str]:
    return {singular_en(word) for word in re.findall(r"[a-z0-9]{3,}", fold(text))}
