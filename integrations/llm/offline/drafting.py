"""The purpose ``task_code``: the text of every target file of a task."""

from __future__ import annotations

from integrations.llm.offline.dice import fraction
from integrations.llm.offline.errors import TaskNotOffered
from integrations.llm.offline.faults import choose_fault
from integrations.llm.offline.options import EngineOptions
from integrations.llm.offline.project.stacks import stack_named
from integrations.llm.shapes import ProjectContext, ProjectFile, TaskCode, TaskCodeInputs


def write_task(inputs: TaskCodeInputs, *, attempt: int, options: EngineOptions) -> TaskCode:
    """Every target file of a task; with a fault rate, sometimes with one mistake in its main file."""
    files = [ProjectFile(path=path, text=clean_text(inputs.project, path)) for path in inputs.task.target_files]
    words = (options.seed, "task_code", inputs.task.id, attempt)
    if fraction(*words) < options.fault_rate:
        main = files[0]
        fault = choose_fault(main.path, main.text, *words)
        if fault is not None:
            files[0] = ProjectFile(path=main.path, text=fault.apply(main.text))
    return TaskCode(files=files)


def clean_text(project: ProjectContext, path: str) -> str:
    """The engine's own text of a file. Raises TaskNotOffered for a file of no project of its, and StackNotOffered."""
    writer = stack_named(project.stack).files(project).get(path)
    if writer is None:
        raise TaskNotOffered(
            f"The offline engine has no template for {path}.",
            hint="It writes files of its own plans only. Give the code by hand, or set ANTHROPIC_API_KEY.",
        )
    return writer()
