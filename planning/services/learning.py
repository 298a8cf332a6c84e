"""What planning teaches memory: confirmed discoveries and approved modifications. Called after commit."""

from __future__ import annotations

import uuid

from common.models import PlanHistory
from integrations.memory.concluding import conclude_uses
from integrations.memory.learning import Lesson, remember
from integrations.models.learning import Outcome
from planning.memory_texts import paragraphs, pattern_lesson, request_text
from planning.models import DiscoveryDocument, ModificationProposal
from planning.states import DiscoveryStatus, ProposalStatus

CONFIRMED = [DiscoveryStatus.VALIDATED, DiscoveryStatus.COMPLETED]


def learn_discovery(discovery_id: uuid.UUID) -> None:
    """Remember what a confirmed discovery came to. A person's confirmation also judges what memory gave for it."""
    discovery = DiscoveryDocument.objects.filter(pk=discovery_id, status__in=CONFIRMED).first()
    if discovery is None:
        return
    industry = str((discovery.business_domain or {}).get("industry", ""))
    remember(
        [
            Lesson(
                "discovery_patterns",
                text=request_text(discovery.original_request),
                lesson=pattern_lesson(discovery),
                source_type="discovery",
                source_id=discovery.pk,
                plan=discovery.masterplans.order_by("created_at").values_list("pk", flat=True).first(),
                metadata={"industry": industry, "entities": len(discovery.entities), "language": discovery.language},
            )
        ]
    )
    if not discovery.unattended:
        changed = was_changed(discovery.pk)
        conclude_uses(
            used_for=discovery.pk,
            outcome=Outcome.FAILED if changed else Outcome.SUCCEEDED,
            ended_as="changed by hand" if changed else "confirmed as it was",
            purposes=["discovery_questions", "domain_model"],
        )


def was_changed(discovery_id: uuid.UUID) -> bool:
    """Whether somebody changed the domain model before it was confirmed. One query."""
    return PlanHistory.objects.filter(item_id=discovery_id, change_type="domain_model_changed").exists()


def learn_modification(proposal_id: uuid.UUID) -> None:
    """Remember an approved modification: what such a project was asked for after it was planned.

    Found by the request of its plan, so that the next plan of that kind anticipates it. For whoever approves.
    """
    proposal = ModificationProposal.objects.select_related("plan").filter(pk=proposal_id).first()
    if proposal is None or proposal.status != ProposalStatus.APPROVED:
        return
    plan, impact = proposal.plan, proposal.impact
    new_tasks = impact.get("new_tasks", [])
    parts = {
        "Project": [f"{plan.project_name}: {plan.original_request[:600]}"],
        "Later asked for": [part for part in (proposal.requirement, proposal.adjustment) if part],
        "New tasks": [str(task.get("title", task) if isinstance(task, dict) else task) for task in new_tasks]
        if isinstance(new_tasks, list)
        else [str(new_tasks)],
        "Extra hours": [str(impact.get("extra_hours", ""))],
    }
    remember(
        [
            Lesson(
                "masterplan_modifications",
                text=plan.original_request,
                lesson=paragraphs(parts),
                source_type="modification",
                source_id=proposal.pk,
                plan=plan.pk,
                metadata={"progress": float(plan.progress_percent), "stack": plan.stack},
            )
        ]
    )
