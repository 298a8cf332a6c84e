"""From what is said about access to accounts, roles and permissions, with careful defaults for what is not said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from integrations.llm.design import Authentication, Operation, Permission, Role
from integrations.llm.offline.designing.accounts import ACCOUNT, PASSWORDS, Records
from integrations.llm.offline.designing.permissions import Access, Statement
from integrations.llm.offline.designing.role_words import ALL, PEOPLE, PERSONAL, SEE, UNLIMITED
from integrations.llm.offline.library import records as library
from integrations.llm.offline.words import pascal, snake
from integrations.llm.shapes import EntitySchema

OWN_USUALLY: tuple[Operation, ...] = ("create", "update", "delete")


@dataclass(frozen=True)
class AccessDesign:
    """Entities with what access needs of them, and the access itself. No authentication: open to everybody."""

    entities: list[EntitySchema]
    authentication: Authentication | None = None
    roles: tuple[Role, ...] = ()
    permissions: tuple[Permission, ...] = ()


def design_access(access: Access, entities: Sequence[EntitySchema]) -> AccessDesign:
    """Accounts, roles and permissions, when the request asks for log-in, names roles, or limits somebody."""
    passwords = any(field.name in PASSWORDS for entity in entities for field in entity.fields)
    if not (access.login or access.roles or access.statements or passwords):
        return AccessDesign(list(entities))
    names = _role_names(access, entities)
    first = next((name for name in reversed(names) if name in PERSONAL), names[-1])
    records = Records([_without_passwords(entity) for entity in entities])
    login = records.with_account(names, first)
    limited = [name for name in names if name not in UNLIMITED]
    said = {role: [one for one in access.statements if role in one.roles] for role in limited}
    for role in limited:
        _link_people(records, role)
    for role in limited:
        _link_own(records, role, said[role])
    managed = {
        one.entity
        for one in access.statements
        if one.allowed and set(one.operations) - set(SEE) and set(one.roles) - PERSONAL - UNLIMITED
    }
    exclusive = [one for one in access.statements if one.exclusive]
    permissions = [
        permission
        for role in limited
        for entity in records.entities
        for permission in RoleOnEntity(
            records, role, entity.name, exclusive, bool(access.statements), entity.name in managed
        ).permissions(said[role])
    ]
    return AccessDesign(
        records.entities,
        Authentication(
            user=ACCOUNT, login_field=login, role_field="role", first_role=first, registration=first in PERSONAL
        ),
        tuple(Role(name=name, everything=name in UNLIMITED) for name in names),
        tuple(permissions),
    )


def _role_names(access: Access, entities: Sequence[EntitySchema]) -> list[str]:
    """The roles named, those that accounts are said to have, and somebody who may do everything."""
    account = next((entity for entity in entities if entity.name == ACCOUNT), None)
    said = next((field for field in account.fields if field.name == "role"), None) if account else None
    names = [*access.roles, *(snake(choice) for choice in (said.choices if said else []))]
    names = list(dict.fromkeys("admin" if name in {"administrador", "administrator"} else name for name in names))
    if not set(names) - UNLIMITED:
        names.append("user")
    return names if set(names) & UNLIMITED else ["admin", *names]


def _without_passwords(entity: EntitySchema) -> EntitySchema:
    kept = [field for field in entity.fields if field.name not in PASSWORDS]
    return entity.model_copy(update={"fields": kept or list(library.KNOWN[ACCOUNT].fields)})


def _link_people(records: Records, role: str) -> None:
    """*Patients* who log in are patients on record too: their record refers to their account."""
    person = pascal(role)
    if person in records.by_name and person in PEOPLE:
        records.link(person, ACCOUNT, required=False)


def _link_own(records: Records, role: str, said: Sequence[Statement]) -> None:
    """A record that is said to be somebody's own leads to an account, if need be by a relation of its own."""
    person = pascal(role)
    for statement in said:
        entity = statement.entity
        if not statement.own or entity not in records.by_name:
            continue
        way = records.way(entity, role)
        if way is not None and len(way) == 1 and role in PERSONAL:
            if entity not in PEOPLE:
                records.require(entity, way[0])
        elif way is None:
            linked_person = person in records.by_name and person in PEOPLE
            records.link(entity, person if linked_person else ACCOUNT, required=True)


@dataclass(frozen=True)
class RoleOnEntity:
    """What one role may do with one entity."""

    records: Records
    role: str
    entity: str
    exclusive: list[Statement]
    limited: bool
    """Whether the request limits anybody at all."""
    managed: bool
    """Whether other people than those it belongs to are said to work on it."""

    def permissions(self, said: Sequence[Statement]) -> list[Permission]:
        """At most two permissions: with everybody's records, and with one's own."""
        reach: dict[Operation, bool] = self._usual()
        about = [one for one in said if one.entity in {self.entity, ""} and (one.entity or self.entity != ACCOUNT)]
        positive = [one for one in about if one.allowed]
        if any(one.entity for one in positive):
            reach = {}
        for one in positive:
            self._allow(reach, one)
        self._add_own_work(reach, positive)
        for one in self.exclusive:
            if one.entity in {self.entity, ""} and self.role not in one.roles and one.allowed:
                _forbid(reach, [operation for operation in one.operations if operation not in SEE or not positive])
        for one in about:
            if not one.allowed:
                _forbid(reach, one.operations)
        return self._permissions(reach)

    def _add_own_work(self, reach: dict[Operation, bool], said: Sequence[Statement]) -> None:
        """*Users can only see their own tasks*: somebody has to write them, and nobody else is said to."""
        if self.entity == ACCOUNT or self.managed or self.role not in PERSONAL:
            return
        if any(one.own and one.entity and set(one.operations) <= set(SEE) for one in said):
            for operation in OWN_USUALLY if self.role == "user" else ("create",):
                reach[operation] = True

    def _usual(self) -> dict[Operation, bool]:
        """What a role may do (True: only with its own) with an entity that nothing is said about."""
        if self.entity == ACCOUNT:
            return {"list": True, "read": True, "update": True}
        if self.entity == pascal(self.role):
            return {"list": True, "read": True, "create": True, "update": True}
        if not self.limited:
            return dict.fromkeys(ALL, False)
        way = self.records.way(self.entity, self.role)
        if self.role in PERSONAL:
            return dict.fromkeys(SEE, False) if way is None else {"list": True, "read": True, "create": True}
        return dict.fromkeys(SEE, False)

    def _allow(self, reach: dict[Operation, bool], said: Statement) -> None:
        way = self.records.way(self.entity, self.role)
        for operation in (*said.operations, *(SEE if said.own or set(said.operations) & set(OWN_USUALLY) else ())):
            implied = operation not in said.operations
            own = way is not None and (
                said.own or (self.role in PERSONAL and (operation in OWN_USUALLY or implied) and said.operations != ALL)
            )
            if not (implied and operation in reach):
                reach[operation] = own

    def _permissions(self, reach: dict[Operation, bool]) -> list[Permission]:
        way = self.records.way(self.entity, self.role)
        found = []
        for own in (False, True):
            operations = [operation for operation in ALL if reach.get(operation) is own]
            if operations and not (own and way is None):
                found.append(
                    Permission(
                        role=self.role,
                        entity=self.entity,
                        operations=operations,
                        own_only=own,
                        owner=(way or []) if own else [],
                    )
                )
        return found


def _forbid(reach: dict[Operation, bool], operations: Sequence[Operation]) -> None:
    for operation in operations:
        reach.pop(operation, None)
