"""Which of our own secrets are taken out of a text: those that are no words of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from integrations.llm.prompting import data
from integrations.llm.secrets import REMOVED, without_secrets

TEXT = "Tasks have many_to_many tags; any test asks the key, say local-0123 or sixteen-letters-x, of postgresql."


@pytest.mark.parametrize("key", ["any", "k", "test", "postgres", "0123", ""])
def test_a_key_that_is_a_word_of_many_texts_stays_where_it_is_one(key: str, settings: Any) -> None:
    settings.DEVMATRIX = replace(settings.DEVMATRIX, anthropic_api_key=key, known_secrets=())
    assert without_secrets(TEXT) == TEXT
    assert TEXT in data("request", TEXT)


@pytest.mark.parametrize("key", ["local-0123", "sixteen-letters-x"])
def test_a_key_that_is_no_word_is_in_no_text(key: str, settings: Any) -> None:
    settings.DEVMATRIX = replace(settings.DEVMATRIX, anthropic_api_key=key, known_secrets=())
    assert without_secrets(TEXT) == TEXT.replace(key, REMOVED)
    assert key not in data("request", TEXT)
