"""Texts of a fixed form: *a code of 6 digits*, *una matrícula de 4 números y 3 letras*."""

from __future__ import annotations

from collections.abc import Sequence

from integrations.llm.offline.library import columns
from integrations.llm.offline.reading.found_phrase import Found, words_before
from integrations.llm.shapes import FieldSchema

LEAST = (("at", "least"), ("al", "menos"), ("minimum",), ("minimo",))
MOST = (("at", "most"), ("up", "to"), ("como", "maximo"), ("maximum",), ("maximo",), ("hasta",))
CHARACTERS = frozenset("characters character caracteres caracter letters letras".split())
KINDS = {
    "digits": "0-9", "digit": "0-9", "digitos": "0-9", "digito": "0-9", "cifras": "0-9", "numbers": "0-9",
    "numeros": "0-9", "letters": "A-Z", "letter": "A-Z", "letras": "A-Z", "letra": "A-Z",
}  # fmt: skip
LONGEST = 40


def read_length(before: Sequence[str], tokens: Sequence[str], place: int) -> Found | None:
    """*code of 6 digits*: a text that has exactly this form."""
    if tokens[place] not in {"of", "with", "de", "con"}:
        return None
    pieces, end = _pieces(tokens, place + 1)
    words = words_before(before) if pieces else []
    if not words:
        return None
    said = columns.field_for(" ".join(words))
    length = sum(many for many, _ in pieces)
    if said is None or length > LONGEST:
        return None
    pattern = "".join(f"[{kind}]{{{many}}}" for many, kind in pieces)
    known = said if said.type == "string" else FieldSchema(name=said.name, type="string")
    return Found(known.model_copy(update={"pattern": pattern, "max_length": length}), len(words), end)


def read_length_limit(before: Sequence[str], tokens: Sequence[str], place: int) -> Found | None:
    """*title of at least 5 characters*, *nombre de hasta 80 caracteres*."""
    if tokens[place] not in {"of", "with", "de", "con"}:
        return None
    for phrases, limit in ((LEAST, "min_length"), (MOST, "max_length")):
        for phrase in phrases:
            end = place + 1 + len(phrase)
            if tuple(tokens[place + 1 : end]) == phrase and _counts_characters(tokens, end):
                words = words_before(before)
                said = columns.field_for(" ".join(words)) if words else None
                if said is None or said.type not in {"string", "text"}:
                    return None
                number = min(int(tokens[end]), 5000)
                return Found(said.model_copy(update={limit: number}), len(words), end + 2)
    return None


def _counts_characters(tokens: Sequence[str], place: int) -> bool:
    following = tokens[place : place + 2]
    return len(following) == 2 and following[0].isdigit() and len(following[0]) < 5 and following[1] in CHARACTERS


def _pieces(tokens: Sequence[str], place: int) -> tuple[list[tuple[int, str]], int]:
    """(how many, of what) for *4 digits and 3 letters*, and where the words end."""
    pieces: list[tuple[int, str]] = []
    end = place
    while place + 1 < len(tokens) and tokens[place].isdigit() and tokens[place + 1] in KINDS:
        pieces.append((min(int(tokens[place][:3]), 99), KINDS[tokens[place + 1]]))
        place = end = place + 2
        if place < len(tokens) and tokens[place] in {"and", "y", "followed"}:
            place += 1
    return [piece for piece in pieces if piece[0] > 0], end
