"""Sources: a file is parsed once, and only when somebody asks for it."""

from __future__ import annotations

import pytest

from common import python_source
from execution.sources import Sources
from execution.validation.conditions import check
from integrations.llm.shapes import Condition

FILES = {
    "app/one.py": "class One:\n    pass\n",
    "app/two.py": "from app.one import One\n\n\ndef two() -> One:\n    return One()\n",
    "app/broken.py": "def (",
    "app/other.py": "X = 1\n",
    "README.md": "# One",
}


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that were parsed, in order."""
    texts: list[str] = []
    real = python_source.parse_python

    def parse(text: str) -> object:
        texts.append(text)
        return real(text)

    monkeypatch.setattr(python_source, "parse_python", parse)
    return texts


def test_a_file_is_parsed_once_and_what_is_not_python_never(parsed: list[str]) -> None:
    project = Sources(FILES)
    assert project.tree("app/one.py") is project.tree("app/one.py") is not None
    assert [project.tree("app/broken.py"), project.tree("app/broken.py"), project.tree("README.md")] == [None] * 3
    assert parsed == [FILES["app/one.py"], FILES["app/broken.py"]]
    assert Sources.of(project) is project
    assert dict(project) == FILES


def test_conditions_parse_only_what_they_ask_of_and_that_once_for_all_who_share_the_sources(parsed: list[str]) -> None:
    conditions = [
        Condition(kind="exports", subject="app.one:One"),
        Condition(kind="class_available", subject="app/one.py::One"),
        Condition(kind="imports_resolve", subject="app/two.py"),
        Condition(kind="function_available", subject="app.two:two"),
    ]
    project = Sources(FILES)
    for _ in range(2):
        assert {verdict.status for verdict in check(conditions, project)} == {"passed"}
    assert sorted(parsed) == sorted([FILES["app/one.py"], FILES["app/two.py"]])
