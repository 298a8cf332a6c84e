"""What the offline engine says in conversation, in English and Spanish."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Words:
    """What is said in one language. ``{}`` are filled from facts."""

    engine: str
    help: str
    none: str
    plan: str
    waits: str
    goes_on: str
    cost: str
    build: str
    change: str
    no_plan_to_change: str
    thanks: str
    greeting: str
    other: str
    known: str


ENGLISH_WORDS: Final = Words(
    engine="(I am the offline engine: I answer by rules from what is stored, without a language model.)",
    help="Write what you want to build, for example *an API for tasks with users and comments*. I ask what is missing, "
    "make a plan, and build it when you approve.\n\n- `/masterplan <request>` makes discovery and plan only\n"
    "- `/orchestrate <request>` goes the whole way\n- `/status` says how things stand\n- `/help` shows this",
    none="There is no plan in this conversation yet.",
    plan="**{name}** is *{status}*: {done} of {total} tasks are done",
    waits="It waits for: {waits}.",
    goes_on="It waits for nothing.",
    cost="**{name}** has cost {dollars} dollars so far.",
    build="That reads like something to build. Send it with `/orchestrate` to go the whole way, or with `/masterplan` "
    "to see the plan first.",
    change="A change to **{name}** is asked for as a modification of the plan: you see its impact before anything "
    "changes.",
    no_plan_to_change="There is no plan in this conversation that could be changed. Write what you want to build.",
    thanks="You are welcome.",
    greeting="Hello. Tell me what you want to build, or write `/help`.",
    other="I cannot answer that: I know only how DevMatrix is used and how your plans stand.",
    known="What I know about that:",
)
SPANISH_WORDS: Final = Words(
    engine="(Soy el motor sin conexión: respondo con reglas a partir de lo guardado, sin modelo de lenguaje.)",
    help="Escribe lo que quieres construir, por ejemplo *una API de tareas con usuarios y comentarios*. Pregunto lo "
    "que falta, hago un plan y lo construyo cuando lo apruebas.\n\n"
    "- `/masterplan <petición>` hace solo el análisis y el plan\n"
    "- `/orchestrate <petición>` hace todo el camino\n- `/status` dice cómo va\n- `/help` muestra esto",
    none="Todavía no hay ningún plan en esta conversación.",
    plan="**{name}** está en estado *{status}*: {done} de {total} tareas terminadas",
    waits="Espera: {waits}.",
    goes_on="No espera nada.",
    cost="**{name}** ha costado {dollars} dólares hasta ahora.",
    build="Eso parece algo para construir. Envíalo con `/orchestrate` para hacer todo el camino, o con `/masterplan` "
    "para ver antes el plan.",
    change="Un cambio en **{name}** se pide como modificación del plan: ves su impacto antes de que cambie nada.",
    no_plan_to_change="En esta conversación no hay ningún plan que cambiar. Escribe lo que quieres construir.",
    thanks="De nada.",
    greeting="Hola. Cuéntame qué quieres construir, o escribe `/help`.",
    other="No puedo responder a eso: solo sé cómo se usa DevMatrix y cómo van tus planes.",
    known="Lo que sé de eso:",
)
