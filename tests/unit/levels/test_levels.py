"""What the levels above the atom look at: calls and signatures, cohesion, layers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.levels.calls import misfits
from execution.levels.cohesion import cohesion, strangers
from execution.levels.layering import violations

SERVICE = """
def make(title, *, text="", done=False):
    return title

def many(*titles, **options):
    return titles

class Store:
    def __init__(self, path, size=1):
        self.path = path

class Child(Store):
    pass

@decorated
def wrapped(a):
    return a
"""


def problems(code: str, *, service: str = SERVICE) -> list[str]:
    found = misfits({"app/service.py": service, "app/main.py": code})
    return [f"{one.diagnostic.line}: {one.diagnostic.message}" for one in found]


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        ("make('a')", ""),
        ("make('a', text='b')", ""),
        ("make(title='a', done=True)", ""),
        ("make()", "make() of app/service.py misses title"),
        ("make('a', 'b')", "make() of app/service.py takes 1 positional arguments, 2 are given"),
        ("make('a', titel='b')", "make() of app/service.py has no parameter titel"),
        ("make('a', title='b')", "make() of app/service.py gets title twice"),
        ("make(*given)", ""),
        ("make(**given)", ""),
        ("many()", ""),
        ("many(1, 2, x=3)", ""),
        ("Store('a')", ""),
        ("Store()", "Store() of app/service.py misses path"),
        ("Child()", ""),
        ("wrapped()", ""),
    ],
)
def test_calls_are_bound_to_the_parameters_of_what_is_called(call: str, problem: str) -> None:
    head = "from app.service import Child, Store, make, many, wrapped\n\n"
    assert problems(head + call + "\n") == ([f"3: {problem}"] if problem else [])


def test_a_module_by_its_name_is_followed_too() -> None:
    assert problems("from app import service\nservice.make()\n") == ["2: make() of app/service.py misses title"]
    assert problems("import app.service as one\none.make(1)\n") == []


@pytest.mark.parametrize(
    "code",
    [
        "from app.service import make\ndef f(make):\n    make()\n",
        "from app.service import make\nmake = print\nmake()\n",
        "try:\n    from app.service import make\nexcept ImportError:\n    def make():\n        return 1\nmake()\n",
        "from app.elsewhere import make\nmake()\n",
        "from app.service import make\nmake(\n",
    ],
    ids=["parameter", "bound again", "two meanings", "not of the project", "does not parse"],
)
def test_what_cannot_be_known_for_sure_is_left_alone(code: str) -> None:
    assert problems(code) == []


@given(st.integers(0, 4), st.integers(0, 4), st.integers(0, 6))
def test_positional_calls_fit_exactly_when_python_says_so(needed: int, optional: int, given_: int) -> None:
    names = [f"a{number}" for number in range(needed)] + [f"b{number}=1" for number in range(optional)]
    service = f"def f({', '.join(names)}):\n    return 1\n"
    call = f"f({', '.join(['1'] * given_)})"
    space: dict[str, object] = {}
    try:
        exec(service + call, space)  # noqa: S102 - our own text of the line before
        fits = True
    except TypeError:
        fits = False
    assert (problems(f"from app.service import f\n{call}\n", service=service) == []) is fits


def test_definitions_that_share_nothing_are_strangers() -> None:
    lonely = "".join(f"def f{number}(x):\n    return x + {number}\n\n" for number in range(4))
    together = "LIMIT = 3\n" + lonely.replace("return x", "return LIMIT + x")
    assert (cohesion(lonely), cohesion(together)) == (0.25, 1.0)
    files = {"app/a.py": lonely, "app/b.py": together, "tests/test_a.py": lonely, "app/c.py": "x = 1\n"}
    (found,) = strangers(files, frozenset(files))
    assert (found.path, found.severity) == ("app/a.py", "warning")
    assert found.message == "Only 25% of its 4 definitions have to do with each other."


def test_a_name_of_the_project_binds_those_that_use_it() -> None:
    text = "from app.db import run\n" + "".join(f"def f{n}():\n    return run({n})\n\n" for n in range(3))
    assert cohesion(text) == pytest.approx(1 / 3)
    assert cohesion(text, packages=frozenset({"app"})) == 1.0


def layers(files: dict[str, str]) -> list[str]:
    return [f"{item.path}:{item.line} {item.code}" for item in violations(files)]


def test_imports_go_down_the_layers_only() -> None:
    files = {
        "app/models/book.py": "from app.routers import books\n",
        "app/routers/books.py": "from app.services.books import find\n",
        "app/services/books.py": "from app.models.book import Book\n",
    }
    assert "app/models/book.py:1 imports-upwards" in layers(files)
    files["app/models/book.py"] = "def f():\n    from app.routers import books\n"
    assert layers(files) == []
    files["app/models/book.py"] = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from app import routers\n"
    assert layers(files) == []


def test_nothing_imports_the_tests() -> None:
    files = {"tests/helpers.py": "x = 1\n", "app/main.py": "from tests.helpers import x\n"}
    assert layers(files) == ["app/main.py:1 imports-upwards"]


def test_modules_that_import_each_other_are_a_circle() -> None:
    files = {"app/a.py": "from app.b import one\n", "app/b.py": "import app.c\n", "app/c.py": "from app import a\n"}
    assert layers(files) == [f"app/{name}.py:1 import-circle" for name in "abc"]
    files["app/b.py"] = "x = 1\n"
    assert layers(files) == []
