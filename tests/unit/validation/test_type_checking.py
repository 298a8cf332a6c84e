"""Types: what is wrong stays said, however often and by whatever means the workspace is asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from execution.validation.type_checking import check_types, close

FILES = ("a.py", "b.py")


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    root = tmp_path / "tree"
    root.mkdir()
    yield root
    close(root, python=None, cache=tmp_path / "cache")


def lines_found(root: Path, **texts: str) -> list[tuple[str, int]]:
    for name, text in texts.items():
        (root / f"{name}.py").write_text(text)
    found = check_types(root, FILES, python=None, cache=root.parent / "cache")
    return [(item.path, item.line) for item in found]


def test_an_error_is_told_again_when_another_file_changes(root: Path) -> None:
    wrong = "def one() -> int:\n    return 'x'\n"
    assert lines_found(root, a=wrong, b="X = 1\n") == [("a.py", 2)]
    assert lines_found(root, b="X = 2\n") == [("a.py", 2)]
    assert lines_found(root, b="def two() -> str:\n    return 1\n") == [("a.py", 2), ("b.py", 2)]


def test_an_error_is_told_again_after_the_daemon_was_stopped(root: Path) -> None:
    assert lines_found(root, a="A = 1\n", b="B = 1\n") == []
    assert lines_found(root, a="A: str = 1\n") == [("a.py", 1)]
    close(root, python=None, cache=root.parent / "cache")
    assert lines_found(root, b="B = 2\n") == [("a.py", 1)]
    assert lines_found(root, a="A = 1\n") == []


def test_an_error_in_a_caller_appears_and_goes_with_what_it_calls(root: Path) -> None:
    caller = "from a import one\n\nX: int = one()\n"
    assert lines_found(root, a="def one() -> int:\n    return 1\n", b=caller) == []
    assert lines_found(root, a="def one() -> str:\n    return ''\n") == [("b.py", 3)]
    assert lines_found(root, a="def one() -> int:\n    return 2\n") == []
