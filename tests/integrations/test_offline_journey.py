"""The real offline engine behind the real gateway: from a request to the code of a task, every answer in the ledger."""

from __future__ import annotations

import ast
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from integrations.llm.costs import discovery_spending
from integrations.llm.gateway import About, ask
from integrations.llm.purposes import DISCOVERY_QUESTIONS, DOMAIN_MODEL, MASTERPLAN, REPORT_SUMMARY, TASK_CODE
from integrations.llm.shapes import (
    AnsweredQuestion,
    DiscoveryQuestionsInputs,
    DomainModelInputs,
    MasterPlanInputs,
    ProjectContext,
    ReportInputs,
    TaskCodeInputs,
)
from integrations.models import LLMCall

pytestmark = pytest.mark.django_db

REQUEST = "An API for a library: books with title and isbn, authors with name, and loans of books to members."


def test_every_step_from_request_to_code_is_answered_for_nothing(configure: Callable[..., Any]) -> None:
    configure(llm_provider="offline")
    about = About(discovery=uuid.uuid4())
    questions = ask(DISCOVERY_QUESTIONS, DiscoveryQuestionsInputs(request=REQUEST), about=about).answer
    answers = [
        AnsweredQuestion(id=asked.id, category=asked.category, question=asked.question, answer=asked.default)
        for asked in questions.questions
    ]
    domain = ask(DOMAIN_MODEL, DomainModelInputs(request=REQUEST, answers=answers), about=about).answer
    plan = ask(MASTERPLAN, MasterPlanInputs(request=REQUEST, domain=domain), about=about).answer
    tasks = [task for phase in plan.phases for milestone in phase.milestones for task in milestone.tasks]
    project = ProjectContext(
        project_name=plan.project_name,
        description=plan.description,
        stack=plan.stack,
        conventions=plan.conventions,
        entities=plan.entities,
        design=plan.design,
        structure=sorted(path for task in tasks for path in task.target_files),
    )
    task = next(task for task in tasks if task.target_files[0].endswith(".py") and task.type == "implementation")
    code = ask(TASK_CODE, TaskCodeInputs(project=project, task=task), about=about, complexity=task.complexity).answer
    report = ReportInputs(project_name=plan.project_name, request=REQUEST, facts=["40 tests passed"])
    ask(REPORT_SUMMARY, report, about=about)

    assert {entity.name for entity in domain.entities} >= {"Book", "Author", "Loan", "Member"}
    assert [file.path for file in code.files] == task.target_files
    assert all(ast.parse(file.text) for file in code.files if file.path.endswith(".py"))
    spent = discovery_spending(about.discovery or uuid.uuid4())
    assert (spent.calls, spent.cost, spent.in_flight) == (5, Decimal(0), Decimal(0))
    assert set(LLMCall.objects.values_list("model", "error_code", "tokens_estimated")) == {("offline-1", "", True)}
