from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.memory.embedding import HashedSubtokens, subtokens

EMBEDDING = HashedSubtokens()


def similarity(first: str, second: str) -> float:
    one, other = EMBEDDING.embed([first, second])
    return float(one @ other)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("OrderLineRepository", ["order", "lin", "repository"]),
        ("order_line_repository", ["order", "lin", "repository"]),
        ("HTTPServer2", ["http", "server", "2"]),
        ("the orders of a customer", ["order", "customer"]),
        ("categories", ["category"]),
        ("Gestión de órdenes y categorías", ["gestion", "orden", "categoria"]),
        ("necesito una aplicación de tareas", ["aplicacion", "tarea"]),
        ("class address: pass", ["address", "pass"]),
        ("!? ...", []),
    ],
)
def test_words_and_identifiers_become_the_same_subtokens(text: str, tokens: list[str]) -> None:
    assert subtokens(text) == tokens


def test_the_same_names_in_another_style_are_near_and_other_things_are_not() -> None:
    assert similarity("create_order_line(customer)", "createOrderLine customers") > 0.9
    assert similarity("create_order_line(customer)", "weather station telemetry") < 0.3


def test_singular_and_plural_are_the_same_in_both_languages() -> None:
    assert similarity("una tarea con etiqueta", "tareas y etiquetas") == pytest.approx(1)
    assert similarity("house and box", "houses, boxes") == pytest.approx(1)


@given(st.lists(st.text(), max_size=5))
def test_every_vector_is_of_unit_length_or_nothing(texts: list[str]) -> None:
    vectors = EMBEDDING.embed(texts)
    assert vectors.shape == (len(texts), 1_024)
    assert vectors.dtype == np.float32
    for text, vector in zip(texts, vectors, strict=True):
        assert float(np.linalg.norm(vector)) == pytest.approx(1.0 if vector.any() else 0.0, abs=1e-5)
        assert vector.any() or not subtokens(text) or len(subtokens(text)) > 1


@given(st.text())
def test_a_text_is_embedded_alike_alone_and_among_others(text: str) -> None:
    assert np.array_equal(EMBEDDING.embed([text])[0], EMBEDDING.embed(["other words", text])[1])
