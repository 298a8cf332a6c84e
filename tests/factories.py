"""Rows for tests: people, workspaces, conversations, discoveries, plans, tasks. Shared by all."""

from __future__ import annotations

import importlib
import uuid
from typing import Any, Literal

from django.contrib.auth.models import User

from integrations.llm.shapes import (
    Aggregate,
    BoundedContext,
    BusinessDomain,
    DomainModel,
    EntitySchema,
    Export,
    FieldSchema,
    MilestoneSpec,
    Need,
    PhaseSpec,
    PlanAnswer,
    SubtaskSpec,
    TaskSpec,
)
from planning.documents import columns_of
from planning.models import (
    Conversation,
    DiscoveryDocument,
    DiscoveryQuestion,
    MasterPlan,
    Milestone,
    Phase,
    PlanVersion,
    Subtask,
    Task,
    TaskDependency,
    Workspace,
)
from planning.services.plan_rows import create_plan_rows
from planning.states import DiscoveryStatus

# factory_boy says that it is typed, and is not: a factory's call gives the model, which it cannot express.
factory: Any = importlib.import_module("factory")
DjangoModelFactory: Any = importlib.import_module("factory.django").DjangoModelFactory

PhaseKind = Literal["setup", "core", "polish"]
REQUEST = "Create a REST API for tasks with users and comments"


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda number: f"person{number}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.org")
    password = factory.django.Password(None)  # nobody signs in with it: hashing one takes as long as ten tests


class StaffFactory(UserFactory):
    username = factory.Sequence(lambda number: f"staff{number}")
    is_staff = True


class WorkspaceFactory(DjangoModelFactory):
    class Meta:
        model = Workspace

    owner = factory.SubFactory(UserFactory)
    name = factory.Sequence(lambda number: f"Workspace {number}")
    slug = factory.Sequence(lambda number: f"workspace-{number}")


class ConversationFactory(DjangoModelFactory):
    class Meta:
        model = Conversation

    workspace = factory.SubFactory(WorkspaceFactory)
    owner = factory.SelfAttribute("workspace.owner")
    title = "A conversation"


class DiscoveryFactory(DjangoModelFactory):
    """In any status: the domain model is there already, harmless where it is not looked at."""

    class Meta:
        model = DiscoveryDocument

    conversation = factory.SubFactory(ConversationFactory)
    workspace = factory.SelfAttribute("conversation.workspace")
    owner = factory.SelfAttribute("conversation.owner")
    original_request = REQUEST
    trace_id = factory.LazyFunction(lambda: uuid.uuid4().hex)

    @classmethod
    def _create(cls, model_class: type[DiscoveryDocument], *args: Any, **kwargs: Any) -> DiscoveryDocument:
        discovery: DiscoveryDocument = super()._create(model_class, *args, **{**columns_of(domain_model()), **kwargs})
        return discovery


class DiscoveryQuestionFactory(DjangoModelFactory):
    class Meta:
        model = DiscoveryQuestion

    discovery = factory.SubFactory(DiscoveryFactory)
    key = factory.Sequence(lambda number: f"question_{number}")
    position = factory.Sequence(lambda number: number)
    category = "users"
    question = "Who uses it?"
    default = "Everybody"


class MasterPlanFactory(DjangoModelFactory):
    """A draft without phases; see ``make_plan`` for one with everything below it."""

    class Meta:
        model = MasterPlan

    discovery = factory.SubFactory(DiscoveryFactory, status=DiscoveryStatus.COMPLETED)
    conversation = factory.SelfAttribute("discovery.conversation")
    workspace = factory.SelfAttribute("discovery.workspace")
    owner = factory.SelfAttribute("discovery.owner")
    project_name = "Task tracker"
    description = "Tasks with comments"
    original_request = REQUEST
    stack = "fastapi"
    trace_id = factory.SelfAttribute("discovery.trace_id")


class PhaseFactory(DjangoModelFactory):
    class Meta:
        model = Phase

    plan = factory.SubFactory(MasterPlanFactory)
    number = factory.Sequence(lambda number: number + 1)
    short_id = factory.LazyAttribute(lambda phase: f"phase_{phase.number:02}")
    type = Phase.Type.CORE
    name = "Core"


class MilestoneFactory(DjangoModelFactory):
    class Meta:
        model = Milestone

    phase = factory.SubFactory(PhaseFactory)
    plan = factory.SelfAttribute("phase.plan")
    number = factory.Sequence(lambda number: number + 1)
    short_id = factory.LazyAttribute(lambda milestone: f"milestone_{milestone.number:02}")
    name = "Models"


class TaskFactory(DjangoModelFactory):
    class Meta:
        model = Task

    milestone = factory.SubFactory(MilestoneFactory)
    plan = factory.SelfAttribute("milestone.plan")
    number = factory.Sequence(lambda number: number + 1)
    short_id = factory.LazyAttribute(lambda task: f"task_{task.number:03}")
    title = factory.LazyAttribute(lambda task: f"Write file {task.number}")
    type = Task.Type.IMPLEMENTATION
    estimated_minutes = 10
    story_points = 1
    target_files = factory.LazyAttribute(lambda task: [f"app/file_{task.number}.py"])


class SubtaskFactory(DjangoModelFactory):
    class Meta:
        model = Subtask

    task = factory.SubFactory(TaskFactory)
    plan = factory.SelfAttribute("task.plan")
    number = factory.Sequence(lambda number: number + 1)
    short_id = factory.LazyAttribute(lambda subtask: f"subtask_{subtask.number:03}_01")
    title = "Write it"


def depend(task: Task, *, on: Task) -> TaskDependency:
    return TaskDependency.objects.create(task=task, needs=on)


def entity(name: str = "Task", plural: str = "tasks") -> EntitySchema:
    return EntitySchema(name=name, plural=plural, fields=[FieldSchema(name="title", type="string")])


def domain_model() -> DomainModel:
    """The smallest useful one."""
    return DomainModel(
        business_domain=BusinessDomain(industry="productivity", problem_statement="Tasks get lost."),
        bounded_contexts=[BoundedContext(name="Tasks", responsibilities=["keep tasks"], entities=["Task"])],
        aggregates=[Aggregate(root="Task")],
        entities=[entity()],
    )


def plan_answer(*, phases: int = 3, tasks_per_phase: int = 2, subtasks: int = 1) -> PlanAnswer:
    """A plan that passes every check: a chain of tasks, each needing the name that the one before exports."""
    specs: list[PhaseSpec] = []
    number = 0
    for phase in range(1, phases + 1):
        tasks: list[TaskSpec] = []
        for _ in range(tasks_per_phase):
            number += 1
            tasks.append(_task_spec(number, subtasks))
        milestone = MilestoneSpec(id=f"milestone_{phase:02}_01", name=f"Milestone {phase}", tasks=tasks)
        before = [f"phase_{phase - 1:02}"] if phase > 1 else []
        kind: PhaseKind = "setup" if phase == 1 else "polish" if phase == phases else "core"
        specs.append(
            PhaseSpec(
                id=f"phase_{phase:02}", name=f"Phase {phase}", type=kind, depends_on=before, milestones=[milestone]
            )
        )
    return PlanAnswer(
        project_name="Task tracker",
        description="Tasks with comments",
        stack="fastapi",
        entities=[entity()],
        phases=specs,
    )


def _task_spec(number: int, subtasks: int) -> TaskSpec:
    before = f"task_{number - 1:03}"
    return TaskSpec(
        id=f"task_{number:03}",
        title=f"Write file {number}",
        description=f"File {number} of the project.",
        type="implementation",
        target_files=[f"app/file_{number}.py"],
        exports=[Export(name=f"name_{number}", signature=f"def name_{number}() -> None")],
        needs=[Need(name=f"name_{number - 1}", task=before)] if number > 1 else [],
        covers=["entity_Task"],
        depends_on=[before] if number > 1 else [],
        subtasks=[SubtaskSpec(title=f"Step {step}") for step in range(1, subtasks + 1)],
    )


def make_plan(*, answer: PlanAnswer | None = None, **fields: Any) -> MasterPlan:
    """A plan with everything below it and its first version, as planning stores it."""
    answer = answer or plan_answer()
    tasks = [task for phase in answer.phases for milestone in phase.milestones for task in milestone.tasks]
    own = answer.model_dump(mode="json", exclude={"phases"})
    minutes = sum(task.estimated_minutes for task in tasks)
    plan: MasterPlan = MasterPlanFactory(total_tasks=len(tasks), estimated_minutes=minutes, **{**own, **fields})
    create_plan_rows(plan, answer)
    PlanVersion.objects.create(plan=plan, number=1, type="initial", snapshot=answer.model_dump(mode="json"))
    return plan
