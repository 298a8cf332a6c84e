"""What each part of a plan has cost: sums over the ledger, from tasks upwards."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from integrations.llm.costs import cost_by_task
from planning.models import MasterPlan


@dataclass
class Part:
    """A phase, milestone or task with its dollars, which are those of its parts together."""

    short_id: str
    name: str
    cost: Decimal = Decimal(0)
    parts: list[Part] = field(default_factory=list)


@dataclass(frozen=True)
class CostTree:
    """``elsewhere`` is what belongs to no task: the report's words, for example. All together is the plan's sum."""

    phases: list[Part]
    elsewhere: Decimal

    @property
    def total(self) -> Decimal:
        return sum((phase.cost for phase in self.phases), self.elsewhere)


def cost_tree(plan: MasterPlan) -> CostTree:
    """Dollars of every phase, milestone and task, in the order of the plan. Two queries."""
    spent = cost_by_task(plan.pk)
    phases: dict[str, Part] = {}
    milestones: dict[str, Part] = {}
    for task in plan.tasks.select_related("milestone__phase").order_by("number").defer("draft"):
        cost = spent.pop(task.pk, Decimal(0))
        milestone_row, phase_row = task.milestone, task.milestone.phase
        phase = phases.setdefault(phase_row.short_id, Part(phase_row.short_id, phase_row.name))
        if milestone_row.short_id not in milestones:
            milestones[milestone_row.short_id] = Part(milestone_row.short_id, milestone_row.name)
            phase.parts.append(milestones[milestone_row.short_id])
        milestone = milestones[milestone_row.short_id]
        milestone.parts.append(Part(task.short_id, task.title, cost))
        milestone.cost += cost
        phase.cost += cost
    return CostTree(list(phases.values()), sum(spent.values(), Decimal(0)))
