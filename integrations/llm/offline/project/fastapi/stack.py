"""The stack FastAPI with SQLAlchemy."""

from __future__ import annotations

from integrations.llm.offline.project.fastapi.chapters import chapters
from integrations.llm.offline.project.fastapi.files import project_files
from integrations.llm.offline.project.stack import ProjectStack

FASTAPI = ProjectStack(
    made_with="FastAPI and SQLAlchemy",
    conventions=(
        "Python 3.11, `from __future__ import annotations`, type hints (mypy strict), lines of at most 100 characters.",
        "Layers: routes call services, services call repositories, repositories query models; never the other way.",
        "One module per entity and layer, named after the entity in the singular.",
        "Services raise the errors of app/errors.py and commit through app.database.save; routes only translate.",
        "Bodies are pydantic classes: <Entity>Create, <Entity>Update, <Entity>Read, <Entity>Query, <Entity>Page.",
        "Public names have a docstring that says what they promise.",
        "Tests use the fixtures of tests/conftest.py and the makers of tests/factories/, on a database of their own.",
    ),
    files=project_files,
    chapters=chapters,
)
