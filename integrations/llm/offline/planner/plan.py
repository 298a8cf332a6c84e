"""The purpose ``masterplan``: a whole plan for the entities of a domain model."""

from __future__ import annotations

from typing import Literal

from integrations.llm.design import ServiceDesign
from integrations.llm.offline.phrases import Phrases, phrases
from integrations.llm.offline.planner.covering import covered
from integrations.llm.offline.planner.tasks import TaskBoard
from integrations.llm.offline.project.entities import EntityView, entity_views
from integrations.llm.offline.project.pieces import Chapter
from integrations.llm.offline.project.stack import ProjectStack
from integrations.llm.offline.project.stacks import stack_named
from integrations.llm.offline.reading.naming import subject_of, title_of
from integrations.llm.offline.reading.tokens import read_text
from integrations.llm.offline.words import words_of
from integrations.llm.shapes import EntitySchema, MasterPlanInputs, MilestoneSpec, PhaseSpec, PlanAnswer, ProjectContext

PHASES: list[tuple[Literal["setup", "core", "polish"], str, str]] = [
    ("setup", "Setup", "What every part stands on."),
    ("core", "Core", "The entities, from table to endpoint, and the application."),
    ("polish", "Polish", "Tests, documents and example data."),
]


def make_plan(inputs: MasterPlanInputs) -> PlanAnswer:
    """A plan of three phases; StackNotOffered for a stack without templates."""
    stack = stack_named(inputs.stack)
    schemas, design = inputs.domain.entities, inputs.domain.design
    request = read_text(inputs.request)
    context = ProjectContext(
        project_name=project_name(schemas, subject_of(request)),
        description=_description(schemas, stack),
        stack=inputs.stack,
        entities=schemas,
        design=design,
    )
    found = stack.chapters(context)
    pieces = [piece for chapter in found for piece in chapter.pieces]
    writers = stack.files(context)
    texts = {path: writers[path]() for piece in pieces for path in (piece.path, *piece.also)}
    board = TaskBoard(pieces, texts, inputs.limits.max_dependencies)
    return PlanAnswer(
        project_name=context.project_name,
        description=context.description,
        stack=inputs.stack,
        business_logic=_business_logic(list(entity_views(schemas).values()), design, phrases(request.language)),
        conventions=list(stack.conventions),
        entities=schemas,
        design=design,
        phases=_phases(found, board, inputs),
    )


def project_name(schemas: list[EntitySchema], subject: str = "") -> str:
    """A name from what the service is for (*Library API*), else from the entities: *Task API*, *Task and User API*."""
    if subject:
        return f"{title_of(subject)[:70].strip()} API"
    names = [words_of(schema.name).title() for schema in schemas]
    if len(names) <= 2:
        return f"{' and '.join(names)} API"[:80]
    return f"{names[0]} Management API"[:80]


def _description(schemas: list[EntitySchema], stack: ProjectStack) -> str:
    listed = ", ".join(schema.plural.replace("_", " ") for schema in schemas)
    return f"A REST API for {listed}, with {stack.made_with}."


def _business_logic(views: list[EntityView], design: ServiceDesign, say: Phrases) -> str:
    sentences = [rule.statement for rule in design.rules]
    for view in views:
        sentences += [say.rule(say.one, view.words, parent=parent.words) for parent in view.required_parents]
        sentences += [say.rule(say.unique, view.words, field=field.words) for field in view.unique_fields]
    return " ".join(sentences)


def _phases(found: list[Chapter], board: TaskBoard, inputs: MasterPlanInputs) -> list[PhaseSpec]:
    tasks = covered([board.task(piece) for chapter in found for piece in chapter.pieces], inputs.requirements)
    of_file = {task.target_files[0]: task for task in tasks}
    phases: list[PhaseSpec] = []
    number = 0
    for place, (kind, name, description) in enumerate(PHASES, 1):
        milestones: list[MilestoneSpec] = []
        for chapter in found:
            if chapter.phase != kind:
                continue
            number += 1
            milestones.append(
                MilestoneSpec(
                    id=f"milestone_{number:02}",
                    name=chapter.name,
                    description=chapter.description,
                    acceptance_criteria=[f"Every task of {chapter.name} is done and its tests pass."],
                    depends_on=[f"milestone_{number - 1:02}"] if number > 1 else [],
                    tasks=[of_file[piece.path] for piece in chapter.pieces],
                )
            )
        depends = [f"phase_{place - 1:02}"] if place > 1 else []
        phases.append(
            PhaseSpec(
                id=f"phase_{place:02}",
                name=name,
                type=kind,
                description=description,
                depends_on=depends,
                milestones=milestones,
            )
        )
    return phases
