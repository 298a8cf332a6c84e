"""The purpose ``chat``: questions about help, progress and cost answered from the facts given, by rules."""

from __future__ import annotations

import re
from typing import Final, Literal

from integrations.llm.offline.chatting_words import ENGLISH_WORDS, SPANISH_WORDS, Words
from integrations.llm.offline.reading.tokens import ENGLISH, SPANISH
from integrations.llm.offline.words import fold
from integrations.llm.shapes import ChatAnswer, ChatInputs, Language, PlanFacts

Topic = Literal["help", "cost", "waiting", "status", "change", "build", "thanks", "greeting", "other"]

TOPICS: Final[dict[Topic, str]] = {
    "help": "/help help ayuda ayudame command commands comando comandos how_does_it_work "
    "how_does_this_work como_funciona what_can_you que_puedes",
    "change": "change modify add remove rename instead cambia cambiar modifica modificar agrega agregar anade anadir "
    "quita quitar elimina eliminar",
    "cost": "cost costs costing price spent spend dollars expensive coste costo cuesta costado precio gastado caro",
    "waiting": "why pause paused stuck stopped waiting wait waits por_que pausado parado detenido esperando espera",
    "status": "/status status state progress how_far how_is_it going ready done finished "
    "estado progreso avance como_va listo lista terminado acabado hecho",
    "build": "/masterplan /orchestrate create build implement generate develop make "
    "crea crear construye construir implementa implementar genera generar desarrolla desarrollar haz",
    "thanks": "thanks thank_you thx gracias perfecto great genial",
    "greeting": "hi hello hey good_morning good_evening hola buenas buenos_dias",
}
"""Words and phrases that say what a message is about; the first topic with one of them counts."""
MORE_SPANISH: Final = frozenset(
    "hola gracias ayuda estado va cuanto cuesta que puedes esta listo por proyecto mi".split()
)
WORD: Final = re.compile(r"[a-z0-9/]+")
MOST_FACTS: Final = 5


WANTS: Final[dict[Topic, Literal["help", "status", "build", "change"]]] = {
    "help": "help", "status": "status", "waiting": "status", "cost": "status", "build": "build", "change": "change",
}  # fmt: skip


def reply(inputs: ChatInputs) -> ChatAnswer:
    """An answer from the facts alone; what no rule knows is said to be unknown."""
    language = language_of(inputs)
    say = SPANISH_WORDS if language == "es" else ENGLISH_WORDS
    topic = topic_of(inputs.message, has_plan=bool(inputs.plans))
    known = _facts_about(inputs) if topic in {"other", "status", "waiting", "cost"} else []
    told = _text(topic, inputs.plans, say) if topic != "other" or not known else ""
    if known:
        told = "\n\n".join(part for part in (told, "\n".join([say.known, *(f"- {fact}" for fact in known)])) if part)
    return ChatAnswer(
        language=language,
        text=f"{told}\n\n{say.engine}"[:8_000],
        wants=WANTS.get(topic, "answer"),
        suggestions=_suggestions(topic, has_plan=bool(inputs.plans)),
    )


def topic_of(message: str, *, has_plan: bool) -> Topic:
    """What a message is about: the first topic in order that it names, so that *how far is the build* is no order."""
    named = [topic for topic in TOPICS if _names(message, topic)]
    if named[:1] == ["change"] and "build" in named and not has_plan:
        return "build"
    return named[0] if named else "other"


def language_of(inputs: ChatInputs) -> Language:
    """Of the message; of what the person wrote before where it is too short to tell."""
    written = [inputs.message, *(turn.text for turn in reversed(inputs.history) if turn.role == "user")]
    for text in written:
        words = WORD.findall(fold(text))
        spanish = sum(word in SPANISH or word in MORE_SPANISH for word in words) + ("¿" in text or "ñ" in text.lower())
        english = sum(word in ENGLISH for word in words)
        if spanish != english:
            return "es" if spanish > english else "en"
    return "en"


def _names(message: str, topic: Topic) -> bool:
    text = f" {' '.join(WORD.findall(fold(message)))} "
    return any(f" {phrase.replace('_', ' ')} " in text for phrase in TOPICS[topic].split())


def _text(topic: Topic, plans: list[PlanFacts], say: Words) -> str:
    fixed = {"help": say.help, "thanks": say.thanks, "greeting": say.greeting, "build": say.build, "other": say.other}
    if topic in fixed:
        return fixed[topic]
    if not plans:
        return say.no_plan_to_change if topic == "change" else say.none
    latest = plans[0]
    if topic == "change":
        return say.change.format(name=_plain(latest.name))
    if topic == "cost":
        return "\n".join(say.cost.format(name=_plain(plan.name), dollars=plan.spent_dollars) for plan in plans)
    return "\n".join(_standing(plan, say) for plan in (plans if topic == "status" else [latest]))


def _standing(plan: PlanFacts, say: Words) -> str:
    told = say.plan.format(name=_plain(plan.name), status=plan.status, done=plan.tasks_done, total=plan.tasks_total)
    waits = say.waits.format(waits=plan.waits_for.rstrip(".")) if plan.waits_for else say.goes_on
    return " ".join(part for part in (f"{told}.", waits, plan.address) if part)


def _facts_about(inputs: ChatInputs) -> list[str]:
    """Facts that share a word of some length with the message."""
    asked = {word for word in WORD.findall(fold(inputs.message)) if len(word) > 3} - ENGLISH - SPANISH
    return [fact for fact in inputs.facts if asked & set(WORD.findall(fold(fact)))][:MOST_FACTS]


def _suggestions(topic: Topic, *, has_plan: bool) -> list[str]:
    if topic == "build":
        return ["/orchestrate", "/masterplan"]
    return ["/status", "/help"] if has_plan else ["/help"]


def _plain(name: str) -> str:
    """A name that cannot become markup."""
    return re.sub(r"[*_`\[\]<>|\\]", "", name)
