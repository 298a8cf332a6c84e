"""Sentences that are about behaviour, not about what records hold: rules, permissions, calls to the outside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from integrations.llm.offline.reading import vocabulary as v
from integrations.llm.offline.reading.mentions import known_mentions
from integrations.llm.offline.reading.tokens import RequestText, Sentence

FORBIDDING = (
    "cannot", "can't", "can not", "must not", "may not", "never", "no puede", "no pueden", "no se puede",
    "no se pueden", "nunca", "no debe", "no deben",
)  # fmt: skip
LIMITING = (
    "at most", "no more than", "up to", "maximum of", "como maximo", "no mas de", "a lo sumo", "at least", "al menos",
)  # fmt: skip
GOING = ("goes from", "go from", "moves from", "move from", "changes from", "pasa de", "pasan de", "cambia de")
DEMANDING = frozenset("must should debe deben debera".split())
CALLING = frozenset(
    "send sends notify charge call enviar envia envie mandar manda notificar notifica avisar avisa cobrar cobra".split()
)
FLAGS = frozenset("unique unico unica required obligatorio obligatoria optional opcional".split())


def without_behaviour(text: RequestText) -> RequestText:
    """The sentences that say what records there are; all of them when nothing would be left."""
    kept = tuple(sentence for sentence in text.sentences if not is_behaviour(sentence.tokens))
    if not any(known_mentions(sentence.tokens) for sentence in kept):
        return text
    return replace(text, sentences=kept)


def is_behaviour(tokens: Sequence[str]) -> bool:
    """Whether a sentence says how records may behave."""
    if any(token in v.BUILD for token in tokens[:3]) or any(token in FLAGS for token in tokens):
        return False
    text = f" {' '.join(tokens)} "
    if any(f" {phrase} " in text for phrase in (*FORBIDDING, *GOING)):
        return True
    if _limits(text) and any(token.isdigit() for token in tokens):
        return True
    if tokens[0] in CALLING:
        return True
    place = next((place for place, token in enumerate(tokens) if token in DEMANDING), None)
    return place is not None and not any(token in v.HAVE for token in tokens[:place])


def _limits(text: str) -> bool:
    """*Can have at most 5 loans* is a rule; *have a title of at most 80 characters* is a list of fields."""
    begin = min((place for phrase in LIMITING if (place := text.find(f" {phrase} ")) >= 0), default=-1)
    before = text[:begin].split() if begin >= 0 else []
    return begin >= 0 and not any(token in v.HAVE for token in before[:-1])


def is_permission(sentence: Sentence, names: Sequence[str]) -> bool:
    """Whether a sentence begins with who may do something; its verbs do not open lists of fields."""
    return any(token in names for token in sentence.tokens[:3]) and any(
        token in {"can", "may", "only", "puede", "pueden", "solo", "solamente"} for token in sentence.tokens[:6]
    )
