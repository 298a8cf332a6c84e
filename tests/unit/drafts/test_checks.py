from __future__ import annotations

import ast

import pytest

from execution.drafts.checks import module_of, problems_of, top_level_names
from integrations.llm.shapes import Export, ProjectFile, TaskSpec


def task(*paths: str, exports: tuple[str, ...] = ()) -> TaskSpec:
    return TaskSpec(
        id="task_001",
        title="Write it",
        description="It.",
        type="implementation",
        target_files=list(paths),
        exports=[Export(name=name, signature=f"def {name}()") for name in exports],
    )


def problems(
    texts: dict[str, str], spec: TaskSpec | None = None, offered: dict[str, set[str]] | None = None
) -> list[str]:
    files = [ProjectFile(path=path, text=text) for path, text in texts.items()]
    return problems_of(spec or task(*texts), files, offered=offered or {})


def test_a_draft_with_its_files_and_names_may_be_cut() -> None:
    assert problems({"app/a.py": "def make():\n    pass\n"}, task("app/a.py", exports=("make",))) == []


def test_a_missing_file_and_a_foreign_one_are_told() -> None:
    assert problems({"app/b.py": ""}, task("app/a.py")) == [
        "The file app/a.py is missing.",
        "app/b.py is not a file of this task.",
    ]


def test_what_does_not_parse_is_told_with_its_line_and_nothing_is_said_of_its_names() -> None:
    (problem,) = problems({"app/a.py": "x = 1\ndef broken(:\n"}, task("app/a.py", exports=("make",)))
    assert problem.startswith("app/a.py does not parse: ")
    assert problem.endswith(" in line 2.")


@pytest.mark.parametrize("text", ["x = '\x00'\n", "x = " + "not " * 100_000 + "1\n"], ids=["null byte", "nesting"])
def test_nonsense_is_a_problem_not_a_crash(text: str) -> None:
    assert len(problems({"app/a.py": text})) == 1


def test_a_promised_name_must_be_defined() -> None:
    assert problems({"app/a.py": "x = 1\n"}, task("app/a.py", exports=("make",))) == [
        "app/a.py must define make (def make())."
    ]


@pytest.mark.parametrize(
    "text",
    [
        "def make():\n    pass\n",
        "class make:\n    pass\n",
        "make = 1\n",
        "make: int = 1\n",
        "from b import make\n",
        "import make\n",
        "from b import c as make\n",
        "if True:\n    def make():\n        pass\n",
        "try:\n    import make\nexcept ImportError:\n    make = None\n",
        "with open('a') as make:\n    pass\n",
        "for make in ():\n    pass\n",
        "one, (make, *rest) = 1, (2, 3)\n",
    ],
)
def test_a_name_is_offered_however_it_is_made(text: str) -> None:
    assert problems({"app/a.py": text}, task("app/a.py", exports=("make",))) == []


@pytest.mark.parametrize(
    "text",
    [
        "class Other:\n    def make(self):\n        pass\n",
        "def other():\n    make = 1\n",
        "def other():\n    def make():\n        pass\n",
        "def other():\n    import make\n",
        "values = [make for make in range(3)]\n",
    ],
    ids=["method", "local", "inner function", "local import", "comprehension"],
)
def test_a_name_inside_something_else_is_not_offered_to_others(text: str) -> None:
    assert "make" not in top_level_names(ast.parse(text))


def test_only_names_that_the_project_offers_are_imported() -> None:
    offered = {"app.b": {"known"}, "app.b.sub": set()}
    text = "from app.b import known, unknown, sub\nfrom app.c import anything\nfrom app.b import *\nimport os\n"
    assert problems({"app/a.py": text}, offered=offered) == [
        "app/a.py imports unknown from app.b, which neither the plan nor that file offers."
    ]


def test_files_of_other_languages_are_not_parsed() -> None:
    assert problems({"README.md": "def ("}) == []


@pytest.mark.parametrize(
    ("path", "module"),
    [("app/models/task.py", "app.models.task"), ("app/__init__.py", "app"), ("main.py", "main")],
)
def test_modules_are_named_as_they_are_imported(path: str, module: str) -> None:
    assert module_of(path) == module


def test_a_promised_name_may_be_defined_in_typescript_and_javascript() -> None:
    spec = task("app/a.ts", "app/b.js", exports=("make", "Made", "kept"))
    texts = {"app/a.ts": "export function make() {}\nexport interface Made {}\n", "app/b.js": "exports.kept = 1;\n"}
    assert problems(texts, spec) == []
    assert problems(texts | {"app/b.js": "exports.lost = 1;\n"}, spec) == ["app/a.ts must define kept (def kept())."]
