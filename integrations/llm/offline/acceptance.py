"""The purpose ``acceptance_tests``: criteria about records become tests over HTTP, from what the project offers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from integrations.llm.offline.acceptance_texts import HELPERS, IMPORTS, function_text
from integrations.llm.offline.modifying import entities_named
from integrations.llm.offline.words import fold, snake, words_of
from integrations.llm.shapes import (
    AcceptanceInputs,
    AcceptanceTestCode,
    AcceptanceTests,
    EntitySchema,
    FieldSchema,
    WantedTest,
)

CHECKS: Final[list[tuple[str, str]]] = [
    ("health", r"health|salud"),
    ("unique", r"unique|duplicate\w*|taken|twice|unic[oa]s?|duplicad\w+|repetid\w+"),
    ("unknown", r"unknown|not found|404|missing|inexistente|desconocid\w+|no encontrad\w+|no existe"),
    ("refused", r"refuse[sd]?|reject\w*|invalid|malformed|incomplete|validat\w+|rechaza\w*|invalid\w+|incomplet\w+"),
    ("deleted", r"delete[sd]?|remove[sd]?|borra\w*|elimina\w*"),
    ("changed", r"update[sd]?|change[sd]?|edit\w*|actualiza\w*|cambia\w*|modifica\w*|edita\w*"),
    ("listed", r"list\w*|pages?|paginat\w*|paginas?|lista\w*"),
    ("created", r"create[sd]?|add(?:ed)?|store[sd]?|saved?|read back|crea\w*|guarda\w*|registra\w*|anad\w+"),
]
ROUTE = re.compile(r"""\.(?:get|post|put|patch|delete)\(\s*["'](/[^"']*)["']|register\(\s*r?["']([\w/-]+)["']""")
FIXTURE = re.compile(r"@pytest\.fixture[^\n]*\n(?:async )?def (\w*client\w*)\(")
SIGNED_IN = re.compile(r"admin|staff|signed|auth|owner")


@dataclass(frozen=True)
class Offer:
    """What the interfaces offer: addresses, and the fixture that calls them."""

    addresses: frozenset[str]
    client: str | None


def write_acceptance(inputs: AcceptanceInputs) -> AcceptanceTests:
    """A test for each criterion that names a check and a record that the interfaces offer; the others with why not."""
    offer = _offer(inputs)
    tests: list[AcceptanceTestCode] = []
    untestable: dict[str, str] = {}
    for wanted in inputs.criteria:
        made = _test(wanted, inputs, offer)
        if isinstance(made, AcceptanceTestCode):
            tests.append(made)
        else:
            untestable[wanted.id] = made
    if not tests:
        return AcceptanceTests(untestable=untestable)
    helpers = HELPERS.format(bodies=_bodies(inputs.project.entities)).strip() + "\n"
    return AcceptanceTests(imports=IMPORTS, helpers=helpers, tests=tests, untestable=untestable)


def _test(wanted: WantedTest, inputs: AcceptanceInputs, offer: Offer) -> AcceptanceTestCode | str:
    """The test, or why there is none."""
    if offer.client is None:
        return "The interfaces offer no fixture with a client that may call the service."
    text = fold(wanted.text)
    check = next((name for name, pattern in CHECKS if re.search(rf"\b(?:{pattern})\b", text)), "")
    if not check:
        return "The offline engine knows no check for what it says."
    entity = _entity_in(text, inputs.project.entities)
    if check == "health":
        return _made(wanted, "health", function_text("health", client=offer.client))
    if entity is None:
        return "It names no record of the project."
    reason = _why_not(entity, inputs, offer, check)
    if reason:
        return reason
    texts = {"client": offer.client, "plural": entity.plural, "address": _address(entity, offer) or ""}
    refused = "400" if inputs.project.stack == "django" else "422"
    unique = next((field.name for field in entity.fields if field.unique), "")
    changed = next((field for field in entity.fields if _changes(field)), None)
    code = function_text(
        check,
        **texts,
        refused=refused,
        unique=unique,
        field=changed.name if changed else "",
        value=repr(_value(changed, 2)) if changed else "",
        taken="400" if inputs.project.stack == "django" else "409",
    )
    return _made(wanted, f"{snake(entity.name)}_{check}", code)


def _made(wanted: WantedTest, subject: str, code: str) -> AcceptanceTestCode:
    name = f"test_{wanted.id}_{subject}"[:125].rstrip("_")
    return AcceptanceTestCode(criterion=wanted.id, name=name, code=code.replace("NAME", name, 1))


def _why_not(entity: EntitySchema, inputs: AcceptanceInputs, offer: Offer, check: str) -> str:
    for one in _with_parents(entity, inputs.project.entities):
        if _address(one, offer) is None:
            return f"The interfaces offer no address of {one.plural}."
        odd = [
            field.name for field in one.fields if field.required and field.default is None and _value(field, 1) is None
        ]
        if odd:
            return f"The offline engine cannot make a valid {odd[0]} of {one.name}."
    if check == "unique" and not any(field.unique for field in entity.fields):
        return f"{entity.name} has no unique field."
    if check == "changed" and not any(_changes(field) for field in entity.fields):
        return f"{entity.name} has no field that the offline engine can change."
    return ""


def _offer(inputs: AcceptanceInputs) -> Offer:
    texts = [file.text for file in inputs.interfaces]
    routes = {(one or two).strip("/") for text in texts for one, two in ROUTE.findall(text)}
    clients = [name for text in texts for name in FIXTURE.findall(text)]
    signed_in = [name for name in clients if SIGNED_IN.search(name)]
    secured = inputs.project.design.authentication is not None
    anybody = [] if secured else ["client", *clients] if "client" in clients else clients
    client = next(iter([*(signed_in if secured else anybody)]), None)
    return Offer(frozenset(routes), client)


def _address(entity: EntitySchema, offer: Offer) -> str | None:
    """``/books``: the shortest address that ends with the entity's plural."""
    names = {entity.plural, entity.plural.replace("_", "-")}
    found = [route for route in offer.addresses if route.split("/")[-1] in names and "{" not in route]
    return f"/{min(found, key=len)}" if found else None


def _entity_in(text: str, entities: list[EntitySchema]) -> EntitySchema | None:
    """The entity with the longest name that the text says; else the one that the reader finds, in any language."""
    said = [
        (len(word), entity.name, entity)
        for entity in entities
        for word in (fold(words_of(entity.name)), fold(entity.plural.replace("_", " ")))
        if re.search(rf"\b{re.escape(word)}\b", text)
    ]
    if said:
        return max(said, key=lambda item: item[:2])[2]
    read = entities_named(text, entities)
    found = [entity for entity in entities if entity.name in read]
    return found[0] if len(found) == 1 else None


def _with_parents(entity: EntitySchema, entities: list[EntitySchema]) -> list[EntitySchema]:
    """The entity and everything that must exist before it, each once."""
    by_name = {one.name: one for one in entities}
    found: dict[str, EntitySchema] = {}

    def visit(one: EntitySchema) -> None:
        if one.name not in found:
            found[one.name] = one
            for relation in one.relations:
                if relation.kind == "many_to_one" and relation.required and relation.target in by_name:
                    visit(by_name[relation.target])

    visit(entity)
    return list(found.values())


def _bodies(entities: list[EntitySchema]) -> str:
    """What a valid body of each entity holds, and which records must exist before it."""
    lines = []
    by_name = {one.name: one.plural for one in entities}
    for entity in entities:
        values = {field.name: _value(field, 1) for field in entity.fields if _is_needed(field)}
        if None in values.values():
            continue
        parents = {
            f"{relation.name}_id": relation.target
            for relation in entity.relations
            if relation.kind == "many_to_one" and relation.required
        }
        plurals = {name: by_name.get(target, "") for name, target in parents.items()}
        numbered = [field.name for field in entity.fields if field.unique and field.name in values]
        lines.append(f"    {entity.plural!r}: ({values!r}, {plurals!r}, {numbered!r}),")
    return "\n".join(lines)


def _is_needed(field: FieldSchema) -> bool:
    return field.required and field.default is None


def _changes(field: FieldSchema) -> bool:
    return field.type in {"string", "text"} and not field.unique and _value(field, 2) is not None


def _value(field: FieldSchema, variant: int) -> object:
    """A valid value of a field; ``None`` where its rules are beyond the engine."""
    if field.pattern:
        return None
    low = field.minimum if field.minimum is not None else (field.more_than or 0) + 1
    fixed: dict[str, object] = {
        "integer": low + variant,
        "decimal": f"{low + variant}.00",
        "boolean": variant == 1,
        "date": f"2031-05-{variant:02}",
        "datetime": f"2031-05-{variant:02}T10:00:00Z",
        "email": f"person{variant}@example.org",
        "choice": field.choices[0] if field.choices else None,
    }
    if field.type in fixed:
        return fixed[field.type]
    text = f"{'Sample' if variant == 1 else 'Changed'} {field.name.replace('_', ' ')}"
    text = text.ljust(field.min_length or 0, "x")
    return text[: field.max_length] if field.max_length else text
