"""Asks a model what a modification does to a plan, until its answer can be applied and the result holds together."""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass

from integrations.llm.estimates import estimate_build
from integrations.llm.gateway import About, ask
from integrations.llm.purposes import DISCOVERY_QUESTIONS, IMPACT_ANALYSIS
from integrations.llm.shapes import DiscoveryQuestionsInputs, ImpactAnalysis, ImpactInputs, PlanAnswer, PlannedTask
from planning.criteria import to_prove_in
from planning.documents import answers_of, domain_model_of
from planning.errors import NothingToChange, PlanInvalid
from planning.limits import limits_in_force
from planning.models import MasterPlan, ModificationProposal, Task
from planning.plan_checks import new_problems, tasks_of, uncovered
from planning.plan_impact import Impact, impact_of
from planning.plan_modifying import modified_plan, unusable_parts
from planning.selectors.plans import project_context_of
from planning.services.asking import engine_options_of
from planning.services.revising import required_statements
from planning.services.versions import state_in

ASKS = 3
COMPLEX_WORDS = 60
"""A requirement of more words is asked about, as a request is."""


@dataclass(frozen=True)
class Analysed:
    """The plan as it would be, and what that touches."""

    plan: PlanAnswer
    impact: Impact


def analyse_impact(proposal: ModificationProposal) -> Analysed:
    """What the proposal's words do to its plan. Never inside a transaction.

    Raises ``NothingToChange``, ``PlanInvalid``, and the gateway's errors.
    """
    plan = MasterPlan.objects.select_related("discovery", "conversation").get(pk=proposal.plan_id)
    before = state_in(plan.pk, proposal.base_version)
    used = set(Task.objects.filter(plan=plan).values_list("short_id", flat=True))
    taken = used - {task.id for task in tasks_of(before)}
    analysis, after = _ask_until_sound(plan, proposal, before, _statuses(plan.pk), taken)
    found = analysed(plan, before, after, analysis)
    if found is None:
        raise _nothing(analysis)
    if not _is_complex(proposal):
        return found
    questions = _open_questions(plan, proposal)
    return Analysed(after, found.impact.model_copy(update={"questions": questions}))


def analysed(plan: MasterPlan, before: PlanAnswer, after: PlanAnswer, analysis: ImpactAnalysis) -> Analysed | None:
    """What ``analysis`` comes to for the tasks as they stand, with its cost; ``None`` for nothing. Two queries."""
    impact = impact_of(before, after, analysis, _statuses(plan.pk))
    if impact is None:
        return None
    written: Counter[str] = Counter(task.complexity for task in tasks_of(after) if task.id in impact.to_write)
    statements = required_statements(plan)
    lost = [one for one in uncovered(after, statements) if one not in uncovered(before, statements)]
    cost = str(estimate_build(written, criteria=to_prove_in(after, only=impact.to_write)).total)
    return Analysed(after, impact.model_copy(update={"estimated_cost_usd": cost, "uncovered": lost}))


def _statuses(plan_id: uuid.UUID) -> dict[str, str]:
    """Of the tasks that the plan has now, by short id. One query."""
    return dict(Task.objects.filter(plan_id=plan_id, left_in__isnull=True).values_list("short_id", "status"))


def _ask_until_sound(
    plan: MasterPlan, proposal: ModificationProposal, before: PlanAnswer, statuses: dict[str, str], taken: set[str]
) -> tuple[ImpactAnalysis, PlanAnswer]:
    problems: list[str] = []
    for attempt in range(1, ASKS + 1):
        reply = ask(
            IMPACT_ANALYSIS,
            _inputs(plan, proposal, before, statuses, problems),
            about=_about(plan),
            attempt=attempt,
            complexity="high",
            options=engine_options_of(plan.discovery),
        )
        problems = unusable_parts(before, reply.answer)
        if problems:
            continue
        after = modified_plan(before, reply.answer, taken=taken)
        problems = new_problems(before, after, limits_in_force(), [])
        if not problems:
            return reply.answer, after
    raise PlanInvalid(
        f"With this change the plan would not hold together: {problems[0]}",
        hint="Ask for the change in other words, or in smaller steps.",
        problems=problems[:50],
    )


def _inputs(
    plan: MasterPlan,
    proposal: ModificationProposal,
    before: PlanAnswer,
    statuses: dict[str, str],
    problems: list[str],
) -> ImpactInputs:
    return ImpactInputs(
        request=plan.original_request,
        requirement=proposal.requirement,
        adjustment=proposal.adjustment,
        project=project_context_of(plan),
        domain=domain_model_of(plan.discovery),
        tasks=[
            PlannedTask(task=task, status=statuses.get(task.id, "pending"), milestone=milestone.id)
            for phase in before.phases
            for milestone in phase.milestones
            for task in milestone.tasks
        ],
        limits=limits_in_force(),
        problems=problems[:50],
    )


def _is_complex(proposal: ModificationProposal) -> bool:
    return len(proposal.requirement.split()) > COMPLEX_WORDS and not proposal.adjustment


def _open_questions(plan: MasterPlan, proposal: ModificationProposal) -> list[str]:
    """A supplementary discovery: what is missing to understand the requirement, with the answer taken for granted."""
    inputs = DiscoveryQuestionsInputs(request=f"{plan.original_request}\n{proposal.requirement}")
    reply = ask(DISCOVERY_QUESTIONS, inputs, about=_about(plan), options=engine_options_of(plan.discovery))
    answered = {answer.question for answer in answers_of(plan.discovery)}
    return [
        f"{question.question} (taken for granted: {question.default})"
        for question in reply.answer.questions
        if question.question not in answered
    ]


def _nothing(analysis: ImpactAnalysis) -> NothingToChange:
    if analysis.not_understood:
        parts = "; ".join(part[:120] for part in analysis.not_understood[:3])
        return NothingToChange(
            f"It was not understood what should change: {parts}.",
            hint="Say what to add, change, rename or remove, for example: Add a price to the books.",
            not_understood=analysis.not_understood[:20],
        )
    return NothingToChange(
        "The plan does what was asked for already.", hint="Say what should be different from how it is."
    )


def _about(plan: MasterPlan) -> About:
    return About(conversation=plan.conversation_id, plan=plan.pk, trace_id=plan.trace_id)
