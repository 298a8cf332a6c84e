from __future__ import annotations

import json
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.benchmarks.remembering import LABELLED, THRESHOLD
from integrations.memory.embedding import HashedSubtokens, stretched, subtokens
from integrations.memory.words import MEANING, SAYS_LITTLE, SAYS_NOTHING

EMBEDDING = HashedSubtokens()


def similarity(first: str, second: str) -> float:
    one, other = EMBEDDING.embed([first, second])
    return EMBEDDING.similarity(float(one @ other))


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("OrderLineRepository", ["order", "line", "repository"]),
        ("order_line_repository", ["order", "line", "repository"]),
        ("HTTPServer2", ["http", "server", "2"]),
        ("the orders of a customer", ["order", "customer"]),
        ("categories", ["category"]),
        ("Gestión de órdenes y categorías", ["gestion", "order", "category"]),
        ("necesito una aplicación de tareas", ["aplicacion", "task"]),
        ("class address: pass", ["address", "pass"]),
        ("!? ...", []),
    ],
)
def test_words_and_identifiers_become_the_same_subtokens(text: str, tokens: list[str]) -> None:
    assert subtokens(text) == tokens


def test_the_same_names_in_another_style_are_near_and_other_things_are_not() -> None:
    assert similarity("create_order_line(customer)", "createOrderLine customers") > 0.9
    assert similarity("create_order_line(customer)", "weather station telemetry") < 0.3


def test_singular_and_plural_and_both_languages_are_the_same() -> None:
    assert similarity("una tarea con etiqueta", "tareas y etiquetas") == pytest.approx(1)
    assert similarity("house and box", "houses, boxes") == pytest.approx(1)
    assert similarity("customers and invoices", "clientes y facturas") == pytest.approx(1)


def test_what_every_request_says_makes_none_alike() -> None:
    assert similarity("Create a REST API for boats", "Create a REST API for rockets") < 0.5


def test_a_cosine_is_stretched_so_that_alike_is_called_alike() -> None:
    assert [round(stretched(cosine, alike=0.45), 3) for cosine in (-0.1, 0, 0.225, 0.45, 0.725, 1, 1.1)] == [
        0, 0, 0.35, 0.7, 0.85, 1, 1,
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["requests", "errors"])
def test_labelled_texts_that_were_not_looked_at_are_told_apart(kind: str) -> None:
    groups = json.loads(LABELLED.read_text())[kind]["held_out"]
    alike = [similarity(a, b) for group in groups for a, b in combinations(group, 2)]
    unlike = [similarity(a, b) for one, other in combinations(groups, 2) for a in one for b in other]
    found = sum(1 for value in alike if value >= THRESHOLD)
    false = sum(1 for value in unlike if value >= THRESHOLD)
    assert found / len(alike) >= 0.9
    assert found / (found + false) >= 0.9


def test_the_words_are_plain_and_belong_to_one_list() -> None:
    for word in [*MEANING, *SAYS_LITTLE, *SAYS_NOTHING]:
        assert word.replace("_", "").isascii()
        assert word == word.lower()
    assert not set(MEANING) & SAYS_NOTHING


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
