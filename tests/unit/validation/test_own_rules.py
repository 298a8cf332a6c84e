from __future__ import annotations

import textwrap

import pytest

from execution.validation.slowness import check_slowness
from execution.validation.swallowing import check_swallowing


def slow(body: str) -> list[tuple[int, str]]:
    text = "def f(session, items, Task):\n" + textwrap.indent(textwrap.dedent(body).strip("\n"), "    ")
    found = check_slowness("a.py", text)
    assert {(item.layer, item.severity) for item in found} <= {("performance", "warning")}
    return [(item.line, item.code) for item in found]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("for item in items:\n    session.execute(item)", "query-in-loop"),
        ("for item in items:\n    Task.objects.filter(id=item).first()", "query-in-loop"),
        ("for item in items:\n    if item:\n        self.db_session.get(Task, item)", "query-in-loop"),
        ("seen = []\nfor item in items:\n    if item in seen:\n        continue", "list-searched-in-loop"),
        ("seen: list[int] = []\nwhile items:\n    seen.index(1)", "list-searched-in-loop"),
        ("rows = [1]\nfor item in items:\n    rows.insert(0, item)", "inserted-in-front-in-loop"),
        ("text = ''\nfor item in items:\n    text += item", "text-grown-in-loop"),
    ],
)
def test_a_slow_pattern_in_a_loop_is_told_once(body: str, code: str) -> None:
    ((_, found),) = slow(body)
    assert found == code


@pytest.mark.parametrize(
    "body",
    [
        "session.execute(items)",
        "for item in items:\n    settings.get(item)",
        "seen = set()\nfor item in items:\n    if item in seen:\n        continue",
        "for item in session.execute(items):\n    print(item)",
        "rows = []\nfor item in items:\n    rows.append(item)",
        "total = 0\nfor item in items:\n    total += item",
        "for item in items:\n    def later():\n        session.execute(item)",
    ],
)
def test_what_is_done_once_is_not_slow(body: str) -> None:
    assert slow(body) == []


def swallowed(handler: str) -> int:
    text = f"try:\n    work()\n{handler}\n"
    found = check_swallowing("a.py", text)
    assert {(item.line, item.layer, item.code) for item in found} <= {(3, "lint", "swallowed-exception")}
    return len(found)


@pytest.mark.parametrize(
    "handler",
    [
        "except Exception:\n    pass",
        "except:\n    result = None",
        "except Exception as error:\n    ...",
        "except (ValueError, BaseException):\n    done = False",
    ],
)
def test_an_exception_that_vanishes_is_found(handler: str) -> None:
    assert swallowed(handler) == 1


@pytest.mark.parametrize(
    "handler",
    [
        "except ValueError:\n    pass",
        "except Exception:\n    raise",
        "except Exception:\n    logger.exception('failed')",
        "except Exception as error:\n    result = error",
    ],
)
def test_an_exception_that_is_expected_or_told_is_not(handler: str) -> None:
    assert swallowed(handler) == 0


def test_other_files_and_broken_ones_are_left_alone() -> None:
    assert check_slowness("a.js", "for (;;) {}") == check_slowness("a.py", "def (") == []
    assert check_swallowing("a.js", "x") == check_swallowing("a.py", "def (") == []
