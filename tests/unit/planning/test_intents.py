from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.intents import LONG_MESSAGE_WORDS, Intent, Kind, intent_of

LONG = (
    "We run a small library with three branches and would like members to borrow books through a REST API, with a "
    "database of books, members and loans, roles for librarians, and a nightly report of books that are late."
)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("/help", Intent(Kind.HELP, "")),
        ("/status now", Intent(Kind.STATUS, "now")),
        ("/masterplan a shop\nwith orders", Intent(Kind.PLAN, "a shop\nwith orders")),
        ("/orchestrate a shop", Intent(Kind.BUILD, "a shop")),
        ("/masterplan", Intent(Kind.PLAN, "")),
        ("/deploy it", Intent(Kind.UNKNOWN_COMMAND, "/deploy it")),
    ],
)
def test_commands_are_split_from_their_text(text: str, intent: Intent) -> None:
    assert intent_of(text) == intent


@pytest.mark.parametrize(
    "text",
    [
        "Create a REST API for tasks",
        "please build me a shop",
        "Hi, could you generate an API for invoices?",
        "I want you to implement a blog",
        "Let's develop a booking service",
        "Crea una API de tareas",
        "Quiero crear una tienda con pedidos",
        "Por favor, genera un blog con comentarios",
        "Necesito implementar un gestor de citas",
        "Construye un inventario",
        "Desarrolla una API de reservas",
        LONG,
    ],
)
def test_a_wish_to_build_is_seen(text: str) -> None:
    assert intent_of(text).kind is Kind.BUILD


@pytest.mark.parametrize("text", ["yes to all", "Go!", "go ahead", "si a todo", "Sí a todo.", "dale", "¡Vamos!"])
def test_a_go_ahead_is_seen(text: str) -> None:
    assert intent_of(text).kind is Kind.GO_AHEAD


@pytest.mark.parametrize(
    "text",
    [
        "Hello",
        "How do I create an API?",
        "What does build mean here?",
        "Why did you generate two plans?",
        "¿Cómo crear una API?",
        "¿Qué puedes construir?",
        "Does it implement authentication?",
        "I created something yesterday",
        "The creation of the world",
        "Thanks, that is all",
        "Where is my database?",
        "is " + LONG,
        LONG[:-1] + "?",
    ],
)
def test_questions_and_talk_start_nothing(text: str) -> None:
    assert intent_of(text).kind is Kind.TALK


MESSAGES: dict[str, list[str]] = tomllib.loads(Path(__file__).with_name("messages.toml").read_text(encoding="utf-8"))
KINDS = {"build": Kind.BUILD, "go_ahead": Kind.GO_AHEAD, "change": Kind.CHANGE, "talk": Kind.TALK}


def test_at_least_95_of_100_messages_are_understood() -> None:
    wrong = [
        (label, text)
        for label, texts in MESSAGES.items()
        for text in texts
        if intent_of(text, changeable=True).kind is not KINDS[label]
    ]
    total = sum(len(texts) for texts in MESSAGES.values())
    assert total >= 350
    assert len(wrong) <= total * 0.05, wrong


@pytest.mark.parametrize("text", MESSAGES["talk"])
def test_nothing_is_started_by_a_question_a_remark_or_a_refusal(text: str) -> None:
    assert {intent_of(text, changeable=known).kind for known in (False, True)} == {Kind.TALK}


def test_without_a_plan_there_is_nothing_to_change() -> None:
    assert Kind.CHANGE not in {intent_of(text).kind for texts in MESSAGES.values() for text in texts}


@pytest.mark.parametrize("text", MESSAGES["change"])
def test_a_refusal_in_front_takes_a_change_back(text: str) -> None:
    assert intent_of(f"Please don't {text}", changeable=True).kind is Kind.TALK
    assert intent_of(f"No quiero que {text}", changeable=True).kind is Kind.TALK


@pytest.mark.parametrize("text", MESSAGES["build"])
def test_a_refusal_in_front_takes_the_wish_back(text: str) -> None:
    assert intent_of(f"Please don't {text}").kind is not Kind.BUILD or len(text.split()) > LONG_MESSAGE_WORDS
    assert intent_of(f"No quiero que {text}").kind is not Kind.BUILD or len(text.split()) > LONG_MESSAGE_WORDS


@given(st.text(max_size=200))
def test_every_message_has_an_intent(text: str) -> None:
    assert isinstance(intent_of(text).kind, Kind)
