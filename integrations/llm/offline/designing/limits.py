"""Limits on single fields that sentences say: *the price must be greater than zero*, *a code of 5 digits*."""

from __future__ import annotations

from collections.abc import Sequence

from integrations.llm.offline.designing.subjects import FieldMention, Subjects
from integrations.llm.shapes import FieldSchema

NUMBERS = {
    "zero": 0, "cero": 0, "one": 1, "uno": 1, "two": 2, "dos": 2, "three": 3, "tres": 3, "four": 4, "cuatro": 4,
    "five": 5, "cinco": 5, "six": 6, "seis": 6, "seven": 7, "siete": 7, "eight": 8, "ocho": 8, "nine": 9, "nueve": 9,
    "ten": 10, "diez": 10, "twelve": 12, "doce": 12, "twenty": 20, "veinte": 20,
}  # fmt: skip
MUST = frozenset(
    "must should cannot can't never always debe deben debera puede pueden be has is es required no".split()
)
DIGITS = frozenset("digits digit digitos digito cifras numbers numeros".split())
LETTERS = frozenset("letters letter letras letra".split())
CHARACTERS = DIGITS | LETTERS | frozenset("characters character caracteres caracter".split())

Changes = dict[str, object]


def number_at(tokens: Sequence[str], place: int) -> int | None:
    """The whole number that a word is."""
    if place >= len(tokens):
        return None
    token = tokens[place]
    if token.isdigit() and len(token) < 10:
        return int(token)
    return NUMBERS.get(token)


def number_after(subjects: Subjects, *phrases: str) -> int | None:
    """The number behind the first of the phrases."""
    tokens = subjects.tokens
    for phrase in phrases:
        words = tuple(phrase.split())
        for place in range(len(tokens)):
            if tuple(tokens[place : place + len(words)]) == words:
                number = number_at(tokens, place + len(words))
                if number is not None:
                    return number
    return None


def read_limits(subjects: Subjects) -> list[tuple[FieldMention, Changes]]:
    """Fields of the sentence with what it says about their values."""
    if not subjects.has(*MUST):
        return []
    found = subjects.fields(subjects.names) or subjects.fields()
    for mention in found if len(found) <= 2 else []:
        changes = _changes(subjects, mention.field)
        if changes:
            return [(mention, changes)]
    return []


def _changes(subjects: Subjects, field: FieldSchema) -> Changes:
    if field.type in {"integer", "decimal"}:
        return _number_limits(subjects, field)
    return _text_limits(subjects) if field.type in {"string", "text"} else {}


def _number_limits(subjects: Subjects, field: FieldSchema) -> Changes:
    low = number_after(subjects, "between", "entre", "from", "de")
    high = _other_end(subjects)
    if low is not None and high is not None and high > low:
        return {"minimum": low, "maximum": high}
    above = number_after(
        subjects, "greater than", "more than", "higher than", "above", "over", "mayor que", "mayor a", "mas de",
        "superior a", "mayores que",
    )  # fmt: skip
    if above is not None and not subjects.has("cannot", "can't", "not", "no"):
        return {"more_than": above}
    if subjects.has("positive", "positivo", "positiva", "positivos"):
        return {"more_than": 0}
    if subjects.has("negative", "negativo", "negativa", "negativos"):
        return {"minimum": 0}
    least = number_after(subjects, "at least", "minimum of", "minimum", "al menos", "como minimo", "minimo",
                         "less than", "below", "menor que", "menor a", "menos de", "inferior a")  # fmt: skip
    most = number_after(subjects, "at most", "maximum of", "maximum", "no more than", "como maximo", "maximo",
                        "no mas de", "exceed", "more than", "greater than", "above", "superar", "mayor que",
                        "mayor a", "hasta", "up to")  # fmt: skip
    if least is not None and not (most is not None and field.minimum == least):
        return {"minimum": least}
    return {"maximum": most} if most is not None else {}


def _other_end(subjects: Subjects) -> int | None:
    tokens = subjects.tokens
    for place, token in enumerate(tokens):
        if token in {"between", "entre", "from", "de"} and number_at(tokens, place + 1) is not None:
            joint = tokens[place + 2] if place + 2 < len(tokens) else ""
            return number_at(tokens, place + 3) if joint in {"and", "y", "to", "a"} else None
    return None


def _text_limits(subjects: Subjects) -> Changes:
    tokens = subjects.tokens
    counted = [(number, tokens[place + 1]) for place in range(len(tokens) - 1)
               if (number := number_at(tokens, place)) is not None and tokens[place + 1] in CHARACTERS]  # fmt: skip
    if not counted:
        return {}
    number, unit = counted[0]
    if subjects.says("at least", "al menos", "como minimo", "minimo de", "a minimum of"):
        return {"min_length": number}
    if subjects.says(
        "at most", "no more than", "como maximo", "maximo de", "a maximum of", "no mas de", "up to", "hasta"
    ):
        return {"max_length": number}
    if all(unit in DIGITS | LETTERS for _, unit in counted) and 0 < sum(many for many, _ in counted) <= 40:
        pattern = "".join(f"[{'0-9' if one in DIGITS else 'A-Z'}]{{{many}}}" for many, one in counted)
        return {"pattern": pattern, "max_length": sum(many for many, _ in counted)}
    if unit in CHARACTERS and len(counted) == 1:
        return {"min_length": number, "max_length": number}
    return {}
