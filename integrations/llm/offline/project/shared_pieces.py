"""Pieces that projects of every stack have: documents, and the tests of one layer of an entity."""

from __future__ import annotations

from integrations.llm.offline.project.entities import EntityView
from integrations.llm.offline.project.pieces import Piece

_DOCUMENTS = (
    ("docs/api.md", "Document the endpoints", "Every endpoint with its parameters and an example body."),
    ("docs/architecture.md", "Document the architecture", "The layers, the entities and the tests."),
    ("docs/data_model.md", "Document the data model", "Every table with its columns and rules."),
)


def documents(*, after: tuple[str, ...]) -> list[Piece]:
    return [Piece(path, title, description, "documentation", after=after) for path, title, description in _DOCUMENTS]


def layer_test(entity: EntityView, subject: str, *, path: str, after: tuple[str, ...]) -> Piece:
    """The tests of one layer of an entity. ``subject`` is what they are about: "endpoints"."""
    return Piece(
        path,
        f"Test the {subject} of {entity.words_plural}",
        f"Boundaries, unknown records, conflicts and changes in the {subject} of {entity.words_plural}.",
        "testing",
        "medium",
        12,
        2,
        after=after,
    )
