"""The short notation of the library: ``"status: choice todo|doing|done = todo"`` is a field."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import get_args

from integrations.llm.shapes import FieldSchema, Relation

FIELD = re.compile(
    r"(?P<name>\w+)\s*:\s*(?P<type>\w+)(?:\((?P<length>\d+)\))?"
    r"(?:\s+(?P<choices>[\w|]+\|[\w|]+))?(?P<flags>(?:\s+(?:optional|unique|min \d+))*)(?:\s*=\s*(?P<default>.+))?"
)
TYPES = get_args(FieldSchema.model_fields["type"].annotation)


@dataclass(frozen=True)
class KnownEntity:
    """An entity of the library. ``words`` are singulars in English and Spanish, without accents."""

    name: str
    words: tuple[str, ...]
    description: str
    fields: tuple[FieldSchema, ...]
    relations: tuple[Relation, ...] = field(default=())


def read_field(text: str) -> FieldSchema:
    """One field in the notation ``name: type(length) a|b optional unique min 0 = default``."""
    match = FIELD.fullmatch(text.strip())
    if match is None or match["type"] not in TYPES:
        raise ValueError(f"not a field: {text!r}")
    flags = match["flags"] or ""
    minimum = re.search(r"min (\d+)", flags)
    return FieldSchema.model_validate(
        {
            "name": match["name"],
            "type": match["type"],
            "required": "optional" not in flags,
            "unique": "unique" in flags,
            "default": match["default"],
            "choices": (match["choices"] or "").split("|") if match["choices"] else [],
            "minimum": int(minimum[1]) if minimum else None,
            "max_length": int(match["length"]) if match["length"] else None,
        }
    )


def read_relation(text: str) -> Relation:
    """One relation in the notation ``name -> Target optional`` (many to one) or ``name <-> Target`` (many to many)."""
    name, arrow, target, *flags = text.split()
    required = "optional" not in flags
    if arrow == "<->":
        return Relation(name=name, kind="many_to_many", target=target, required=False)
    return Relation(name=name, kind="many_to_one", target=target, required=required)


def entity(name: str, words: str, description: str, fields: str, relations: str = "") -> KnownEntity:
    """An entity whose words, fields and relations are separated by ``;``."""
    return KnownEntity(
        name=name,
        words=tuple(word.strip() for word in words.split(";")),
        description=description,
        fields=tuple(read_field(text) for text in fields.split(";")),
        relations=tuple(read_relation(text) for text in relations.split(";") if text.strip()),
    )
