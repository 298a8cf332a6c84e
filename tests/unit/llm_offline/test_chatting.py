"""Conversation without a model: from the facts alone, in the person's language, and honest about what answers."""

from __future__ import annotations

import pytest

from integrations.llm.offline.engine import answer
from integrations.llm.shapes import ChatAnswer, ChatInputs, ChatTurn, PlanFacts

PLAN = PlanFacts(
    name="Library API", status="paused", tasks_done=3, tasks_total=56, waits_for="a decision", spent_dollars="1.25"
)


def said(message: str, *, plans: tuple[PlanFacts, ...] = (PLAN,), **more: object) -> ChatAnswer:
    reply = answer("chat", ChatInputs.model_validate({"message": message, "plans": list(plans), **more}))
    assert isinstance(reply, ChatAnswer)
    return reply


@pytest.mark.parametrize(
    ("message", "language", "wants", "part"),
    [
        ("/help", "en", "help", "/orchestrate <request>"),
        ("¿Qué puedes hacer?", "es", "help", "/orchestrate <petición>"),
        ("/status", "en", "status", "**Library API** is *paused*: 3 of 56 tasks are done. It waits for: a decision."),
        ("How far is the build?", "en", "status", "3 of 56 tasks"),
        ("¿Cómo va mi proyecto?", "es", "status", "3 de 56 tareas terminadas. Espera: a decision."),
        ("why is it paused", "en", "status", "It waits for: a decision."),
        ("¿cuánto ha costado?", "es", "status", "ha costado 1.25 dólares"),
        ("how much did it cost?", "en", "status", "has cost 1.25 dollars"),
        ("add a price to the books", "en", "change", "asked for as a modification"),
        ("Agrega un precio a los libros", "es", "change", "se pide como modificación"),
        ("create an API for tasks", "en", "build", "`/orchestrate`"),
        ("Crea una API de tareas", "es", "build", "`/orchestrate`"),
        ("hola", "es", "answer", "Hola."),
        ("thanks!", "en", "answer", "You are welcome."),
        ("What is the weather in Lima?", "en", "answer", "I cannot answer that"),
    ],
)
def test_what_a_message_is_about_is_answered(message: str, language: str, wants: str, part: str) -> None:
    reply = said(message)
    assert (reply.language, reply.wants) == (language, wants)
    assert part in reply.text


@pytest.mark.parametrize("message", ["hi", "/status", "hola", "¿cómo va?", "tell me a joke"])
def test_every_answer_says_that_no_model_wrote_it(message: str) -> None:
    reply = said(message)
    assert ("motor sin conexión" if reply.language == "es" else "offline engine") in reply.text


def test_without_a_plan_none_is_made_up() -> None:
    assert "no plan in this conversation" in said("/status", plans=()).text
    assert "no plan in this conversation that could be changed" in said("change the colour", plans=()).text
    assert said("add and build an API for tasks", plans=()).wants == "build"


def test_all_plans_are_told_latest_first() -> None:
    other = PlanFacts(name="Shop", status="completed", tasks_done=9, tasks_total=9)
    lines = said("/status", plans=(other, PLAN)).text.splitlines()
    assert [line.split("**")[1] for line in lines[:2]] == ["Shop", "Library API"]
    assert "It waits for nothing." in lines[0]


def test_facts_that_share_a_word_with_the_question_are_told_and_others_are_not() -> None:
    facts = ["The sandbox has level 2.", "Reviews: 3 wait."]
    text = said("which level has the sandbox?", facts=facts).text
    assert "- The sandbox has level 2." in text
    assert "Reviews" not in text


def test_a_message_too_short_to_tell_is_answered_in_the_language_used_before() -> None:
    history = [
        ChatTurn(role="user", text="Quiero una API de tareas con usuarios"),
        ChatTurn(role="assistant", text="the a an"),
    ]
    assert said("ok", history=history).language == "es"
    assert said("ok").language == "en"


def test_a_plans_name_cannot_become_markup() -> None:
    hostile = PLAN.model_copy(update={"name": "x** [click](http://evil) <img>"})
    assert "**x click(http://evil) img**" in said("/status", plans=(hostile,)).text
