"""A service with everything a design can say: log-in, roles, every kind of rule, adapters, every kind of field."""

from __future__ import annotations

from integrations.llm.design import (
    Adapter,
    AdapterUse,
    Authentication,
    Operation,
    Permission,
    Role,
    Rule,
    ServiceDesign,
    Transition,
)
from integrations.llm.offline.engine import answer
from integrations.llm.shapes import (
    DomainModel,
    DomainModelInputs,
    EntitySchema,
    FieldSchema,
    MasterPlanInputs,
    PlanAnswer,
    ProjectContext,
    Relation,
    Stack,
)

EVERYTHING: list[Operation] = ["list", "read", "create", "update", "delete"]
SEE: list[Operation] = ["list", "read"]


def to(target: str, name: str = "", *, required: bool = True) -> Relation:
    return Relation(name=name or target.lower(), kind="many_to_one", target=target, required=required)


def text(name: str, **more: object) -> FieldSchema:
    return FieldSchema.model_validate({"name": name, "type": "string", **more})


def choice(name: str, *values: str) -> FieldSchema:
    return FieldSchema(name=name, type="choice", choices=list(values), default=values[0])


ENTITIES = [
    EntitySchema(
        name="User",
        plural="users",
        fields=[
            text("name"),
            FieldSchema(name="email", type="email", unique=True),
            FieldSchema(name="role", type="choice", choices=["admin", "librarian", "member"], default="member"),
        ],
    ),
    EntitySchema(
        name="Member",
        plural="members",
        fields=[
            text("name"),
            text("phone", required=False),
            FieldSchema(name="max_loans", type="integer", minimum=1),
        ],
        relations=[to("User", required=False)],
    ),
    EntitySchema(
        name="Book",
        plural="books",
        fields=[
            text("title"),
            text("isbn", unique=True, pattern="[0-9]{13}", max_length=13),
            FieldSchema(name="price", type="decimal", more_than=0),
            FieldSchema(name="stock", type="integer", minimum=0),
            FieldSchema(name="published_on", type="date", required=False),
        ],
        relations=[Relation(name="tags", kind="many_to_many", target="Tag", required=False)],
    ),
    EntitySchema(name="Tag", plural="tags", fields=[text("name", unique=True, max_length=50, min_length=2)]),
    EntitySchema(
        name="Loan",
        plural="loans",
        fields=[
            FieldSchema(name="loaned_on", type="date"),
            FieldSchema(name="due_on", type="date", required=False),
            choice("status", "open", "returned", "lost"),
            FieldSchema(name="copies", type="integer", minimum=1),
        ],
        relations=[to("Book"), to("Member")],
    ),
    EntitySchema(
        name="Booking",
        plural="bookings",
        fields=[
            FieldSchema(name="starts_at", type="datetime"),
            FieldSchema(name="ends_at", type="datetime"),
            choice("status", "pending", "confirmed", "cancelled"),
            FieldSchema(name="note", type="text", required=False),
        ],
        relations=[to("Member", "guest"), to("User")],
    ),
    EntitySchema(
        name="Category",
        plural="categories",
        fields=[text("name"), FieldSchema(name="shown", type="boolean", default="true", required=False)],
        relations=[to("Category", "parent", required=False)],
    ),
]


def _may(role: str, entity: str, operations: list[Operation], owner: list[str] | None = None) -> Permission:
    return Permission(role=role, entity=entity, operations=operations, own_only=owner is not None, owner=owner or [])


DESIGN = ServiceDesign(
    authentication=Authentication(user="User", role_field="role", first_role="member"),
    roles=[Role(name="admin", everything=True), Role(name="librarian"), Role(name="member")],
    permissions=[
        *(_may("librarian", entity.name, EVERYTHING) for entity in ENTITIES if entity.name != "User"),
        _may("librarian", "User", SEE),
        *(_may("member", entity, SEE) for entity in ("Book", "Tag", "Category", "Booking")),
        _may("member", "User", ["read", "update"], []),
        _may("member", "Loan", [*SEE, "create"], ["member", "user"]),
        _may("member", "Booking", ["create", "update", "delete"], ["user"]),
    ],
    rules=[
        Rule(kind="order", entity="Loan", statement="A loan is due after it was made", fields=["loaned_on", "due_on"]),
        Rule(kind="not_past", entity="Loan", statement="A loan is not made in the past", fields=["loaned_on"]),
        Rule(
            kind="at_most",
            entity="Loan",
            statement="A member has only so many open loans",
            parent="member",
            limit_field="max_loans",
            status_field="status",
            values=["open"],
        ),
        Rule(
            kind="at_most",
            entity="Loan",
            statement="A book has at most 5 loans",
            parent="book",
            limit=5,
            status_field="status",
            values=["open", "lost"],
        ),
        Rule(
            kind="stock",
            entity="Loan",
            statement="A loan takes books from the stock",
            parent="book",
            stock_field="stock",
            amount_field="copies",
        ),
        Rule(
            kind="transitions",
            entity="Loan",
            statement="Loans are returned or lost",
            status_field="status",
            transitions=[Transition(before="open", after=["returned"]), Transition(before="lost", after=["returned"])],
        ),
        Rule(
            kind="frozen",
            entity="Loan",
            statement="A returned loan is final",
            status_field="status",
            values=["returned"],
        ),
        Rule(
            kind="no_overlap",
            entity="Booking",
            statement="Bookings of one guest do not overlap",
            parent="guest",
            fields=["starts_at", "ends_at"],
            status_field="status",
            values=["pending", "confirmed"],
        ),
        Rule(
            kind="unique_together",
            entity="Category",
            statement="Names are unique below one parent",
            fields=["name", "shown"],
        ),
    ],
    adapters=[
        Adapter(
            kind="email",
            name="email",
            uses=[
                AdapterUse(entity="Loan", recipient=["member", "user"], statement="The member is told of the loan"),
                AdapterUse(
                    entity="Booking",
                    event="changed",
                    field="status",
                    value="confirmed",
                    recipient=["user"],
                    statement="The user is told that it is confirmed",
                ),
            ],
        ),
        Adapter(
            kind="sms",
            name="text_messages",
            provider="twilio",
            uses=[AdapterUse(entity="Booking", event="deleted", recipient=["guest"], statement="The guest is told")],
        ),
    ],
    page_size=10,
)


def rich_plan(stack: Stack) -> tuple[PlanAnswer, ProjectContext]:
    """The plan of the service, and what every code call of it shares."""
    request = "A library API"
    model = answer("domain_model", DomainModelInputs(request="An API for books"))
    assert isinstance(model, DomainModel)
    domain = model.model_copy(update={"entities": ENTITIES, "design": DESIGN})
    plan = answer("masterplan", MasterPlanInputs(request=request, domain=domain, stack=stack))
    assert isinstance(plan, PlanAnswer)
    project = ProjectContext(
        project_name=plan.project_name,
        description=plan.description,
        stack=stack,
        conventions=plan.conventions,
        entities=plan.entities,
        design=plan.design,
    )
    return plan, project
