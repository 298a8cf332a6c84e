"""What a retry is shown."""

from __future__ import annotations

from execution.atoms import Atom, context_for, cut

MODELS = b'''class Task:
    """A task."""

    title: str

    def rename(self, title: str) -> None:
        self.title = title
'''
SERVICE = b'''from models import Task

LIMIT = 3


def check(title: str) -> bool:
    """Whether the title is good."""
    return len(title) > LIMIT


def rename(task: Task, title: str) -> Task:
    if not check(title):
        raise ValueError(title)
    task.rename(title)
    return task
'''


def atom_named(atoms: tuple[Atom, ...], qualname: str) -> Atom:
    return next(atom for atom in atoms if atom.qualname == qualname)


def test_a_complete_context() -> None:
    service, models = cut("service.py", SERVICE), cut("models.py", MODELS)
    context = context_for(atom_named(service, "rename"), file_atoms=service, needed=models, test_cases=["test_rename"])
    assert context.imports == ("from models import Task",)
    assert {(shown.name, shown.text) for shown in context.interfaces} >= {
        ("check", "def check(title: str) -> bool"),
        ("rename", "def rename(self, title: str) -> None"),
    }
    assert [shown.name for shown in context.types] == ["Task"]
    assert context.before.startswith("def check")
    assert context.after == ""
    assert context.preconditions == ("task: Task", "title: str", "raises ValueError if not check(title)")
    assert context.postconditions == ("returns Task", "may raise ValueError")
    assert context.test_cases == ("test_rename",)
    assert (context.missing, context.completeness) == ((), 1.0)


def test_a_method_is_shown_its_class_header() -> None:
    models = cut("models.py", MODELS)
    context = context_for(atom_named(models, "Task.rename"), file_atoms=models)
    assert context.enclosing == ('class Task:\n    """A task."""\n\n    title: str',)
    assert context.completeness == 1.0


def test_a_block_is_shown_the_signature_of_its_function() -> None:
    lines = "".join(f"    total += values[{number}]\n" for number in range(20))
    atoms = cut("a.py", f"def add(values: list[int], total: int = 0) -> int:\n{lines}    return total\n".encode())
    context = context_for(atoms[-1], file_atoms=atoms)
    assert context.enclosing == ("def add(values: list[int], total: int = 0) -> int",)
    assert context.completeness == 1.0


def test_names_with_a_dollar_are_found_in_the_function_around() -> None:
    text = b"""function start($, rows$) {
    const $first = rows$[0];
    function show() {
        $($first).show();
    }
    return show;
}
"""
    for atom in (atoms := cut("a.js", text)):
        assert context_for(atom, file_atoms=atoms).missing == ()


def test_what_a_comment_declares_global_is_known() -> None:
    text = b"/* global gettext, ol: readonly */\nfunction label() { return gettext(ol.name + unknown); }\n"
    atoms = cut("a.js", text)
    assert context_for(atoms[0], file_atoms=atoms).missing == ("unknown",)


def test_what_nobody_defines_is_missing() -> None:
    atoms = cut("a.py", b"def f():\n    return somewhere(1) + known\n\n\nknown = 1\n")
    context = context_for(atoms[0], file_atoms=atoms)
    assert context.missing == ("somewhere",)
    assert context.completeness == 0.5
