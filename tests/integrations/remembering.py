"""What tests of memory share."""

from __future__ import annotations

import uuid
from typing import Any

from integrations.memory.collections import Collection
from integrations.memory.learning import Lesson, remember
from integrations.models import LearningRecord

ORDERS = "REST API for a shop: orders, products, customers and payments with FastAPI"
TASKS = "Una aplicación de tareas con proyectos, usuarios y etiquetas"


def learn(text: str, collection: Collection = "successful_masterplans", **values: Any) -> LearningRecord:
    """Something from a source of its own; the row as it was stored."""
    source = uuid.uuid4()
    remember([Lesson(collection, text=text, source_type="plan", source_id=source, **values)])
    return LearningRecord.objects.get(source_id=source)
