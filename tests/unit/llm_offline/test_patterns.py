"""What a finished build teaches: ways that tasks share, mistakes that cost attempts, and nothing that is not there."""

from __future__ import annotations

from integrations.llm.offline.engine import answer
from integrations.llm.shapes import (
    Diagnostic,
    Pattern,
    PatternInputs,
    Patterns,
    ProjectContext,
    ProjectFile,
    TaskOutcome,
)

PROJECT = ProjectContext(project_name="Shop", description="Sells", stack="fastapi")
TEXT = '''
def create_NAME(session, data):
    """Create a NAME."""
    row = NAME(**data)
    session.add(row)
    session.commit()
    return row
'''


def outcome(
    number: int, name: str, *, text: str = TEXT, attempts: int = 1, done: bool = True, errors: int = 0
) -> TaskOutcome:
    path = f"app/services/{name}.py"
    wrong = Diagnostic(path=path, line=4, layer="types", code="arg-type", message=f'Argument 1 to "{name}" is wrong')
    return TaskOutcome(
        task=f"task_{number:03}",
        title=f"Write {name}",
        type="implementation",
        files=[ProjectFile(path=path, text=text.replace("NAME", name))],
        attempts=attempts,
        done=done,
        errors=[wrong] * errors,
    )


def learned(*tasks: TaskOutcome) -> list[Pattern]:
    found = answer("pattern_extraction", PatternInputs(project=PROJECT, tasks=list(tasks)))
    assert isinstance(found, Patterns)
    return found.patterns


def test_what_several_tasks_write_alike_but_for_names_is_a_pattern() -> None:
    (pattern,) = learned(outcome(1, "book"), outcome(2, "author"), outcome(3, "loan", attempts=2))
    assert (pattern.kind, pattern.name, pattern.tasks) == ("use", "create_*", ["task_001", "task_002", "task_003"])
    assert "3 tasks write create_* in the same way, 67% of them at the first attempt." in pattern.description
    assert pattern.when == "Tasks of type implementation that write files like app/services/*.py."
    assert pattern.example.startswith("def create_author(session, data):")
    assert pattern.confidence == 0.56


def test_what_differs_in_more_than_names_is_none() -> None:
    other = TEXT.replace("session.commit()", "session.flush()\n    session.commit()")
    assert learned(outcome(1, "book"), outcome(2, "author", text=other)) == []


def test_a_task_that_was_not_done_or_does_not_parse_teaches_no_way() -> None:
    assert learned(outcome(1, "book"), outcome(2, "author", done=False)) == []
    assert learned(outcome(1, "book"), outcome(2, "author", text="def create_NAME(:")) == []


def test_a_mistake_that_cost_attempts_is_to_be_avoided_and_the_mended_line_is_shown() -> None:
    patterns = learned(outcome(1, "book", errors=2), outcome(2, "cart", text="x = 1\n", errors=1, done=False))
    (pattern,) = [one for one in patterns if one.kind == "avoid"]
    assert (pattern.name, pattern.tasks, pattern.confidence) == ("types arg-type", ["task_001", "task_002"], 0.6)
    assert pattern.description.startswith("Argument 1 to ... is wrong Seen 3 times, mended in 1 of 2 tasks.")
    assert "row = book(**data)" in pattern.example


def test_nothing_repeated_teaches_nothing() -> None:
    assert learned(outcome(1, "book")) == []
