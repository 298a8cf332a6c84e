from __future__ import annotations

from integrations.llm.requirements import requirements_of
from integrations.llm.shapes import BusinessRule, Integration, Workflow
from tests.factories import domain_model


def rule(statement: str) -> BusinessRule:
    return BusinessRule(statement=statement, enforcement="service")


def test_entities_workflows_rules_and_services_are_to_be_covered_each_once() -> None:
    domain = domain_model().model_copy(
        update={
            "workflows": [Workflow(name="Task status", trigger="somebody", steps=["todo", "done"])],
            "business_rules": [rule("An e-mail is unique."), rule("An e-mail is unique."), rule("Ünïque títle")],
            "integrations": [Integration(name="Stripe", operations=["pay"])],
        }
    )
    assert [(one.id, one.text) for one in requirements_of(domain)] == [
        ("entity_Task", "Task"),
        ("workflow_task_status", "Task status; todo; done"),
        ("rule_an_e_mail_is_unique", "An e-mail is unique."),
        ("rule_unique_title", "Ünïque títle"),
        ("integration_stripe", "Stripe; pay"),
    ]


def test_ids_stay_short_and_apart_whatever_is_said_and_whatever_the_letters() -> None:
    said = ["a" * 200, "a" * 199 + "b", "规则一", "规则二", "x " * 100]
    ids = [one.id for one in requirements_of(domain_model().model_copy(update={"business_rules": [*map(rule, said)]}))]
    assert len(set(ids)) == 1 + len(said)
    assert all(len(one) <= 100 for one in ids)


def test_a_requirement_keeps_its_id_whatever_is_said_beside_it() -> None:
    alone = domain_model().model_copy(update={"business_rules": [rule("A task has one owner.")]})
    among = domain_model().model_copy(update={"business_rules": [rule("First."), rule("A task has one owner.")]})
    assert requirements_of(alone)[1] == requirements_of(among)[2]
