from __future__ import annotations

import pytest

from execution.output.paths import UnsafePath
from execution.output.placement import Placement, resolve_path, role_of, snake_case

MODEL = 'class InvoiceLine(Base):\n    __tablename__ = "invoice_lines"\n'
ROUTE = '@router.get("/tasks")\ndef list_tasks() -> list[str]:\n    return []\n'


def test_a_given_path_comes_first_and_is_made_safe() -> None:
    assert resolve_path("./app/x.py", MODEL, ["app/y.py"]) == Placement("app/x.py", "given")
    with pytest.raises(UnsafePath):
        resolve_path("../x.py", MODEL)


@pytest.mark.parametrize(
    ("code", "path"),
    [
        (MODEL, "app/models/invoice_line.py"),
        ("class Task(models.Model):\n    pass\n", "app/models/task.py"),
        ("class TaskCreate(BaseModel):\n    title: str\n", "app/schemas/task.py"),
        ("class TaskRepository:\n    pass\n", "app/repositories/task.py"),
        ("class TaskService(Protocol):\n    pass\n", "app/services/task.py"),
        (ROUTE, "app/routes/tasks.py"),
        ('router = APIRouter(prefix="/api/users")\n', "app/routes/users.py"),
        ("def test_it_works() -> None:\n    pass\n", "tests/test_it_works.py"),
        ("class TestTask:\n    pass\n", "tests/test_task.py"),
        ("class Settings(BaseSettings):\n    pass\n", "app/config.py"),
        ("class Base(DeclarativeBase):\n    pass\n", "app/database.py"),
        ("engine = create_engine(URL)\n", "app/database.py"),
        ("def create_app() -> FastAPI:\n    return FastAPI()\n", "app/main.py"),
        ('"""Add tasks"""\nrevision = "1"\ndef upgrade() -> None: ...\n', "migrations/versions/add_tasks.py"),
    ],
)
def test_bases_decorators_and_names_show_where_code_belongs(code: str, path: str) -> None:
    assert resolve_path(None, code) == Placement(path, "code")


def test_a_target_file_of_the_same_role_is_preferred_over_the_usual_place() -> None:
    found = resolve_path(None, MODEL, ["billing/schemas/invoice_line.py", "billing/models/invoice_line.py"])

    assert found == Placement("billing/models/invoice_line.py", "code")


def test_code_that_shows_nothing_goes_to_the_first_target_file() -> None:
    assert resolve_path(None, "X = 1\n", ["app/x.py", "app/y.py"], "Task model") == Placement(
        "app/x.py", "target_files"
    )
    assert resolve_path(None, "def broken(:\n", ["docs/readme.md"]).source == "target_files"


@pytest.mark.parametrize(
    ("words", "path"),
    [
        ("Create the Task model", "app/models/task.py"),
        ("Service for invoices", "app/services/invoices.py"),
        ("Crear el modelo de Cliente", "app/models/cliente.py"),
        ("Write tests for the user service", "tests/test_user.py"),
        ("Order repository", "app/repositories/order.py"),
    ],
)
def test_words_of_the_task_are_the_next_resort(words: str, path: str) -> None:
    assert resolve_path(None, "X = 1\n", [], words) == Placement(path, "words")


def test_without_any_sign_the_place_is_a_fault_of_the_plan() -> None:
    found = resolve_path(None, "X = 1\n", [], "Tidy things up!")

    assert found.path == "src/generated/tidy_things_up.py"
    assert found.source == "generated"
    assert found.fault
    assert resolve_path(None, "", [], "¡!").path == "src/generated/unnamed.py"


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("app/models/task.py", "model"), ("app/api/routes/task.py", "route"), ("tests/test_models.py", "test"),
        ("app/config.py", "config"), ("app/helpers.py", None), ("blog/models.py", "model"),
    ],
)  # fmt: skip
def test_a_path_tells_its_role(path: str, role: str | None) -> None:
    assert role_of(path) == role


def test_names_become_snake_case() -> None:
    assert [snake_case(name) for name in ("InvoiceLine", "HTTPServer", "two words", "already_so")] == [
        "invoice_line", "http_server", "two_words", "already_so",
    ]  # fmt: skip
