"""What the files of one entity need to know of the service around it."""

from __future__ import annotations

from functools import cached_property

from integrations.llm.design import AdapterUse, Operation, Role, Rule
from integrations.llm.offline.project.entities import EntityView, ParentView
from integrations.llm.offline.project.fields import FieldView
from integrations.llm.offline.project.service import AccessView, Reach, ServiceView


class Ground:
    """One entity in its service. ``a`` is the entity whose records log in, None where everybody may do everything."""

    def __init__(self, service: ServiceView, entity: EntityView) -> None:
        self.service = service
        self.e = entity
        self.a = service.account
        self.access: AccessView = service.access_to(entity)

    @property
    def is_account(self) -> bool:
        return self.a is not None and self.a.name == self.e.name

    @property
    def role_field(self) -> str:
        return (self.service.authentication.role_field if self.service.authentication else None) or "role"

    @property
    def role_enum(self) -> str:
        return "" if self.a is None else self.a.field(self.role_field).enum

    @property
    def login(self) -> str:
        return self.service.authentication.login_field if self.service.authentication else ""

    @cached_property
    def limited_roles(self) -> list[Role]:
        return [role for role in self.service.roles if not role.everything]

    def reaches_own(self, operation: Operation) -> bool:
        """Whether some role may do this only with its own records."""
        return any(self.access.reach(role, operation) == "own" for role in self.limited_roles)

    @property
    def has_own(self) -> bool:
        return any(one.own_only for one in self.access.permissions)

    @cached_property
    def owner(self) -> ParentView | None:
        """The relation straight to the account that somebody's new records get by themselves."""
        paths = {tuple(one.owner) for one in self.access.permissions if one.own_only and "create" in one.operations}
        names = {path[0] for path in paths if len(path) == 1}
        return next((parent for parent in self.e.parents if parent.name in names), None)

    @cached_property
    def rules(self) -> list[Rule]:
        """The rules that stand in a file of their own."""
        return [rule for rule in self.e.rules if rule.kind != "order"]

    def rules_of(self, *kinds: str) -> list[Rule]:
        return [rule for rule in self.rules if rule.kind in kinds]

    @cached_property
    def uses(self) -> list[tuple[str, AdapterUse]]:
        """(adapter, use) for everything outside that the service of this entity calls."""
        return self.service.uses_of(self.e)

    def kind_of(self, adapter: str) -> str:
        return next(one.kind for one in self.service.design.adapters if one.name == adapter)

    def uses_on(self, event: str, *, payment: bool) -> list[tuple[str, AdapterUse]]:
        """Uses of one event: payments, which come before the commit, or the others, which come after it."""
        return [
            (name, use)
            for name, use in self.uses
            if use.event == event and (self.kind_of(name) == "payment") == payment
        ]

    # -- how services are made -----------------------------------------------------------------------------------------

    @property
    def actor(self) -> str:
        """More arguments of the entity's service in tests."""
        return f"{', admin' if self.a else ''}{', adapters' if self.uses else ''}"

    @property
    def client(self) -> str:
        """The fixture that calls the service with every right there is."""
        return client_of(self.service)

    @property
    def fixtures(self) -> str:
        """The parameters of tests that those arguments come from."""
        account = f", admin: {self.a.name}" if self.a else ""
        return f"{account}{', adapters: Adapters' if self.uses else ''}"

    def reach(self, role: Role, operation: Operation) -> Reach:
        return self.access.reach(role, operation)

    @property
    def locked_fields(self) -> list[FieldView]:
        """Status fields whose changes are ruled."""
        names = {rule.status_field for rule in self.rules_of("transitions")}
        return [field for field in self.e.fields if field.name in names]


def client_of(service: ServiceView) -> str:
    """What tests call their client: a name that no record can have."""
    return "api_client" if service.account is None else "admin_client"


AMOUNTS = ("total", "amount", "price", "importe", "precio")


def first_decimal(entity: EntityView) -> FieldView:
    """The field that says how much is paid."""
    decimals = [field for field in entity.fields if field.type == "decimal"]
    return next((field for name in AMOUNTS for field in decimals if field.name == name), decimals[0])


def first_moment(entity: EntityView) -> FieldView:
    """The field that says when a record takes place."""
    return next(field for field in entity.fields if field.type in {"date", "datetime"} and not field.nullable)
