"""Numbers in plain words: *number of copies*, *cantidad de copias*, *duration in minutes*, *a score from 1 to 5*."""

from __future__ import annotations

from collections.abc import Sequence

from integrations.llm.offline.library import columns
from integrations.llm.offline.reading import vocabulary as v
from integrations.llm.offline.reading.found_phrase import Found, name_of, words_before, words_until
from integrations.llm.offline.words import singular_en, singular_es
from integrations.llm.shapes import FieldSchema

ALWAYS_COUNTS = frozenset("count quantity cantidad".split())
COUNTS = ALWAYS_COUNTS | frozenset("number amount numero".split())
LIMITS = {
    "maximum": "max", "max": "max", "minimum": "min", "min": "min", "maximo": "max", "maxima": "max",
    "minimo": "min", "minima": "min", "total": "", "current": "", "actual": "", "overall": "",
}  # fmt: skip
OF = frozenset({"of", "de"})
MONEY = frozenset("euro euros eur dollar dollars usd pound pounds gbp dolar dolares peso pesos cents centavos".split())
TIMES = frozenset(
    "second seconds minute minutes hour hours day days week weeks month months year years segundo segundos minuto "
    "minutos hora horas dia dias semana semanas mes meses ano anos".split()
)
UNITS = (
    MONEY
    | TIMES
    | frozenset(
        "kg kilo kilos kilograms gram "
        "grams g lb pounds meters metres m km kilometers miles cm mm liters litres ml percent "
        "kilogramos gramos metros kilometros litros "
        "porcentaje mb gb stock".split()
    )
)
SPANISH_UNITS = {"minutos": "minutes", "horas": "hours", "dias": "days"}
NUMBERS = {"integer", "decimal"}


def read_count(before: Sequence[str], tokens: Sequence[str], place: int) -> Found | None:
    """*(maximum) number of copies*, *how many copies*: an integer that is not negative."""
    if tokens[place] in {"how", "cuantos", "cuantas"}:
        start = place + 2 if tokens[place : place + 2] == ("how", "many") else place + 1
        if tokens[place] == "how" and start == place + 1:
            return None
        end = words_until(tokens, start, v.LIST_ENDS | v.HAVE | {"there", "it", "they", "hay"})
        stop = words_until(tokens, end, frozenset())
        return _counted([], tokens[start:end], 0, stop)
    if tokens[place] not in COUNTS:
        return None
    start = place + 1
    limits = [token for token in tokens[start : start + 1] if token in LIMITS]
    start += len(limits)
    if start >= len(tokens) or tokens[start] not in OF:
        return None
    start += 1
    end = words_until(tokens, start)
    things = [token for token in tokens[start:end] if token not in v.ARTICLES]
    whole = " ".join(tokens[place:end])
    if not things or whole in columns.BY_WORD or (tokens[place] not in ALWAYS_COUNTS and not _is_plural(things)):
        return None
    extra = words_before(before)
    return _counted([*extra, *limits], things, len(extra), end)


def _is_plural(things: Sequence[str]) -> bool:
    return any(change(word) != word for word in {things[0], things[-1]} for change in (singular_en, singular_es))


def _counted(extra: Sequence[str], things: Sequence[str], back: int, end: int) -> Found | None:
    limits = [LIMITS.get(word, word) for word in extra]
    known = columns.BY_WORD.get(" ".join(things)) or columns.BY_WORD.get(f"number of {' '.join(things)}")
    if known is not None and known.type == "integer" and not any(limits):
        return Found(known, back, end)
    name = name_of([word for word in [*limits, *things] if word])
    return Found(FieldSchema(name=name, type="integer", minimum=0), back, end) if name else None


def read_measure(before: Sequence[str], tokens: Sequence[str], place: int) -> Found | None:
    """*price in euros*, *duration in minutes*, *price per night*: the unit belongs to the field."""
    joint, words = tokens[place], words_before(before)
    if joint not in {"in", "en", "per", "por"} or place + 1 >= len(tokens) or not words:
        return None
    unit, end = tokens[place + 1], place + 2
    said = columns.field_for(" ".join(words))
    if said is None or not unit[0].isalpha():
        return None
    if joint in {"per", "por"}:
        if said.type not in NUMBERS:
            return None
        return Found(said.model_copy(update={"name": name_of([*words, joint, unit])}), len(words), end)
    if unit not in UNITS:
        return None
    if unit == "stock":
        return Found(columns.BY_WORD["stock"], len(words), end)
    if unit in MONEY:
        money = said if said.type == "decimal" else FieldSchema(name=said.name, type="decimal", minimum=0)
        return Found(money, len(words), end)
    if said.name.endswith((f"_{unit}", f"_{SPANISH_UNITS.get(unit, unit)}")):
        return Found(said, len(words), end)
    name = name_of([*words, unit])
    if unit in TIMES:
        return Found(FieldSchema(name=name, type="integer", minimum=0), len(words), end)
    return Found(FieldSchema(name=name, type="decimal", minimum=0), len(words), end)


def read_range(before: Sequence[str], tokens: Sequence[str], place: int) -> Found | None:
    """*a score from 1 to 5*: an integer with its smallest value; the largest one is kept as a description."""
    words = words_before(before)
    if words and tokens[place] == "(" and tuple(tokens[place + 2 : place + 3]) in {("to",), ("a",), ("and",)}:
        inner = (
            read_range(before, ("from", *tokens[place + 1 :]), 0) if tokens[place + 4 : place + 5] == (")",) else None
        )
        return Found(inner.field, inner.back, place + 5) if inner is not None else None
    if not words or tokens[place] not in {"from", "between", "de", "entre", "of"} or place + 3 >= len(tokens):
        return None
    low, joint, high = tokens[place + 1 : place + 4]
    if not (low.isdigit() and high.isdigit() and joint in {"to", "and", "a", "y", "-"} and len(low + high) < 12):
        return None
    said = columns.field_for(" ".join(words))
    if said is None:
        return None
    field = FieldSchema(name=said.name, type="integer", required=said.required, minimum=int(low), maximum=int(high))
    return Found(field, len(words), place + 4)
