"""A whole project from a request by the offline engine, as a build asks for it, without database and queue."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from execution.output.infrastructure import ProjectFacts, infrastructure
from integrations.llm.offline.engine import answer
from integrations.llm.offline.project.stacks import stack_named
from integrations.llm.shapes import (
    AnsweredQuestion,
    DiscoveryQuestions,
    DiscoveryQuestionsInputs,
    DomainModel,
    DomainModelInputs,
    MasterPlanInputs,
    PlanAnswer,
    ProjectContext,
    Stack,
)

REQUESTS = Path(__file__).parent / "requests.toml"


@dataclass(frozen=True)
class KeptRequest:
    """A request of the kept set, and the stack that it is built with."""

    name: str
    stack: Stack
    text: str


@dataclass(frozen=True)
class WrittenProject:
    """The files of a project with its infrastructure, and how many tasks its plan has."""

    files: dict[str, str]
    tasks: int
    not_understood: list[str]


@cache
def kept_requests() -> tuple[KeptRequest, ...]:
    """The forty requests, in their order."""
    with REQUESTS.open("rb") as file:
        return tuple(KeptRequest(**entry) for entry in tomllib.load(file)["request"])


def write_project(request: KeptRequest) -> WrittenProject:
    """Discovery with the default answers, domain model, plan, every file, and what makes them runnable."""
    domain = _domain(request.text)
    plan = answer("masterplan", MasterPlanInputs(request=request.text, domain=domain, stack=request.stack))
    if not isinstance(plan, PlanAnswer):
        raise TypeError(f"a plan was expected, not {type(plan).__name__}")
    tasks = [task for phase in plan.phases for milestone in phase.milestones for task in milestone.tasks]
    project = ProjectContext(
        project_name=plan.project_name,
        description=plan.description,
        stack=plan.stack,
        entities=plan.entities,
        design=plan.design,
    )
    writers = stack_named(plan.stack).files(project)
    code = {path: writers[path]() for task in tasks for path in task.target_files}
    facts = ProjectFacts(name=plan.project_name, description=plan.description, stack=plan.stack)
    return WrittenProject({**infrastructure(facts, code), **code}, len(tasks), domain.not_understood)


def _domain(text: str) -> DomainModel:
    questions = answer("discovery_questions", DiscoveryQuestionsInputs(request=text))
    if not isinstance(questions, DiscoveryQuestions):
        raise TypeError(f"questions were expected, not {type(questions).__name__}")
    answers = [
        AnsweredQuestion(id=one.id, category=one.category, question=one.question, answer=one.default)
        for one in questions.questions
    ]
    domain = answer("domain_model", DomainModelInputs(request=text, answers=answers))
    if not isinstance(domain, DomainModel):
        raise TypeError(f"a domain model was expected, not {type(domain).__name__}")
    return domain
