"""Reads a modification: which records, fields and relations of a domain model come and go."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from integrations.llm.design import ServiceDesign
from integrations.llm.offline.discovering import model_domain
from integrations.llm.offline.errors import RequestNotUnderstood
from integrations.llm.offline.renaming import renamed, renames
from integrations.llm.offline.words import fold, words_of
from integrations.llm.shapes import DomainModel, DomainModelInputs, EntitySchema

REMOVING: Final = re.compile(
    r"\b(?:remove|delete|drop|without|no longer|get rid of|eliminar?|elimine|quitar?|quite|borrar?|borre|sin|ya no)\b"
)
ADDING_TO: Final = re.compile(
    r"\b(?:add|include|agregar?|agregue|anadir?|anade|incluir|incluye|pon(?:er)?)\b\s+(?P<what>.+?)\s+(?:to|a)\s+"
    r"(?:the |each |every |all |los |las |cada |todos los |todas las )*(?P<whom>[\w ]+?)\s*$"
)
CLAUSE: Final = re.compile(
    r"[.;\n!?]+|,?\s+(?:and|y)\s+(?=(?:add|remove|delete|drop|rename|agreg|anad|añad|quit|elimin|borr|renombr)\w*\b)",
    re.IGNORECASE,
)
ALLOWING: Final = re.compile(
    r"\b(?:may|can|cannot|must|should|allowed|able|only|puede|pueden|podran?|deben?|solo|permission|permiso)\b"
)
"""What somebody may remove is a permission, and takes nothing out of the model."""
RULE: Final = re.compile(r"\b(?:rules?|limits?|restrictions?|reglas?|limites?|restricciones|restriccion)\b")


@dataclass(frozen=True)
class Modified:
    """A domain model as it is to be. ``changes`` says each change in a sentence; ``touched`` names entities."""

    domain: DomainModel
    changes: tuple[str, ...] = ()
    touched: frozenset[str] = frozenset()
    not_understood: tuple[str, ...] = ()


def modify(request: str, requirement: str, domain: DomainModel) -> Modified:
    """The model after every clause of the requirement, in order."""
    modified = Modified(domain)
    for clause in (part.strip() for part in CLAUSE.split(requirement)):
        if not clause:
            continue
        step = _renamed(clause, modified) if renames(clause) else _step(request, clause, modified)
        modified = step or replace(modified, not_understood=(*modified.not_understood, clause))
    return modified


def _step(request: str, clause: str, modified: Modified) -> Modified | None:
    text = fold(clause)
    if not REMOVING.search(text) or ALLOWING.search(text):
        return _with(request, clause, modified)
    return _without_rules(text, modified) if RULE.search(text) else _without(clause, modified)


def _renamed(clause: str, modified: Modified) -> Modified | None:
    found = renamed(clause, modified.domain)
    if found is None:
        return None
    domain, entity, said = found
    return replace(
        modified, domain=domain, changes=(*modified.changes, said), touched=modified.touched | frozenset({entity})
    )


# -- less --------------------------------------------------------------------------------------------------------------


def _without(clause: str, modified: Modified) -> Modified | None:
    """Fields that are named with their entity go; else the entities that are named."""
    entities = modified.domain.entities
    text = fold(clause)
    named = [entity for entity in entities if entity.name in entities_named(REMOVING.sub(" ", text), entities)]
    fields = {
        entity.name: {field.name for field in entity.fields if _says(text, words_of(field.name))} for entity in named
    }
    if any(fields.values()):
        kept = [_fewer_fields(entity, fields.get(entity.name, set())) for entity in entities]
        gone = [f"{name} loses {', '.join(sorted(names))}." for name, names in fields.items() if names]
        return _grown(modified, kept, modified.domain.design, gone, {name for name in fields if fields[name]})
    names = {entity.name for entity in named} - _accounts(modified.domain)
    if not names or len(names) == len(entities):
        return None
    return _drop(modified, names)


def _without_rules(text: str, modified: Modified) -> Modified | None:
    """The rules of the records that are named go; the records stay."""
    domain = modified.domain
    named = entities_named(text, domain.entities)
    gone = [rule for rule in domain.design.rules if rule.entity in named]
    if not gone:
        return None
    kept = [rule for rule in domain.design.rules if rule.entity not in named]
    design = domain.design.model_copy(update={"rules": kept})
    said = [f"The rule no longer holds: {rule.statement}" for rule in gone]
    return _grown(modified, domain.entities, design, said, {rule.entity for rule in gone})


def _drop(modified: Modified, names: set[str]) -> Modified:
    kept = [
        entity.model_copy(update={"relations": [one for one in entity.relations if one.target not in names]})
        for entity in modified.domain.entities
        if entity.name not in names
    ]
    before = {entity.name: len(entity.relations) for entity in modified.domain.entities}
    touched = names | {entity.name for entity in kept if len(entity.relations) != before[entity.name]}
    design = modified.domain.design
    relations = {(entity.name, one.name) for entity in kept for one in entity.relations}
    rules = [
        one
        for one in design.rules
        if one.entity not in names and (one.parent is None or (one.entity, one.parent) in relations)
    ]
    permissions = [one for one in design.permissions if one.entity not in names and _leads(one.entity, one.owner, kept)]
    design = design.model_copy(update={"permissions": permissions, "rules": rules})
    gone = [f"{name} and what belongs to it is removed." for name in sorted(names)]
    return _grown(modified, kept, design, gone, touched)


def _leads(entity: str, path: list[str], entities: list[EntitySchema]) -> bool:
    """Whether the path from a record to its owner can still be walked."""
    by_name = {one.name: one for one in entities}
    for step in path:
        target = next((one.target for one in by_name[entity].relations if one.name == step), None)
        if target is None or target not in by_name:
            return False
        entity = target
    return True


def _fewer_fields(entity: EntitySchema, names: set[str]) -> EntitySchema:
    kept = [field for field in entity.fields if field.name not in names]
    return entity.model_copy(update={"fields": kept}) if names and kept else entity


def _accounts(domain: DomainModel) -> set[str]:
    """Records that people sign in with: nobody could, without them."""
    authentication = domain.design.authentication
    return {authentication.user} if authentication else set()


# -- more --------------------------------------------------------------------------------------------------------------


def _with(request: str, clause: str, modified: Modified) -> Modified | None:
    """What the reader finds in the request with the clause and not in the request alone."""
    before = _read(request)
    read = (_read(f"{request}\n{text}" if before else text) for text in _wordings(clause))
    tries = [step for after in read if (step := _added(before, after, modified)) is not None]
    return max(tries, key=lambda step: len(step.changes), default=None)


def _wordings(clause: str) -> list[str]:
    """The clause, and *add a price to books* as *Books have a price.*, which the reader knows."""
    found = ADDING_TO.search(fold(clause))
    if not found:
        return [clause]
    return [f"{found['whom'].strip().capitalize()} have {found['what']}.", clause]


def _added(before: DomainModel | None, after: DomainModel | None, modified: Modified) -> Modified | None:
    if after is None:
        return None
    old = {entity.name: entity for entity in before.entities} if before else {}
    present = {entity.name: entity for entity in modified.domain.entities}
    grown = dict(present)
    changes: list[str] = []
    touched: set[str] = set()
    for entity in after.entities:
        mine = present.get(entity.name)
        if mine is None:
            if entity.name not in old:
                grown[entity.name] = entity
                changes.append(f"{entity.name} is new, with {', '.join(field.name for field in entity.fields)}.")
                touched.add(entity.name)
            continue
        more = _more(mine, old.get(entity.name), entity)
        if more is not mine:
            grown[entity.name] = more
            had = _names_in(mine)
            new = [name for name in _names_in(more) if name not in had]
            changes.append(f"{entity.name} gets {', '.join(new)}.")
            touched.add(entity.name)
    entities = [_known_targets(entity, grown) for entity in grown.values()]
    design, said = _design(before, after, modified.domain.design)
    return _grown(modified, entities, design, [*changes, *said], touched) if changes or said else None


def _more(mine: EntitySchema, old: EntitySchema | None, new: EntitySchema) -> EntitySchema:
    """``mine`` with the fields and relations that ``new`` has and ``old`` had not."""
    known = {name for side in (mine, old) if side for name in _names_in(side)}
    fields = [field for field in new.fields if field.name not in known]
    relations = [relation for relation in new.relations if relation.name not in known]
    if not fields and not relations:
        return mine
    return mine.model_copy(update={"fields": [*mine.fields, *fields], "relations": [*mine.relations, *relations]})


def _names_in(entity: EntitySchema) -> list[str]:
    return [field.name for field in entity.fields] + [relation.name for relation in entity.relations]


def _known_targets(entity: EntitySchema, entities: dict[str, EntitySchema]) -> EntitySchema:
    relations = [relation for relation in entity.relations if relation.target in entities]
    return entity if len(relations) == len(entity.relations) else entity.model_copy(update={"relations": relations})


def _design(before: DomainModel | None, after: DomainModel, present: ServiceDesign) -> tuple[ServiceDesign, list[str]]:
    """The parts of the service's design that the clause changes: sign-in, roles, permissions, rules, page size."""
    was = before.design if before else ServiceDesign()
    update = {
        name: getattr(after.design, name)
        for name in ServiceDesign.model_fields
        if _meant(after.design, name) not in (_meant(was, name), _meant(present, name))
    }
    return present.model_copy(update=update), [f"The service's {words_of(name)} change." for name in update]


def _meant(design: ServiceDesign, name: str) -> object:
    """A part of a design without the sentences that say it, which are in the language of most that was read."""
    said = {"__all__": {"statement"}}
    return design.model_dump(include={name}, exclude={"rules": said, "adapters": {"__all__": {"uses": said}}})


# -- both --------------------------------------------------------------------------------------------------------------


def _grown(
    modified: Modified, entities: list[EntitySchema], design: ServiceDesign, changes: list[str], touched: set[str]
) -> Modified:
    domain = modified.domain.model_copy(update={"entities": entities, "design": design})
    return replace(
        modified,
        domain=domain,
        changes=(*modified.changes, *changes),
        touched=modified.touched | touched,
    )


def _read(text: str) -> DomainModel | None:
    try:
        return model_domain(DomainModelInputs(request=text))
    except RequestNotUnderstood:
        return None


def entities_named(text: str, entities: list[EntitySchema]) -> set[str]:
    """Entities that the text names, in either language."""
    said = {entity.name for entity in entities if _says(text, words_of(entity.name)) or _says(text, entity.plural)}
    read = _read(f"An API for {text}") if not said else None
    return said | {entity.name for entity in (read.entities if read else [])}


def _says(text: str, words: str) -> bool:
    return re.search(rf"\b{re.escape(fold(words.replace('_', ' ')))}\b", text) is not None
