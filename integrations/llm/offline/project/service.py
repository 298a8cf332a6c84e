"""A whole service as the generated files speak of it: its entities, and what its design says about them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

from integrations.llm.design import AdapterUse, Operation, Permission, Role
from integrations.llm.offline.project.entities import EntityView, entity_views, parents_first
from integrations.llm.shapes import ProjectContext

OPERATIONS: tuple[Operation, ...] = get_args(Operation)
Reach = Literal["all", "own", "none"]


class ServiceView:
    """``entities`` are in an order in which accounts come first and every required parent before its children."""

    def __init__(self, project: ProjectContext) -> None:
        self.project = project
        self.design = project.design
        self.authentication = project.design.authentication
        self.roles: list[Role] = project.design.roles
        views = entity_views(project.entities, project.design.rules)
        account = self.authentication.user if self.authentication else ""
        ordered = sorted(views.values(), key=lambda view: view.name != account)
        self.entities: list[EntityView] = parents_first(ordered)

    @cached_property
    def account(self) -> EntityView | None:
        """The entity whose records log in; None for a service that is open to everybody."""
        if self.authentication is None:
            return None
        return next((view for view in self.entities if view.name == self.authentication.user), None)

    def access_to(self, entity: EntityView) -> AccessView:
        """Who may do what with an entity."""
        permissions = [one for one in self.design.permissions if one.entity == entity.name]
        return AccessView(entity, self.roles, permissions)

    def uses_of(self, entity: EntityView) -> list[tuple[str, AdapterUse]]:
        """(name of the adapter, when and for whom the entity's service calls it), in order."""
        uses = [(adapter.name, use) for adapter in self.design.adapters for use in adapter.uses]
        return [(name, use) for name, use in uses if use.entity == entity.name]


@dataclass(frozen=True)
class AccessView:
    """Who may do what with the records of one entity. Without roles everybody who is logged in may do everything."""

    entity: EntityView
    roles: list[Role]
    permissions: list[Permission]

    def reach(self, role: Role, operation: Operation) -> Reach:
        """With which records a role may do something."""
        if role.everything:
            return "all"
        found = [one for one in self.permissions if one.role == role.name and operation in one.operations]
        if not found:
            return "none"
        return "own" if all(one.own_only for one in found) else "all"

    def roles_with(self, operation: Operation, reach: Reach) -> list[Role]:
        """The roles that reach so far."""
        return [role for role in self.roles if self.reach(role, operation) == reach]

    @property
    def is_limited(self) -> bool:
        """Whether any role may not do everything."""
        return any(self.reach(role, operation) != "all" for role in self.roles for operation in OPERATIONS)

    @property
    def owners(self) -> dict[str, list[str]]:
        """By role that is limited to its own records: the relations that lead from a record to its account."""
        return {one.role: list(one.owner) for one in self.permissions if one.own_only}
