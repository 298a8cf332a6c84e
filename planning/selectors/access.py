"""Who may see and control what: owners their own, staff see everything, others find nothing (404).

Controlling what belongs to others is for superusers: staff who are not get ``NotPermitted``.
"""

from __future__ import annotations

import uuid
from typing import TypeVar

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Model, QuerySet

from common.errors import NotFound, NotPermitted
from planning.models import Conversation, DiscoveryDocument, MasterPlan, ModificationProposal, Task, Workspace

Row = TypeVar("Row", bound=Model)
Person = User | AnonymousUser


def workspaces_for(user: Person) -> QuerySet[Workspace]:
    return _visible(Workspace.objects.select_related("owner"), user)


def conversations_for(user: Person) -> QuerySet[Conversation]:
    return _visible(Conversation.objects.select_related("owner"), user)


def discoveries_for(user: Person) -> QuerySet[DiscoveryDocument]:
    return _visible(DiscoveryDocument.objects.select_related("owner", "conversation", "workspace"), user)


def plans_for(user: Person) -> QuerySet[MasterPlan]:
    return _visible(MasterPlan.objects.select_related("owner"), user)


def tasks_for(user: Person) -> QuerySet[Task]:
    return _visible(Task.objects.select_related("plan", "milestone"), user, owner="plan__owner")


def workspace_for_user(user: Person, workspace_id: uuid.UUID, *, control: bool = False) -> Workspace:
    workspace = _found(workspaces_for(user), workspace_id, "workspace")
    return _allowed(workspace, workspace.owner_id, user, control)


def conversation_for(user: Person, conversation_id: uuid.UUID, *, control: bool = False) -> Conversation:
    conversation = _found(conversations_for(user), conversation_id, "conversation")
    return _allowed(conversation, conversation.owner_id, user, control)


def discovery_for(user: Person, discovery_id: uuid.UUID, *, control: bool = False) -> DiscoveryDocument:
    discovery = _found(discoveries_for(user), discovery_id, "discovery")
    return _allowed(discovery, discovery.owner_id, user, control)


def plan_for(user: Person, plan_id: uuid.UUID, *, control: bool = False) -> MasterPlan:
    """The plan, when ``user`` may see it (or ``control`` it). One query. Raises ``NotFound``, ``NotPermitted``."""
    plan = _found(plans_for(user), plan_id, "plan")
    return _allowed(plan, plan.owner_id, user, control)


def task_for(user: Person, task_id: uuid.UUID, *, control: bool = False) -> Task:
    task = _found(tasks_for(user), task_id, "task")
    return _allowed(task, task.plan.owner_id, user, control)


def modification_for(user: Person, proposal_id: uuid.UUID, *, control: bool = False) -> ModificationProposal:
    rows = ModificationProposal.objects.select_related("plan", "requested_by")
    proposal = _found(_visible(rows, user, owner="plan__owner"), proposal_id, "modification")
    return _allowed(proposal, proposal.plan.owner_id, user, control)


def _visible(rows: QuerySet[Row], user: Person, owner: str = "owner") -> QuerySet[Row]:
    if not user.is_authenticated:
        return rows.none()
    return rows if user.is_staff else rows.filter(**{owner: user})


def _found(rows: QuerySet[Row], row_id: uuid.UUID, kind: str) -> Row:
    row = rows.filter(pk=row_id).first()
    if row is None:
        raise NotFound(f"There is no such {kind}, or it is not yours.")
    return row


def _allowed(row: Row, owner_id: int, user: Person, control: bool) -> Row:
    if control and owner_id != user.pk and not user.is_superuser:
        raise NotPermitted("Only its owner may change it.")
    return row
