"""What requests say besides their records, in English and Spanish: access, rules, limits, services outside."""

from __future__ import annotations

import pytest

from integrations.llm.design import Rule
from integrations.llm.offline.engine import answer
from integrations.llm.shapes import (
    DiscoveryQuestions,
    DiscoveryQuestionsInputs,
    DomainModel,
    DomainModelInputs,
    FieldSchema,
)


def domain(text: str) -> DomainModel:
    model = answer("domain_model", DomainModelInputs(request=text))
    assert isinstance(model, DomainModel)
    return model


def permissions(text: str) -> dict[str, str]:
    """``role entity`` to operations; own ones with the way to the account."""
    found: dict[str, str] = {}
    for one in domain(text).design.permissions:
        own = f" own:{'.'.join(one.owner)}" if one.own_only else ""
        key = f"{one.role} {one.entity}"
        found[key] = "; ".join(filter(None, [found.get(key, ""), "/".join(one.operations) + own]))
    return found


def rules(text: str) -> list[Rule]:
    return domain(text).design.rules


def field(text: str, entity: str, name: str) -> FieldSchema:
    schema = next(one for one in domain(text).entities if one.name == entity)
    return next(one for one in schema.fields if one.name == name)


# -- access ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["API for tasks", "API for users and tasks", "Crea una API de tareas y usuarios"])
def test_nothing_is_designed_that_nobody_asks_for(text: str) -> None:
    design = domain(text).design
    assert design.authentication is None
    assert (design.roles, design.permissions, design.rules, design.adapters) == ([], [], [], [])


@pytest.mark.parametrize(
    "text",
    [
        "API for tasks with JWT login",
        "Crea una API de tareas con inicio de sesión",
        "API for tasks. Users have a name, an email and a password",
        "API for tasks. People log in with a password",
    ],
)
def test_who_asks_for_login_gets_accounts(text: str) -> None:
    model = domain(text)
    authentication = model.design.authentication
    assert authentication is not None
    assert (authentication.user, authentication.login_field, authentication.role_field) == ("User", "email", "role")
    assert [(role.name, role.everything) for role in model.design.roles] == [("admin", True), ("user", False)]
    account = next(one for one in model.entities if one.name == "User")
    assert {one.name for one in account.fields} & {"password", "contrasena"} == set()
    assert next(one for one in account.fields if one.name == "email").unique


def test_users_see_only_their_own_tasks() -> None:
    assert permissions("Tasks with login: users can only see their own tasks") == {
        "user Task": "list/read/create/update/delete own:user",
        "user User": "list/read/update own:",
    }


def test_roles_of_a_library_in_english() -> None:
    found = permissions(
        "API for members, books and loans. Librarians can manage books and loans; members can only see their own loans."
    )
    assert found["librarian Loan"] == "list/read/create/update/delete"
    assert found["librarian Member"] == "list/read"
    assert found["member Loan"] == "list/read own:member.user"
    assert found["member Book"] == "list/read"
    assert found["member User"] == "list/read/update own:"


def test_roles_of_a_clinic_in_spanish() -> None:
    found = permissions(
        "Clínica con pacientes, médicos y citas. Los pacientes solo pueden ver sus propias citas, los médicos pueden "
        "ver y modificar sus citas y los recepcionistas pueden gestionar citas y pacientes."
    )
    assert found["patient Appointment"] == "list/read own:patient.user"
    assert found["doctor Appointment"] == "list/read/update own:doctor.user"
    assert found["receptionist Appointment"] == "list/read/create/update/delete"
    assert found["receptionist Doctor"] == "list/read"


def test_verbs_belong_to_the_records_behind_them() -> None:
    found = permissions(
        "Blog with posts and comments. Editors can create and edit posts; "
        "users can create comments and delete their own comments."
    )
    assert found["editor Post"] == "list/read/create/update"
    assert found["user Comment"] == "list/read/create/delete own:user"


def test_only_admins_means_nobody_else() -> None:
    found = permissions("API for courses and students. Roles: admin and teacher. Only admins can delete courses.")
    assert "delete" not in found["teacher Course"]


def test_somebody_may_always_do_everything() -> None:
    roles = domain("API for tasks. Editors can manage tasks").design.roles
    assert [(role.name, role.everything) for role in roles] == [("admin", True), ("editor", False)]


def test_everything_is_not_a_task() -> None:
    model = domain("Tienda con clientes y pedidos. Los administradores pueden gestionar todo")
    assert "Task" not in {entity.name for entity in model.entities}


# -- rules -------------------------------------------------------------------------------------------------------------

LIBRARY = "API for members, books and loans. A loan has a loan date, a due date and a return date. "
TIENDA = "Tienda con clientes, productos, pedidos y líneas de pedido. "


@pytest.mark.parametrize(
    "text",
    [
        "A member can have at most 5 loans at the same time",
        "Un socio puede tener como máximo 5 préstamos a la vez",
    ],
)
def test_at_most_so_many_at_a_time(text: str) -> None:
    rule = next(one for one in rules(LIBRARY + text) if one.kind == "at_most")
    assert (rule.entity, rule.parent, rule.limit, rule.open_field) == ("Loan", "member", 5, "returned_on")
    assert rule.statement == f"{text}."


@pytest.mark.parametrize(
    ("text", "entity", "field_name"),
    [
        ("Events and attendees. An event cannot have more attendees than its capacity", "Attendee", "capacity"),
        ("Eventos y asistentes. Un evento no puede tener más asistentes que su aforo", "Attendee", "capacity"),
    ],
)
def test_no_more_than_a_field_says(text: str, entity: str, field_name: str) -> None:
    rule = next(one for one in rules(text) if one.kind == "at_most")
    assert (rule.entity, rule.limit, rule.limit_field) == (entity, None, field_name)


@pytest.mark.parametrize(
    "text",
    [
        "An order goes from pending to paid, then shipped and delivered",
        "Un pedido pasa de pendiente a pagado, luego enviado y entregado",
    ],
)
def test_a_status_changes_step_by_step(text: str) -> None:
    rule = next(one for one in rules(TIENDA + text) if one.kind == "transitions")
    steps = {step.before: step.after for step in rule.transitions}
    assert (rule.entity, rule.status_field) == ("Order", "status")
    assert steps["pending"] == ["paid", "cancelled"]
    assert steps["delivered"] == steps["cancelled"] == []


@pytest.mark.parametrize(
    "text",
    ["Paid orders cannot be changed", "Los pedidos pagados no se pueden modificar", "A paid order can not be deleted"],
)
def test_records_of_a_status_stay_as_they_are(text: str) -> None:
    found = [one for one in rules(TIENDA + text) if one.kind == "frozen"]
    assert [(one.entity, one.status_field, one.values) for one in found] == [("Order", "status", ["paid"])]


@pytest.mark.parametrize("text", ["We cannot sell more than the stock", "No se puede vender más del stock disponible"])
def test_stock_is_not_oversold(text: str) -> None:
    rule = next(one for one in rules(TIENDA + text) if one.kind == "stock")
    assert (rule.entity, rule.parent, rule.stock_field, rule.amount_field) == (
        "OrderItem", "product", "stock", "quantity",
    )  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["Reservations of the same room cannot overlap", "Las reservas de una habitación no se pueden solapar"],
)
def test_periods_do_not_overlap(text: str) -> None:
    rule = next(one for one in rules(f"Rooms, guests and reservations. {text}") if one.kind == "no_overlap")
    assert (rule.entity, rule.parent, rule.fields) == ("Reservation", "room", ["check_in", "check_out"])
    assert rule.values == ["pending", "confirmed"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Students, courses and enrollments. A student cannot enroll twice in the same course", ["student", "course"]),
        ("Pacientes, médicos y citas. Un médico no puede tener dos citas a la misma hora", ["doctor", "starts_at"]),
        ("Movies, users and reviews. A user can review a movie only once", ["movie", "user"]),
    ],
)
def test_things_that_happen_once(text: str, names: list[str]) -> None:
    rule = next(one for one in rules(text) if one.kind == "unique_together")
    assert rule.fields == names


@pytest.mark.parametrize("text", ["Appointments cannot be in the past", "Las citas no pueden ser en el pasado"])
def test_nothing_begins_in_the_past(text: str) -> None:
    rule = next(one for one in rules(f"Patients and appointments. {text}") if one.kind == "not_past")
    assert (rule.entity, rule.fields) == ("Appointment", ["starts_at"])


def test_the_order_of_two_dates_is_said_either_way() -> None:
    for text in (
        "The end date must be after the start date",
        "La fecha de fin debe ser posterior a la fecha de inicio",
    ):
        found = rules(f"Projects have a name, a start date and an end date. {text}")
        assert [(one.kind, one.fields) for one in found] == [("order", ["start_date", "end_date"])]


def test_a_rule_that_is_not_understood_is_said() -> None:
    text = "API for tasks. Tasks must never be assigned on a full moon"
    assert domain(text).not_understood == [
        "This rule was not understood and is not enforced: «Tasks must never be assigned on a full moon»"
    ]
    assert domain("API de tareas. Las tareas no pueden brillar de noche").not_understood == [
        "No se entendió esta regla y no se aplica: «Las tareas no pueden brillar de noche»"
    ]


# -- limits on values --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "minimum", "maximum", "more_than"),
    [
        ("The price must be greater than zero", None, None, 0),
        ("El precio debe ser mayor que cero", None, None, 0),
        ("The price must be positive", None, None, 0),
        ("The price must be between 1 and 500", 1, 500, None),
        ("El precio debe estar entre 1 y 500", 1, 500, None),
        ("The price must be at least 10", 10, None, None),
        ("The price cannot exceed 90", 0, 90, None),
    ],
)
def test_limits_on_numbers(text: str, minimum: int | None, maximum: int | None, more_than: int | None) -> None:
    price = field(f"Products have a name and a price. {text}", "Product", "price")
    assert (price.minimum, price.maximum, price.more_than) == (minimum, maximum, more_than)


def test_the_form_of_texts() -> None:
    plate = field("Los vehículos tienen una matrícula de 4 números y 3 letras y un año", "Vehicle", "plate")
    assert (plate.pattern, plate.max_length, plate.unique) == ("[0-9]{4}[A-Z]{3}", 7, True)
    title = field("Tasks have a title. The title must have at least 5 characters", "Task", "title")
    assert title.min_length == 5
    nombre = field("Las recetas tienen nombre de al menos 5 caracteres y raciones", "Recipe", "name")
    assert nombre.min_length == 5


# -- services outside --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Send an email when an order is placed", ("email", "Order", "created", "", ["customer"])),
        ("Enviar un correo al cliente cuando se paga un pedido", ("email", "Order", "changed", "paid", ["customer"])),
        ("Charge with Stripe when an order is created", ("payment", "Order", "created", "", [])),
        ("Call a webhook when a product is deleted", ("webhook", "Product", "deleted", "", [])),
        ("Avisar por SMS al cliente cuando se envía un pedido", ("sms", "Order", "changed", "shipped", ["customer"])),
    ],
)
def test_what_is_called_when(text: str, expected: tuple[str, str, str, str, list[str]]) -> None:
    adapter = domain(TIENDA + text).design.adapters[0]
    use = adapter.uses[0]
    assert (adapter.kind, use.entity, use.event, use.value, use.recipient) == expected


def test_each_service_of_a_sentence_has_its_own_moment() -> None:
    text = "Charge with Stripe when an order is created and send an email when an order is shipped."
    adapters = domain(TIENDA + text).design.adapters
    assert [(one.name, one.provider, one.uses[0].event, one.uses[0].value) for one in adapters] == [
        ("payment", "stripe", "created", ""), ("email", "", "changed", "shipped"),
    ]  # fmt: skip


def test_a_service_that_nothing_calls_is_not_built_and_that_is_said() -> None:
    model = domain("API for notes with SMS")
    assert model.design.adapters == []
    assert any(text.startswith("sms: nothing in the request says when") for text in model.not_understood)


def test_the_size_of_pages() -> None:
    assert domain("API for notes. 50 per page").design.page_size == 50
    assert domain("API de notas. Páginas de 25").design.page_size == 25


def test_what_was_understood_is_said_back_in_the_language_of_the_request() -> None:
    text = (
        "Tienda con clientes y pedidos. Los clientes solo pueden ver sus pedidos. Los pedidos pagados no se pueden "
        "modificar. Cobrar con Stripe cuando se crea un pedido."
    )
    asked = answer("discovery_questions", DiscoveryQuestionsInputs(request=text))
    assert isinstance(asked, DiscoveryQuestions)
    assert "Se entra con email y contraseña. Roles: admin, customer;" in asked.understood
    assert "Reglas: Los pedidos pagados no se pueden modificar." in asked.understood
    assert asked.understood.endswith("Servicios externos: stripe.")
    assert asked.not_understood == []


def test_the_order_of_a_status_is_not_asked_when_it_is_said() -> None:
    def asked(text: str) -> set[str]:
        found = answer("discovery_questions", DiscoveryQuestionsInputs(request=text))
        assert isinstance(found, DiscoveryQuestions)
        return {question.id for question in found.questions}

    assert "status_changes" in asked("API for orders")
    assert "status_changes" not in asked("API for orders. An order goes from pending to paid and then shipped")


def test_roles_are_the_users_of_the_domain() -> None:
    users = domain("API for tasks. Editors can manage tasks").business_domain.users
    assert [user.role for user in users] == ["admin", "editor"]
    assert "list/read/create/update/delete Task" in users[1].needs
