"""The domain model beyond its records: areas, who supplies whom, workflows, and what people answered."""

from __future__ import annotations

from typing import Literal

import pytest

from integrations.llm.offline.engine import answer
from integrations.llm.offline.library import records
from integrations.llm.offline.library.areas import AREAS
from integrations.llm.shapes import AnsweredQuestion, DomainModel, DomainModelInputs, Workflow

SHOP = (
    "A shop API: customers place orders for products, orders have order items, invoices are paid with payments, and "
    "shipments are delivered by drivers. An order goes from pending to paid to shipped to delivered. "
    "Products have reviews."
)


def domain(request: str, **answers: str) -> DomainModel:
    said = [AnsweredQuestion(id=name, category="users", question="?", answer=text) for name, text in answers.items()]
    found = answer("domain_model", DomainModelInputs(request=request, answers=said))
    assert isinstance(found, DomainModel)
    return found


def contexts(request: str) -> dict[str, list[str]]:
    return {context.name: context.entities for context in domain(request).bounded_contexts}


def test_every_area_of_a_business_is_a_context_that_names_its_suppliers() -> None:
    found = domain(SHOP).bounded_contexts
    assert {context.name: (set(context.entities), set(context.upstream)) for context in found} == {
        "Customers": ({"Customer"}, set()),
        "Orders": ({"Order", "OrderItem"}, {"Customers", "Catalogue"}),
        "Catalogue": ({"Product", "Review"}, {"Customers"}),
        "Billing": ({"Invoice", "Payment"}, {"Customers", "Orders"}),
        "Shipping": ({"Shipment", "Driver"}, {"Orders"}),
    }
    assert all((context.relation == "customer_supplier") == bool(context.upstream) for context in found)
    orders = next(context for context in found if context.name == "Orders")
    assert orders.responsibilities[0] == "Keep orders complete and consistent"
    assert "An order goes from pending to paid to shipped to delivered." in orders.responsibilities


@pytest.mark.parametrize(
    ("request_text", "expected"),
    [
        ("users, tasks and comments", {"User Management": ["User", "Task", "Comment"]}),
        ("API for spaceships, planets and pilots", {"Spaceship Management": ["Spaceship", "Planet", "Pilot"]}),
        ("invoices and products", {"Invoice Management": ["Invoice", "Product"]}),
        (
            "Una tienda con productos, pedidos y facturas. Los usuarios inician sesión.",
            {"Catálogo": ["Product"], "Pedidos": ["Order"], "Facturación": ["Invoice"], "Cuentas": ["User"]},
        ),
    ],
)
def test_a_service_of_one_area_is_one_context(request_text: str, expected: dict[str, list[str]]) -> None:
    assert contexts(request_text) == expected


def test_areas_name_known_records_each_once() -> None:
    named = [name for area in AREAS for name in area.records]
    assert len(named) == len(set(named))
    assert set(named) <= set(records.KNOWN) | {"InvoiceItem"}


def workflow(request: str, name: str, **answers: str) -> Workflow:
    return next(flow for flow in domain(request, **answers).workflows if flow.name == name)


def test_a_status_goes_from_step_to_step_as_the_request_says() -> None:
    request = "Orders with a status (delivered, new or paid). An order goes from new to paid to delivered."
    found = workflow(request, "Order status")
    assert found.steps == ["new", "paid", "delivered"]
    assert found.trigger == "a change of the status (API user)"
    assert found.rules == ["An order goes from new to paid to delivered."]
    assert "422" in found.failure_scenarios[0]


def test_what_has_rules_and_no_status_is_made_step_by_step() -> None:
    found = workflow("A library with books, members and loans. A member has at most 3 loans.", "Make one loan")
    assert found.steps == ["find the book", "find the member", "check the rules", "store the loan"]
    assert found.rules[0] == "A member has at most 3 loans."
    names = [flow.name for flow in domain("API for authors and books").workflows]
    assert names == [], "what is only kept has no workflow"


def test_whoever_is_told_and_whoever_may_are_in_the_workflow() -> None:
    request = (
        "An API for members and loans. Users log in. Admins may do everything, users may only read. "
        "When a loan is created an email is sent to the member."
    )
    found = workflow(request, "Make one loan")
    assert found.trigger == "a request for one loan (admin)"
    assert found.steps[-1] == "tell the services outside"
    assert any("email is sent" in rule for rule in found.rules)


Question = Literal["status_changes", "users", "personal_data"]


def test_what_people_answer_in_their_own_words_is_used() -> None:
    request = "An API for orders and customers. Orders have a status: new, paid or sent."
    found = domain(
        request,
        status_changes="An order goes from new to paid to sent.",
        users="Two clerks at the counter",
        personal_data="Delete everything after a year",
    )
    assert [rule.kind for rule in found.design.rules] == ["transitions"]
    assert [user.role for user in found.business_domain.users] == ["Two clerks at the counter"]
    assert found.business_domain.regulations[-1] == "Delete everything after a year"
    assert found.not_understood == []


def test_an_answer_that_is_not_understood_is_said_to_be_so() -> None:
    found = domain("Orders have a status: new, paid or sent", status_changes="Ask the boss about it first")
    assert any("boss" in one for one in found.not_understood)


def test_proposed_answers_change_nothing() -> None:
    plain = domain("Orders of customers")
    same = domain("Orders of customers", status_changes="Yes, in any order.", users="")
    assert same == plain


def test_what_always_holds_is_said_in_the_language_of_the_request() -> None:
    found = domain("Crea una API de hotel con habitaciones, huéspedes y reservas.")
    assert [rule.statement for rule in found.business_rules] == [
        "El valor de number es único en cada room.",
        "El valor de email es único en cada guest.",
        "Cada reservation pertenece a su room, que debe existir.",
        "Cada reservation pertenece a su guest, que debe existir.",
        "En cada reservation, check out no es anterior a check in.",
    ]
    assert found.design.rules[0].statement == found.business_rules[-1].statement
