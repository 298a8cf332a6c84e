"""Fields with fixed values: *status which can be open or closed*, *estado (abierto, cerrado)*."""

from __future__ import annotations

from collections.abc import Sequence

from integrations.llm.offline.library import columns
from integrations.llm.offline.reading import vocabulary as v
from integrations.llm.offline.reading.found_phrase import FLAGS, Found, name_of, words_before, words_until
from integrations.llm.offline.reading.mentions import known_entity
from integrations.llm.offline.words import snake
from integrations.llm.shapes import FieldSchema

LEADS = sorted(
    (
        tuple(lead.split())
        for lead in (
            "which can be;that can be;which may be;that may be;which could be;which is;that is;can be;may be;"
            "which is one of;that is one of;is one of;one of;either;being;can have the values;with values;"
            "with the values;que puede ser;que pueden ser;que podra ser;puede ser;que es;que sea;"
            "of;con valores;con los valores;es uno de;uno de;que puede estar;puede estar"
        ).split(";")
    ),
    key=len,
    reverse=True,
)
OR = frozenset({"or", "o", "u"})
NEW = frozenset("new nuevo nueva nuevos nuevas".split())
MOST_OPTIONS = 12
MOST_OPTION_WORDS = 3


def read_enumeration(before: Sequence[str], tokens: Sequence[str], place: int) -> Found | None:
    """A field followed by its values in brackets, behind a colon, or behind words like *which can be*."""
    words = words_before(before)
    if not words:
        return None
    if tokens[place] == "(":
        return _in_brackets(words, tokens, place)
    lead = next((lead for lead in LEADS if tuple(tokens[place : place + len(lead)]) == lead), None)
    if lead is None and not (tokens[place] == ":" and _is_choice(words)):
        return None
    start = place + len(lead or ":")
    while start < len(tokens) and tokens[start] in {":", "either", "one", "of", "uno", "de", "the", "los"}:
        start += 1
    options, end = _options(tokens, start, only_or=lead is not None and lead[-1] in {"of", "is", "es", "sea"})
    return _found(words, options, end)


def read_direct_choice(before: Sequence[str], tokens: Sequence[str], place: int) -> Found | None:
    """*a status open or closed*: the values stand right behind a field that always has fixed values."""
    words = words_before(before)
    if not words or not _is_choice(words) or place + 2 >= len(tokens) or tokens[place + 1] not in OR | {","}:
        return None
    if not tokens[place][0].isalpha() or tokens[place] in v.LIST_ENDS | v.JOINERS | FLAGS:
        return None
    options, end = _options(tokens, place, only_or=True)
    return _found(words, options, end) if tokens[place + 1] in OR else None


def _is_choice(words: Sequence[str]) -> bool:
    known = columns.BY_WORD.get(" ".join(words))
    return known is not None and known.type == "choice"


def _in_brackets(words: Sequence[str], tokens: Sequence[str], place: int) -> Found | None:
    """The values in brackets, unless they look like fields or the words before them like a record."""
    end = next((at for at in range(place + 1, min(place + 60, len(tokens))) if tokens[at] in {")", "("}), None)
    if end is None or tokens[end] == "(" or "manytomany" in tokens[place:end]:
        return None
    options = _split(tokens[place + 1 : end])
    entity = known_entity(" ".join(words))
    fields = sum(option in columns.BY_WORD for option in options)
    if (entity is not None and entity[1]) or (fields and not _is_choice(words) and fields * 2 >= len(options)):
        return None
    if entity is not None and " ".join(words) not in columns.BY_WORD and fields:
        return None
    return _found(words, options, end + 1)


def _split(tokens: Sequence[str]) -> list[str]:
    """A word that stands alone between commas is a value even when it is a letter (*blood group (A, B, AB, O)*)."""
    options: list[str] = []
    for group in " ".join(tokens).split(","):
        words = group.split()
        if len(words) == 1:
            options.append(words[0])
            continue
        option: list[str] = []
        for place, word in enumerate([*words, "or"]):
            if word in NEW and (place + 1 >= len(words) or words[place + 1] in v.JOINERS):
                option.append(word)  # a value, where nothing is new
            elif word in v.JOINERS and place != len(words) - 1:
                options.append(" ".join(option))
                option = []
            elif word[0].isalnum() and word not in FLAGS and word not in v.ARTICLES:
                option.append(word)
    return [option for option in options if option]


def _options(tokens: Sequence[str], start: int, *, only_or: bool = False) -> tuple[list[str], int]:
    """Values up to the one behind *or*; without an *or*, up to the end of the sentence."""
    place, last = start, False
    while place < len(tokens) and place < start + 60:
        end = words_until(tokens, place, v.HAVE | v.OPENERS)
        end = place + 1 if last and end == place and len(tokens[place]) == 1 and tokens[place].isalpha() else end
        if end == place or end - place > MOST_OPTION_WORDS:
            break
        place = end
        if last or place >= len(tokens) or tokens[place] not in v.JOINERS:
            break
        while place < len(tokens) and tokens[place] in v.JOINERS and not last:
            last = tokens[place] in OR
            place += 1
    complete = last or (not only_or and place >= len(tokens))
    return (_split(tokens[start:place]), place) if complete else ([], place)


def _found(words: Sequence[str], options: Sequence[str], end: int) -> Found | None:
    values = list(dict.fromkeys(snake(option) or f"value_{option}" for option in options))
    if not 2 <= len(values) <= MOST_OPTIONS or any(len(option.split()) > MOST_OPTION_WORDS for option in options):
        return None
    known = columns.BY_WORD.get(" ".join(words))
    name = known.name if known is not None else name_of(words)
    if not name:
        return None
    if all(option.isdigit() and len(option) < 6 for option in options):
        low, high = (edge(int(option) for option in options) for edge in (min, max))
        number = FieldSchema(name=name, type="integer", minimum=low, description=f"From {low} to {high}")
        return Found(number, len(words), end)
    default = known.default if known is not None and known.default in values else None
    if default is None and name == "status":
        default = values[0]
    return Found(FieldSchema(name=name, type="choice", choices=values, default=default), len(words), end)
