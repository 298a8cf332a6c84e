"""Every requirement of a domain is covered by a task of the engine's plan, by one that speaks of it."""

from __future__ import annotations

import pytest

from integrations.llm.offline.engine import answer
from integrations.llm.offline.planner.covering import covered
from integrations.llm.requirements import requirements_of
from integrations.llm.shapes import DomainModel, DomainModelInputs, MasterPlanInputs, PlanAnswer, Requirement, TaskSpec
from planning.plan_checks import tasks_of, uncovered

REQUESTS = [
    "Create a REST API for task management with users, tasks and comments and log in. A comment has one author.",
    "Una API de una clínica con pacientes, médicos y citas. Un médico no tiene dos citas a la vez. Avisa por correo.",
]


def task(number: int, title: str) -> TaskSpec:
    return TaskSpec(
        id=f"task_{number:03}", title=title, description="", type="implementation", target_files=[f"app/{number}.py"]
    )


@pytest.mark.parametrize("request_text", REQUESTS)
@pytest.mark.parametrize("stack", ["fastapi", "django"])
def test_the_engines_plans_cover_what_the_domain_asks_for(request_text: str, stack: str) -> None:
    domain = answer("domain_model", DomainModelInputs(request=request_text))
    assert isinstance(domain, DomainModel)
    wanted = requirements_of(domain)
    inputs = MasterPlanInputs.model_validate(
        {"request": request_text, "domain": domain, "requirements": wanted, "stack": stack}
    )
    plan = answer("masterplan", inputs)
    assert isinstance(plan, PlanAnswer)
    assert len(wanted) >= 4
    assert uncovered(plan, wanted) == []
    for entity in domain.entities:
        files = [one.target_files[0] for one in tasks_of(plan) if f"entity_{entity.name}" in one.covers]
        assert any(entity.name.lower()[:5] in path for path in files), files


def test_a_requirement_goes_to_the_tasks_that_speak_most_of_it() -> None:
    tasks = [task(1, "Define the book table"), task(2, "Enforce the rules about books"), task(3, "Write the readme")]
    wanted = [Requirement(id="rule_a_book_has_one_isbn", text="A book has one isbn."), Requirement(id="x", text="Zzz.")]
    assert [one.covers for one in covered(tasks, wanted)] == [[], ["rule_a_book_has_one_isbn", "x"], []]
