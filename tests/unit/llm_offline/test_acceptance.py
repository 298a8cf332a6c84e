"""Criteria become tests that a sound project passes and a broken one does not; what cannot be proven is said."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from integrations.llm.design import Authentication
from integrations.llm.offline.engine import answer
from integrations.llm.shapes import AcceptanceInputs, AcceptanceTests, ProjectFile, WantedTest
from tests.unit.llm_offline import building
from tests.unit.llm_offline.building import texts_of, write_project
from tests.unit.llm_offline.test_impact import library

CRITERIA = {
    "c1": "Books are created and read back",
    "c2": "Authors are listed in pages",
    "c3": "A member with an email that is taken is refused",
    "c4": "A loan is deleted",
    "c5": "The title of a book is changed",
    "c6": "An unknown loan is not found",
    "c7": "An incomplete book is refused",
    "c8": "The health of the service is told",
    "c9": "Los libros se guardan",
}


@cache
def texts() -> dict[str, str]:
    return texts_of(library())


def routes() -> list[ProjectFile]:
    return [ProjectFile(path=path, text=text) for path, text in texts().items() if "routes" in path]


def written_for(criteria: dict[str, str], *, interfaces: bool = True) -> AcceptanceTests:
    wanted = [WantedTest(id=name, text=text) for name, text in criteria.items()]
    shown = [
        ProjectFile(path=path, text=text) for path, text in texts().items() if "routes" in path or "conftest" in path
    ]
    given = AcceptanceInputs(project=library().project, criteria=wanted, interfaces=shown if interfaces else [])
    made = answer("acceptance_tests", given)
    assert isinstance(made, AcceptanceTests)
    return made


def module(made: AcceptanceTests) -> str:
    return "\n".join([*made.imports, "", made.helpers, *(test.code for test in made.tests)])


def test_each_criterion_has_a_test_of_its_own_that_parses() -> None:
    made = written_for(CRITERIA)
    assert made.untestable == {}
    assert [test.criterion for test in made.tests] == list(CRITERIA)
    functions = [node.name for node in ast.parse(module(made)).body if isinstance(node, ast.FunctionDef)]
    assert functions[-len(CRITERIA) :] == [test.name for test in made.tests]
    for test in made.tests:
        (function,) = ast.parse(test.code).body
        assert any(isinstance(node, ast.Assert) for node in ast.walk(function))


@pytest.mark.parametrize(
    ("criterion", "why"),
    [
        ("It is beautiful", "no check for what it says"),
        ("Dragons are created", "names no record"),
        ("Authors with a taken name are refused twice", "Author has no unique field"),
    ],
)
def test_what_cannot_be_proven_is_said_with_why(criterion: str, why: str) -> None:
    made = written_for({"c1": criterion})
    assert made.tests == []
    assert why in made.untestable["c1"]


def test_without_interfaces_nothing_is_guessed() -> None:
    made = written_for(CRITERIA, interfaces=False)
    assert made.tests == []
    assert set(made.untestable.values()) == {"The interfaces offer no fixture with a client that may call the service."}


def test_a_field_whose_rules_are_beyond_the_engine_is_said() -> None:
    planned = library()
    book = next(entity for entity in planned.project.entities if entity.name == "Book")
    fields = [book.fields[0].model_copy(update={"pattern": "^[A-Z]{3}$"})]
    entities = [book.model_copy(update={"fields": fields, "relations": []})]
    project = planned.project.model_copy(update={"entities": entities})
    shown = [
        ProjectFile(path=path, text=text) for path, text in texts().items() if "routes" in path or "conftest" in path
    ]
    wanted = [WantedTest(id="c1", text="Books are created")]
    made = answer("acceptance_tests", AcceptanceInputs(project=project, criteria=wanted, interfaces=shown))
    assert isinstance(made, AcceptanceTests)
    assert "cannot make a valid title of Book" in made.untestable["c1"]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_sound_project_passes_and_a_broken_one_fails_the_test_that_says_so(
    tmp_path: Path, project_python: str
) -> None:
    write_project(tmp_path, texts())
    (tmp_path / "tests" / "test_acceptance.py").write_text(module(written_for(CRITERIA)))
    sound = building.pytest(tmp_path, project_python, "tests/test_acceptance.py")
    assert sound.returncode == 0, sound.stdout
    assert "9 passed" in sound.stdout
    routes = tmp_path / "app" / "routes" / "loan.py"
    routes.write_text(routes.read_text().replace("service.delete(loan_id)", "service.get(loan_id)"))
    broken = building.pytest(tmp_path, project_python, "tests/test_acceptance.py")
    assert broken.returncode == 1
    assert "FAILED tests/test_acceptance.py::test_c4_loan_deleted" in broken.stdout
    assert "1 failed, 8 passed" in broken.stdout


def test_a_service_that_asks_who_calls_is_tested_only_through_a_fixture_that_signs_in() -> None:
    planned = library()
    secured = planned.project.design.model_copy(update={"authentication": Authentication.model_construct()})
    project = planned.project.model_copy(update={"design": secured})
    client = ProjectFile(path="tests/conftest.py", text="@pytest.fixture\ndef client(app):\n    ...\n")
    signed_in = ProjectFile(path="tests/conftest.py", text="@pytest.fixture\ndef admin_client(app):\n    ...\n")
    wanted = [WantedTest(id="c1", text="Authors are created")]

    def made(*shown: ProjectFile) -> AcceptanceTests:
        found = answer(
            "acceptance_tests",
            AcceptanceInputs(project=project, criteria=wanted, interfaces=[*shown, *routes()]),
        )
        assert isinstance(found, AcceptanceTests)
        return found

    assert made(client).tests == []
    (test,) = made(client, signed_in).tests
    assert "(admin_client: Any)" in test.code
