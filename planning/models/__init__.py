"""What is planned: from a conversation through a discovery to a plan and its versions."""

from planning.models.conversation import Conversation, Message, Workspace
from planning.models.discovery import DiscoveryDocument, DiscoveryQuestion
from planning.models.hierarchy import (
    Milestone,
    MilestoneDependency,
    Phase,
    PhaseDependency,
    Subtask,
    Task,
    TaskDependency,
)
from planning.models.masterplan import MasterPlan
from planning.models.versions import ExecutionSnapshot, ModificationProposal, PlanVersion

__all__ = [
    "Conversation",
    "DiscoveryDocument",
    "DiscoveryQuestion",
    "ExecutionSnapshot",
    "MasterPlan",
    "Message",
    "Milestone",
    "MilestoneDependency",
    "ModificationProposal",
    "Phase",
    "PhaseDependency",
    "PlanVersion",
    "Subtask",
    "Task",
    "TaskDependency",
    "Workspace",
]
