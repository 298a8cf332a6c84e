"""The offline embedding: hashed subtokens of words and identifiers, no model and no network.

Lexical on purpose: texts are near when they use the same words, or words known to mean the same. English and Spanish,
prose and code.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from math import log, sqrt
from typing import Final, Protocol

import mmh3
import numpy as np
from numpy.typing import NDArray

from integrations.memory.words import MEANING, SAYS_LITTLE, SAYS_NOTHING

Vectors = NDArray[np.float32]

_WORD = re.compile(r"[A-Za-z]+|\d+")
_CAMEL = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
LITTLE: Final = 0.15
"""Weight of a word that nearly every request says."""
SHAPE: Final = 0.5
"""Weight of how a word is written, so that relatives that the list of meanings does not know are near."""
GRAM: Final = 4
ALIKE: Final = 0.45
"""The cosine from which two texts are about the same thing, tuned on the labelled texts of ``bench memory``."""
ALIKE_MEANS: Final = 0.7
"""The similarity that such a cosine is called, whatever the embedding: the usual minimum of the settings."""


class Embedding(Protocol):
    """``name`` is stored with what it embedded; another name means another, incomparable space."""

    @property
    def name(self) -> str: ...

    @property
    def dimensions(self) -> int: ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One unit vector a text, shape (texts, dimensions); a text without a word gives zeros."""
        ...

    def similarity(self, cosine: float) -> float:
        """A cosine in this space as a similarity from 0 to 1 that means the same in every space."""
        ...


class HashedSubtokens:
    """Each subtoken adds its damped count, with a sign, to the dimensions that its hashes name."""

    name = "hashed-subtokens-2"
    dimensions = 1_024

    def embed(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for row, text in enumerate(texts):
            for token, count in Counter(subtokens(text)).items():
                indices, weights = _places(token, self.dimensions)
                np.add.at(vectors[row], indices, weights * (1.0 + log(count)))
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        np.divide(vectors, lengths, out=vectors, where=lengths > 0)
        return vectors

    def similarity(self, cosine: float) -> float:
        return stretched(cosine, alike=ALIKE)


def stretched(cosine: float, *, alike: float) -> float:
    """0 for 0, 1 for 1, ``ALIKE_MEANS`` for the cosine ``alike``, straight between."""
    cosine = min(max(cosine, 0.0), 1.0)
    if cosine < alike:
        return ALIKE_MEANS * cosine / alike
    return ALIKE_MEANS + (1 - ALIKE_MEANS) * (cosine - alike) / (1 - alike)


def subtokens(text: str) -> list[str]:
    """Words and parts of identifiers by their meaning: lower case, singular, without accents and empty words."""
    plain = unicodedata.normalize("NFKD", text)
    plain = "".join(character for character in plain if not unicodedata.combining(character))
    parts = (part.lower() for word in _WORD.findall(plain) for part in (_CAMEL.findall(word) or [word]))
    return [meaning(part) for part in parts if part not in SAYS_NOTHING and (len(part) > 1 or part.isdigit())]


@lru_cache(maxsize=20_000)
def meaning(word: str) -> str:
    """What stands for ``word`` and everything known to mean the same; else its singular."""
    for form in _forms(word):
        if form in MEANING:
            return MEANING[form]
    return _singular(word)


def _forms(word: str) -> list[str]:
    """The word, and what it could be the plural of."""
    found = [word]
    for ending, instead in (("ies", "y"), ("ces", "z"), ("es", ""), ("s", "")):
        if len(word) > len(ending) + 2 and word.endswith(ending) and not word.endswith("ss"):
            found.append(word.removesuffix(ending) + instead)
    return found


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    # The plural of box and the singular of house end alike, and Spanish does the same: so the e goes.
    return word[:-1] if len(word) > 3 and word.endswith("e") else word


_LITTLE: Final = frozenset(meaning(word) for word in SAYS_LITTLE)


@lru_cache(maxsize=20_000)
def _places(token: str, dimensions: int) -> tuple[NDArray[np.intp], Vectors]:
    """Where one occurrence of a token is added, and how much: the token itself, and its runs of four letters."""
    weight = LITTLE if token in _LITTLE else 1.0
    parts = [(token, weight)]
    if len(token) >= GRAM and token.isalpha():
        framed = f"#{token}#"
        grams = [framed[start : start + GRAM] for start in range(len(framed) - GRAM + 1)]
        parts += [(f"~{gram}", SHAPE * weight / sqrt(len(grams))) for gram in grams]
    hashes = [mmh3.hash(part, signed=False) for part, _ in parts]
    signs = np.array([1.0 if number & 0x8000_0000 else -1.0 for number in hashes])
    weights = (signs * [value for _, value in parts]).astype(np.float32)
    return np.array([number % dimensions for number in hashes], dtype=np.intp), weights
