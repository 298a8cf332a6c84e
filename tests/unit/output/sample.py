"""A small FastAPI project in the layout of generated ones, for the tests of what is made around the code."""

from __future__ import annotations

SAMPLE: dict[str, str] = {
    "app/__init__.py": '"""The service."""\n',
    "app/config.py": '''"""Settings, read once from the environment."""

import os

DATABASE_URL = os.environ.get("DATABASE_URL", "sqlite:///./app.db")
LOG_LEVEL = os.getenv("LOG_LEVEL", "info")
''',
    "app/database.py": '''"""The connection to the database."""

from collections.abc import Iterator

from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

from app.config import DATABASE_URL

engine = create_engine(DATABASE_URL)
SessionLocal = sessionmaker(bind=engine)


class Base(DeclarativeBase):
    """Base of every model."""


def get_session() -> Iterator[Session]:
    """A session for one request."""
    with SessionLocal() as session:
        yield session
''',
    "app/models/__init__.py": '"""Models."""\n',
    "app/models/task.py": '''"""The task table."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base


class Task(Base):
    """One thing to do."""

    __tablename__ = "tasks"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
''',
    "app/schemas/__init__.py": '"""Schemas."""\n',
    "app/schemas/task.py": '''"""What goes in and comes out."""

from pydantic import BaseModel, ConfigDict, EmailStr


class TaskCreate(BaseModel):
    """A new task."""

    title: str
    owner: EmailStr | None = None


class TaskRead(BaseModel):
    """A stored task."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    title: str
''',
    "app/routes/__init__.py": '"""Routes."""\n',
    "app/routes/task.py": '''"""Endpoints of tasks."""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.database import get_session
from app.models.task import Task
from app.schemas.task import TaskCreate, TaskRead

router = APIRouter(prefix="/tasks", tags=["tasks"])
SessionDependency = Annotated[Session, Depends(get_session)]


@router.get("", response_model=list[TaskRead])
def list_tasks(session: SessionDependency) -> list[Task]:
    """List every task."""
    return list(session.scalars(select(Task)))


@router.post("", response_model=TaskRead, status_code=201)
def create_task(payload: TaskCreate, session: SessionDependency) -> Task:
    """Store a new task."""
    task = Task(title=payload.title)
    session.add(task)
    session.commit()
    return task


@router.get("/{task_id}", response_model=TaskRead)
def get_task(task_id: int, session: SessionDependency) -> Task:
    """Get one task | by its id."""
    task = session.get(Task, task_id)
    if task is None:
        raise HTTPException(status_code=404, detail="Task not found")
    return task
''',
    "app/main.py": '''"""The application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.database import Base, engine
from app.routes import task


@asynccontextmanager
async def lifespan(application: FastAPI) -> AsyncIterator[None]:
    """Makes the tables before the first request."""
    Base.metadata.create_all(engine)
    yield


def create_app() -> FastAPI:
    """The application with every route."""
    application = FastAPI(title="Tasks", lifespan=lifespan)
    for router in (task.router,):
        application.include_router(router, prefix="/api")

    @application.get("/health")
    def health() -> dict[str, str]:
        """Say that the service is alive."""
        return {"status": "ok"}

    return application


app = create_app()
''',
    "tests/__init__.py": "",
    "tests/test_tasks.py": '''"""Tests of the task endpoints."""

from fastapi.testclient import TestClient

from app.main import app


def test_a_task_is_stored_and_read() -> None:
    with TestClient(app) as client:
        assert client.get("/health").json() == {"status": "ok"}
        made = client.post("/api/tasks", json={"title": "x"})
        assert made.status_code == 201
        assert client.get(f"/api/tasks/{made.json()['id']}").json()["title"] == "x"
''',
}
