"""Words: folding to ASCII, singular and plural in English and Spanish, identifiers."""

from __future__ import annotations

import re
import unicodedata

IRREGULAR_EN = {
    "people": "person",
    "children": "child",
    "men": "man",
    "women": "woman",
    "mice": "mouse",
    "feet": "foot",
    "teeth": "tooth",
    "geese": "goose",
    "analyses": "analysis",
    "diagnoses": "diagnosis",
    "criteria": "criterion",
    "indices": "index",
    "statuses": "status",
    "addresses": "address",
    "buses": "bus",
    "classes": "class",
    "courses": "course",
    "houses": "house",
    "warehouses": "warehouse",
    "movies": "movie",
    "cookies": "cookie",
    "shoes": "shoe",
    "leaves": "leaf",
    "shelves": "shelf",
    "knives": "knife",
    "lives": "life",
    "wolves": "wolf",
    "series": "series",
    "species": "species",
    "news": "news",
    "expenses": "expense",
    "licenses": "license",
    "purchases": "purchase",
    "databases": "database",
    "invoices": "invoice",
    "heroes": "hero",
    "potatoes": "potato",
    "quizzes": "quiz",
}
PLURALS_EN = {singular: plural for plural, singular in IRREGULAR_EN.items()}
UNCOUNTABLE_EN = {
    "status",
    "address",
    "bus",
    "class",
    "analysis",
    "gas",
    "bonus",
    "campus",
    "virus",
    "access",
    "process",
}


def fold(text: str) -> str:
    """Lower-case ASCII of ``text``: accents dropped, other letters lost.

    >>> fold("Año")
    'ano'
    """
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()


def snake(text: str) -> str:
    """``text`` as a snake_case identifier; empty when no letter is left.

    >>> snake("Due date")
    'due_date'
    """
    parts = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text)
    name = re.sub(r"[^a-z0-9]+", "_", fold(parts)).strip("_")
    return re.sub(r"^[0-9_]+", "", name)[:50].rstrip("_")


def pascal(text: str) -> str:
    """``text`` as a PascalCase identifier."""
    return "".join(part.capitalize() for part in snake(text).split("_"))


def words_of(identifier: str) -> str:
    """The words of a PascalCase or snake_case identifier, in lower case.

    >>> words_of("OrderItem")
    'order item'
    """
    return snake(identifier).replace("_", " ")


def with_article(words: str) -> str:
    """``words`` with *a* or *an*."""
    vowel = words[:1] in "aeiou" and not words.startswith(("user", "uni", "use", "eu", "one"))
    return f"{'an' if vowel or words.startswith(('hour', 'honor')) else 'a'} {words}"


def singular_en(word: str) -> str:
    """The singular of an English noun; a singular comes back unchanged."""
    if word in IRREGULAR_EN:
        return IRREGULAR_EN[word]
    if word in UNCOUNTABLE_EN or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and len(word) > 3 else word


def plural_en(word: str) -> str:
    """The plural of an English singular."""
    if word in PLURALS_EN:
        return PLURALS_EN[word]
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return word[:-1] + "ies"
    if word.endswith(("s", "sh", "ch", "x", "z")):
        return word + "es"
    return word + "s"


def singular_es(word: str) -> str:
    """The singular of a Spanish noun, written without accents."""
    if word.endswith("ces") and len(word) > 4:
        return word[:-3] + "z"
    if word.endswith(("ciones", "siones", "tades", "dades", "ores", "eles", "ales", "iles", "anes", "ines", "ones")):
        return word[:-2]
    if word.endswith(("is", "us")):
        return word
    return word[:-1] if word.endswith("s") and len(word) > 3 else word


def plural_es(word: str) -> str:
    """The plural of a Spanish singular, written without accents."""
    if word[-1:] in "aeiou":
        return word + "s"
    if word.endswith("z"):
        return word[:-1] + "ces"
    return word if word.endswith("s") else word + "es"


def plural_of(identifier: str, *, spanish: bool = False) -> str:
    """The plural of a snake_case identifier: the noun is the last word in English, the first in Spanish.

    >>> plural_of("order_item")
    'order_items'
    """
    if spanish:
        noun, joint, rest = identifier.partition("_")
        return f"{plural_es(noun)}{joint}{rest}"
    head, _, noun = identifier.rpartition("_")
    plural = plural_en(noun)
    return f"{head}_{plural}" if head else plural
