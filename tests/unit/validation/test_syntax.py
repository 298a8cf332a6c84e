from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.validation.syntax import check_syntax


def test_good_files_have_no_diagnostic() -> None:
    assert check_syntax("a.py", "x = 1\n") == []
    assert check_syntax("a.json", '{"a": 1}') == []
    assert check_syntax("a.toml", "a = 1\n") == []
    assert check_syntax("a.unknown", "((((") == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("x = 1\ny = (\n", 2),
        ("def f():\nreturn 1\n", 2),
        ("return 1\n", 1),
        ('print "old"\n', 1),
        ("x = 1\n\tif x:\n", 2),
    ],
)
def test_a_python_error_names_its_line(text: str, line: int) -> None:
    (found,) = check_syntax("app/a.py", text)
    assert (found.path, found.line, found.layer, found.code, found.severity) == (
        "app/a.py",
        line,
        "syntax",
        "syntax-error",
        "error",
    )


def test_json_and_toml_errors_are_found() -> None:
    assert check_syntax("a.json", "{\n 1}")[0].line == 2
    assert "Invalid" in check_syntax("a.toml", "a = ")[0].message


@pytest.mark.parametrize("text", ["\0", "(" * 5000, "[" * 100_000, "-" * 50_000 + "1"])
def test_hostile_text_is_one_diagnostic(text: str) -> None:
    assert len(check_syntax("a.py", text)) == 1


def test_an_enormous_file_is_refused_unread() -> None:
    assert "larger" in check_syntax("a.py", "#" * 2_000_001)[0].message


@given(st.text(max_size=300))
def test_any_text_gives_at_most_one_diagnostic(text: str) -> None:
    for path in ("a.py", "a.json", "a.toml"):
        found = check_syntax(path, text)
        assert len(found) <= 1
        assert all(item.line >= 1 for item in found)
