"""Environment, validation, tests, start and blame on a real FastAPI and SQLAlchemy project."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from execution.acceptance.blame import suspects
from execution.acceptance.starting import start_project
from execution.acceptance.testing import run_tests
from execution.sandbox.limits import Limits
from execution.validation.environments import Environment
from execution.validation.judging import judge_tree
from execution.validation.projects import files_of
from execution.validation.type_checking import close
from tests.prepared import prepared_environment
from tests.unit.acceptance.conftest import write

pytestmark = pytest.mark.slow

FILES = {
    "app/__init__.py": "",
    "app/models.py": '''from __future__ import annotations

from sqlalchemy import String, create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker
from sqlalchemy.pool import StaticPool


class Base(DeclarativeBase):
    """The base of every table."""


class Task(Base):
    __tablename__ = "tasks"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(100))


engine = create_engine("sqlite://", connect_args={"check_same_thread": False}, poolclass=StaticPool)
Sessions = sessionmaker(bind=engine)
''',
    "app/service.py": """from __future__ import annotations

from app.models import Sessions, Task


def create(title: str) -> int:
    with Sessions.begin() as session:
        task = Task(title=title)
        session.add(task)
        session.flush()
        return task.id


def title_of(number: int) -> str:
    with Sessions() as session:
        return session.get_one(Task, number).title
""",
    "app/main.py": """from __future__ import annotations

from fastapi import FastAPI
from pydantic import BaseModel

from app.models import Base, engine
from app.service import create, title_of

Base.metadata.create_all(engine)
app = FastAPI()


class NewTask(BaseModel):
    title: str


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "ok"}


@app.post("/tasks")
def make(task: NewTask) -> dict[str, int]:
    return {"id": create(task.title)}


@app.get("/tasks/{number}")
def show(number: int) -> dict[str, str]:
    return {"title": title_of(number)}
""",
    "tests/__init__.py": "",
    "tests/test_api.py": """from __future__ import annotations

from fastapi.testclient import TestClient

from app.main import app

client = TestClient(app)


def test_health_answers() -> None:
    assert client.get("/health").json() == {"status": "ok"}


def test_a_task_is_made() -> None:
    assert client.post("/tasks", json={"title": "one"}).json()["id"] >= 1


def test_a_task_is_shown() -> None:
    number = client.post("/tasks", json={"title": "two"}).json()["id"]
    assert client.get(f"/tasks/{number}").json() == {"title": "two"}
""",
}


@pytest.fixture(scope="module")
def environment() -> Environment:
    return prepared_environment("fastapi")


@pytest.fixture
def root(tmp_path: Path, environment: Environment) -> Iterator[Path]:
    root = tmp_path / "project"
    for path, text in FILES.items():
        write(root, path, text)
    yield root
    close(root, python=environment.python, cache=tmp_path / "cache")


def test_it_validates_passes_starts_and_a_defect_is_found(root: Path, tmp_path: Path, environment: Environment) -> None:
    report = judge_tree(root, files=files_of(root), python=environment.python, cache=tmp_path / "cache")
    assert report.diagnostics == ()
    assert report.passed

    tests = run_tests(root, environment, Limits(wall=60.0))
    assert (tests.status, tests.reason, len(tests.tests)) == ("passed", "", 3)
    assert tests.percent == 100.0
    assert 15 in tests.coverage["tests/test_api.py::test_a_task_is_shown"]["app/service.py"]
    assert "app/service.py" not in tests.coverage["tests/test_api.py::test_health_answers"]

    started = start_project(root, environment)
    assert (started.status, started.body) == ("passed", '{"status":"ok"}')

    write(root, "app/service.py", FILES["app/service.py"].replace(".title\n", ".title.upper()\n"))
    red = run_tests(root, environment, Limits(wall=60.0))
    assert [test.node_id for test in red.red] == ["tests/test_api.py::test_a_task_is_shown"]
    spans = {"app/service.py": [("create", 6, 11), ("title_of", 14, 16)], "app/main.py": [("health", 18, 20)]}
    assert suspects(red, spans)[0] == ("title_of", 1.0)
