"""Makes the plan of a validated discovery: one structured call, checked, asked again when it does not hold, stored."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from decimal import Decimal
from typing import Any

from django.db import IntegrityError

from common.actors import Actor
from common.changes import StreamKey, change, emit, remember
from common.flag_overrides import flags_in_force
from common.transitions import transition
from integrations.llm.estimates import Estimate, estimate_build, keep_estimate
from integrations.llm.gateway import Reply
from integrations.llm.requirements import requirements_of
from integrations.llm.shapes import MasterPlanInputs, PlanAnswer
from integrations.memory.concluding import belongs_to
from integrations.models import CostEstimate
from planning.criteria import to_prove_in
from planning.documents import answers_of, domain_model_of
from planning.errors import PlanInvalid, WorkspaceBusy
from planning.execution_modes import choose_mode
from planning.expectation import Expectation
from planning.limits import limits_in_force
from planning.models import DiscoveryDocument, MasterPlan
from planning.plan_checks import problems_of, tasks_of
from planning.services.asking import ask_for, spending_fields, tokens_of
from planning.services.claims import Claim, claimed
from planning.services.discovery import discovery_with
from planning.services.estimates import estimates_of
from planning.services.finding import Finder, names_of_plan
from planning.services.plan_rows import create_plan_rows
from planning.services.precedents import Precedents, precedents_of
from planning.services.versions import first_version
from planning.services.workspaces import require_free
from planning.stacks import stack_of
from planning.states import DiscoveryStatus

ASKS = 3


def generate_plan(discovery_id: uuid.UUID) -> MasterPlan:
    """The plan of a validated discovery, made as a draft in one call; the stored one when it was made before.

    Raises ``NotFound``, ``StepNotPossible``, ``StepUnderWay``, ``WorkspaceBusy``, ``PlanInvalid`` and the gateway's
    errors; the latter three are kept on the discovery.
    """
    discovery = discovery_with(discovery_id)
    if discovery.status == DiscoveryStatus.COMPLETED:
        return MasterPlan.objects.filter(discovery=discovery).earliest("created_at")
    with claimed(discovery_id, status=DiscoveryStatus.VALIDATED) as claim:
        started = time.monotonic()
        require_free(discovery.workspace)
        estimates = estimates_of("masterplan")
        emit(discovery.event_stream(), "masterplan_generation_start", {"discovery_id": str(discovery_id), **estimates})
        precedents = precedents_of(discovery)
        finder = Finder(discovery.event_stream(), "masterplan_entity_discovered", names_of_plan)
        replies = _ask_first(discovery, precedents, finder)
        plan = _store(claim, replies, precedents.expectation, finder, seconds=time.monotonic() - started)
    belongs_to(used_for=discovery_id, plan=plan.pk)
    return plan


def _ask_first(discovery: DiscoveryDocument, precedents: Precedents, finder: Finder) -> list[Reply[PlanAnswer]]:
    stack = stack_of(
        asked=discovery.stack,
        request=discovery.original_request,
        answers=answers_of(discovery),
        recommended=precedents.expectation.recommended_stack,
    )
    domain = domain_model_of(discovery)
    inputs = MasterPlanInputs(
        request=discovery.original_request,
        domain=domain,
        requirements=requirements_of(domain),
        stack=stack,
        limits=limits_in_force(),
        memory=precedents.memory,
    )
    return ask_until_sound(discovery, inputs, stream=discovery.event_stream(), finder=finder)


def ask_until_sound(
    discovery: DiscoveryDocument, inputs: MasterPlanInputs, *, stream: StreamKey, finder: Finder | None = None
) -> list[Reply[PlanAnswer]]:
    """Replies, the last of which holds a plan without problems; ``stream`` is told. Raises ``PlanInvalid``."""
    replies: list[Reply[PlanAnswer]] = []
    problems: list[str] = []
    for attempt in range(1, ASKS + 1):
        asked = inputs.model_copy(update={"problems": problems[:50]})
        reply = ask_for(
            discovery,
            "masterplan",
            asked,
            event_type="masterplan_tokens_progress",
            attempt=attempt,
            stream=stream,
            finder=finder,
        )
        replies.append(reply)
        _tell_counts(stream, "masterplan_parsing_complete", reply.answer)
        _tell_counts(stream, "masterplan_validation_start", reply.answer)
        problems = problems_of(reply.answer, inputs.limits, inputs.requirements)
        if not problems:
            return replies
    raise PlanInvalid(
        f"The plan still has {len(problems)} problems after {ASKS} tries: {problems[0]}",
        hint="Try again, or make the request smaller or clearer.",
        problems=problems[:50],
    )


def _store(
    claim: Claim, replies: list[Reply[PlanAnswer]], expectation: Expectation, finder: Finder, *, seconds: float
) -> MasterPlan:
    answer = replies[-1].answer
    _tell_counts(claim.discovery.event_stream(), "masterplan_saving_start", answer)
    complexities: Counter[str] = Counter(task.complexity for task in tasks_of(answer))
    expected = estimate_build(complexities, criteria=to_prove_in(answer))
    try:
        with change():
            held = claim.held()
            plan = _plan(held, replies, expected, expectation)
            keep_estimate(plan.pk, CostEstimate.Moment.MADE, expected)
            create_plan_rows(plan, answer)
            first_version(plan, answer)
            actor = Actor("llm", replies[-1].model, replies[-1].model)
            _spend(held, replies)
            transition(held, DiscoveryStatus.COMPLETED, actor=actor, claim=None, claim_expires=None)
            finder.finish(answer)
            _tell_made(plan, answer, expectation, actor=actor, seconds=seconds)
            return plan
    except IntegrityError as error:
        if "one_unfinished_plan_per_workspace" not in str(error):
            raise
        raise WorkspaceBusy(
            "Another plan was made in this workspace meanwhile.", hint="Finish or cancel it, then try again."
        ) from error


def _plan(
    discovery: DiscoveryDocument, replies: list[Reply[PlanAnswer]], expected: Estimate, expectation: Expectation
) -> MasterPlan:
    answer = replies[-1].answer
    tasks = tasks_of(answer)
    minutes = sum(task.estimated_minutes for task in tasks)
    return MasterPlan.objects.create(
        workspace_id=discovery.workspace_id,
        conversation_id=discovery.conversation_id,
        discovery=discovery,
        owner_id=discovery.owner_id,
        project_name=answer.project_name,
        description=answer.description,
        original_request=discovery.original_request,
        stack=answer.stack,
        business_logic=answer.business_logic,
        entities=[entity.model_dump(mode="json") for entity in answer.entities],
        design=answer.design.model_dump(mode="json"),
        conventions=answer.conventions,
        execution_mode=choose_mode(asked=discovery.execution_mode, owner=discovery.owner, flags=flags_in_force()).mode,
        mode_asked=bool(discovery.execution_mode),
        unattended=discovery.unattended,
        engine_options=discovery.engine_options,
        total_tasks=len(tasks),
        estimated_minutes=minutes,
        expectation=expectation.as_json(),
        estimated_cost=expected.total,
        generation_cost=discovery.cost + sum((reply.cost for reply in replies), Decimal(0)),
        generation_tokens=discovery.tokens + sum(tokens_of(reply) for reply in replies),
        trace_id=discovery.trace_id,
    )


def _spend(discovery: DiscoveryDocument, replies: list[Reply[PlanAnswer]]) -> None:
    """Adds what the replies cost."""
    for reply in replies:
        DiscoveryDocument.objects.filter(pk=discovery.pk).update(**spending_fields(reply))


def _counts(answer: PlanAnswer) -> dict[str, int]:
    return {
        "phases": len(answer.phases),
        "milestones": sum(len(phase.milestones) for phase in answer.phases),
        "tasks": len(tasks_of(answer)),
        "subtasks": sum(len(task.subtasks) for task in tasks_of(answer)),
    }


def _tell_counts(stream: StreamKey, event_type: str, answer: PlanAnswer) -> None:
    emit(stream, event_type, {"counts": _counts(answer)})


def _tell_made(plan: MasterPlan, answer: PlanAnswer, expectation: Expectation, *, actor: Actor, seconds: float) -> None:
    conversation = ("conversation", plan.conversation_id)
    remember(
        plan_id=plan.pk,
        change_type="plan_created",
        actor=actor,
        item_type="masterplan",
        item_id=plan.pk,
        item_label=plan.project_name,
        after={"status": plan.status, **_counts(answer)},
    )
    made: dict[str, Any] = {"masterplan_id": str(plan.pk), "status": plan.status, "by": actor.name, "reason": ""}
    emit(conversation, "masterplan_created", made)
    emit(plan.event_stream(), "masterplan_created", made)
    emit(
        conversation,
        "masterplan_generation_complete",
        {
            "masterplan_id": str(plan.pk),
            "totals": _counts(answer),
            "generation_cost_usd": str(plan.generation_cost),
            "duration_seconds": round(seconds, 3),
            "estimates": {
                "minutes": plan.estimated_minutes,
                "corrected_minutes": expectation.corrected(plan.estimated_minutes),
                "cost_usd": str(plan.estimated_cost),
            },
            "expectation": expectation.shown(estimated_minutes=plan.estimated_minutes),
        },
    )
