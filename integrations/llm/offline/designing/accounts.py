"""The entity whose records log in, and the ways that lead from other records to it."""

from __future__ import annotations

from collections.abc import Sequence

from integrations.llm.offline.designing.role_words import PEOPLE
from integrations.llm.offline.library import records
from integrations.llm.offline.words import pascal, plural_of, snake
from integrations.llm.shapes import EntitySchema, FieldSchema, Relation

ACCOUNT = "User"
LONGEST_WAY = 3
PASSWORDS = {"password", "contrasena", "password_hash", "clave"}
LOGIN_FIELDS = ("email", "username")


class Records:
    """Entities under change: fields and relations are added as access needs them."""

    def __init__(self, entities: Sequence[EntitySchema]) -> None:
        self.by_name = {entity.name: entity for entity in entities}

    @property
    def entities(self) -> list[EntitySchema]:
        return list(self.by_name.values())

    def with_account(self, roles: Sequence[str], first: str) -> str:
        """Make sure that there are accounts with a name to log in with and a role; gives the field to log in with."""
        account = self.by_name.get(ACCOUNT) or _library_account()
        kept = [field for field in account.fields if field.name not in {*PASSWORDS, "role"}]
        login = next((name for name in LOGIN_FIELDS if any(field.name == name for field in kept)), "")
        if not login:
            kept.append(FieldSchema(name="email", type="email"))
            login = "email"
        kept = [f.model_copy(update={"unique": True, "required": True}) if f.name == login else f for f in kept]
        role = FieldSchema(name="role", type="choice", choices=list(roles), default=first)
        self.by_name[ACCOUNT] = account.model_copy(update={"fields": [*kept, role]})
        return login

    def way(self, entity: str, role: str) -> list[str] | None:
        """Relations from a record to the account it belongs to, as a role sees it; None when there are none.

        A doctor's appointments lead through the doctor, a patient's through the patient.
        """
        if entity == ACCOUNT:
            return []
        person = pascal(role)
        waiting: list[tuple[str, list[str]]] = [(entity, [])]
        found: list[list[str]] = []
        while waiting:
            name, path = waiting.pop(0)
            if name == ACCOUNT:
                found.append(path)
                continue
            if len(path) >= LONGEST_WAY or (name in PEOPLE and name != person and self._is_linked(name)):
                continue
            waiting += [
                (relation.target, [*path, relation.name])
                for relation in self.by_name[name].relations
                if relation.kind == "many_to_one" and relation.target in self.by_name and relation.target != name
            ]
        return found[0] if found else None

    def _is_linked(self, name: str) -> bool:
        return any(relation.target == ACCOUNT for relation in self.by_name[name].relations)

    def link(self, entity: str, target: str, *, required: bool) -> bool:
        """Let an entity refer to another; False when that would close a circle."""
        if self._reaches(target, entity):
            return False
        owner = self.by_name[entity]
        if any(relation.target == target for relation in owner.relations):
            return True
        name = snake(target)
        relation = Relation(name=name, kind="many_to_one", target=target, required=required)
        fields = [field for field in owner.fields if field.name not in {name, f"{name}_id"}]
        self.by_name[entity] = owner.model_copy(
            update={"relations": [*owner.relations, relation], "fields": fields or owner.fields}
        )
        return True

    def require(self, entity: str, relation: str) -> None:
        """Make a relation one that every record has."""
        owner = self.by_name[entity]
        relations = [
            one.model_copy(update={"required": True}) if one.name == relation else one for one in owner.relations
        ]
        self.by_name[entity] = owner.model_copy(update={"relations": relations})

    def _reaches(self, start: str, goal: str) -> bool:
        seen: set[str] = set()
        waiting = [start]
        while waiting:
            name = waiting.pop()
            if name == goal:
                return True
            if name not in seen and name in self.by_name:
                seen.add(name)
                waiting += [relation.target for relation in self.by_name[name].relations]
        return False


def _library_account() -> EntitySchema:
    known = records.KNOWN[ACCOUNT]
    return EntitySchema(
        name=ACCOUNT, plural=plural_of("user"), description=known.description, fields=list(known.fields)
    )
