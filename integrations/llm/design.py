"""What a service does besides keeping records: who may do what, which rules hold, what it calls outside itself.

A design belongs to a list of entities and names their fields and relations. It travels with them, from the domain
model through the plan to every code call.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from integrations.llm.shape import Shape

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
EntityName = Annotated[str, Field(pattern=r"^[A-Z][A-Za-z0-9]*$", max_length=60)]

# -- who may do what ---------------------------------------------------------------------------------------------------

Operation = Literal["list", "read", "create", "update", "delete"]


class Authentication(Shape):
    """Log-in with a password for a bearer token. Accounts are records of the entity ``user``.

    That entity has ``login_field`` (required, unique) and, where there are roles, ``role_field`` (a choice of their
    names). A password is no field of it: stacks add its hash themselves and never answer it. ``registration``:
    anybody may make an account of the role ``first_role``.
    """

    user: EntityName
    login_field: Identifier = "email"
    role_field: Identifier | None = None
    first_role: Identifier | None = None
    registration: bool = True
    token_minutes: int = Field(default=720, ge=1)


class Role(Shape):
    """``everything``: may do all with all records, whatever the permissions say."""

    name: Identifier
    description: str = ""
    everything: bool = False


class Permission(Shape):
    """What accounts of a role may do with the records of an entity; what no permission allows is forbidden.

    ``own_only``: only with records that are theirs, found by following ``owner`` from the record, relation by relation,
    to the account; an empty path means that the record is the account itself. Several permissions add up.
    """

    role: Identifier
    entity: EntityName
    operations: list[Operation] = Field(min_length=1)
    own_only: bool = False
    owner: list[Identifier] = []


# -- which rules hold --------------------------------------------------------------------------------------------------

RuleKind = Literal["order", "at_most", "no_overlap", "transitions", "unique_together", "frozen", "stock", "not_past"]


class Transition(Shape):
    """From one value of a choice field to those that may follow it; none means that the value is final."""

    before: str
    after: list[str] = []


class Rule(Shape):
    """A business rule about the records of ``entity``, enforced by the service. Parameters by kind:

    ``order``: the second of ``fields`` is not before (not below) the first. ``not_past``: ``fields[0]`` is not in the
    past when a record is created. ``at_most``: no more than ``limit`` records for one record of the relation
    ``parent``, or, with ``limit_field``, than that field of the parent says; counted are those whose ``status_field``
    has one of ``values``, with ``open_field`` those whose field is empty, else all. ``no_overlap``: records of the
    same ``parent`` do not overlap from ``fields[0]`` to ``fields[1]``; ``status_field`` and ``values`` as before.
    ``transitions``: ``status_field`` changes only as ``transitions`` allow; a new record has the field's default.
    ``unique_together``: no two records agree in all ``fields`` (fields or relations). ``frozen``: a record whose
    ``status_field`` has one of ``values`` is neither changed nor deleted. ``stock``: a new record takes
    ``amount_field`` from ``stock_field`` of its ``parent``, never below zero; a deleted one gives it back.
    """

    kind: RuleKind
    entity: EntityName
    statement: str
    fields: list[Identifier] = []
    parent: Identifier | None = None
    limit: int | None = Field(default=None, ge=0)
    limit_field: Identifier | None = None
    status_field: Identifier | None = None
    values: list[str] = []
    open_field: Identifier | None = None
    transitions: list[Transition] = []
    stock_field: Identifier | None = None
    amount_field: Identifier | None = None


# -- what it calls outside itself --------------------------------------------------------------------------------------

AdapterKind = Literal["email", "sms", "push", "payment", "storage", "calendar", "maps", "webhook"]


class AdapterUse(Shape):
    """When a service of ``entity`` calls an adapter: after a record is created, changed or deleted.

    With ``field`` and ``value`` only when a change gives the field that value. ``recipient`` leads from the record,
    relation by relation, to the record whose address is used; empty is the record itself.
    """

    entity: EntityName
    event: Literal["created", "changed", "deleted"] = "created"
    field: Identifier | None = None
    value: str = ""
    recipient: list[Identifier] = []
    statement: str = ""


class Adapter(Shape):
    """One outside service: ``name`` is what the code calls it, ``provider`` whom the request names (*stripe*)."""

    kind: AdapterKind
    name: Identifier
    provider: str = ""
    uses: list[AdapterUse] = []


class ServiceDesign(Shape):
    """Everything about a service that its entities do not say; empty when the request asks for nothing of it."""

    authentication: Authentication | None = None
    roles: list[Role] = []
    permissions: list[Permission] = []
    rules: list[Rule] = []
    adapters: list[Adapter] = []
    page_size: int | None = Field(default=None, ge=1, le=100)
    """Records on a page unless asked otherwise, where the request says it."""
