"""Between the rows of a discovery and the shapes that models read and write."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from common.errors import InvalidInput
from integrations.llm.shapes import AnsweredQuestion, DomainModel
from planning.models import DiscoveryDocument

DOMAIN_FIELDS = (
    "business_domain",
    "bounded_contexts",
    "aggregates",
    "entities",
    "domain_events",
    "workflows",
    "business_rules",
    "ubiquitous_language",
    "integrations",
    "domain_services",
    "design",
    "expected_volume",
    "service_level",
)


def columns_of(model: DomainModel) -> dict[str, Any]:
    """The columns of a discovery that hold ``model``."""
    return model.model_dump(mode="json", include=set(DOMAIN_FIELDS))


def domain_model_of(discovery: DiscoveryDocument) -> DomainModel:
    """The stored domain model."""
    columns = {name: getattr(discovery, name) for name in DOMAIN_FIELDS}
    return DomainModel.model_validate({**columns, "not_understood": discovery.not_understood})


def changed_domain_model(discovery: DiscoveryDocument, changes: dict[str, Any]) -> DomainModel:
    """The stored model with some parts replaced. Raises ``InvalidInput`` saying where it does not fit."""
    columns = {name: changes.get(name, getattr(discovery, name)) for name in DOMAIN_FIELDS}
    try:
        return DomainModel.model_validate({**columns, "not_understood": discovery.not_understood})
    except ValidationError as error:
        errors = {".".join(str(part) for part in item["loc"]): [item["msg"]] for item in error.errors()[:20]}
        raise InvalidInput("The domain model does not have the right shape.", errors=errors) from None


def answers_of(discovery: DiscoveryDocument) -> list[AnsweredQuestion]:
    """The answered questions, in order. One query."""
    return [
        AnsweredQuestion.model_validate(
            {"id": row.key, "category": row.category, "question": row.question, "answer": row.answer}
        )
        for row in discovery.questions.all()
        if row.answer
    ]
