"""The purpose ``masterplan``: a whole plan for the entities of a domain model."""

from __future__ import annotations

from typing import Literal

from integrations.llm.offline.errors import StackNotOffered
from integrations.llm.offline.planner.pieces import Chapter, chapters
from integrations.llm.offline.planner.tasks import TaskBoard
from integrations.llm.offline.project.entities import EntityView, entity_views
from integrations.llm.offline.project.files import project_files
from integrations.llm.offline.reading.naming import subject_of, title_of
from integrations.llm.offline.reading.tokens import read_text
from integrations.llm.offline.words import words_of
from integrations.llm.shapes import EntitySchema, MasterPlanInputs, MilestoneSpec, PhaseSpec, PlanAnswer, ProjectContext

CONVENTIONS = [
    (
        "Python 3.11, `from __future__ import annotations`, full type hints (mypy strict), lines of at most "
        "100 characters."
    ),
    "Layers: routes call services, services call repositories, repositories query models; never the other way.",
    "One module per entity and layer, named after the entity in the singular.",
    "Services raise the errors of app/errors.py and commit through app.database.save; routes only translate.",
    "Bodies are pydantic classes: <Entity>Create, <Entity>Update, <Entity>Read, <Entity>Query, <Entity>Page.",
    "Public names have a docstring that says what they promise.",
    "Tests use the fixtures of tests/conftest.py and the makers of tests/factories/; every test has its own database.",
]
PHASES: list[tuple[Literal["setup", "core", "polish"], str, str]] = [
    ("setup", "Setup", "What every part stands on."),
    ("core", "Core", "The entities, from table to endpoint, and the application."),
    ("polish", "Polish", "Tests, documents and example data."),
]


def make_plan(inputs: MasterPlanInputs) -> PlanAnswer:
    """A plan of three phases; StackNotOffered for other stacks than FastAPI."""
    if inputs.stack != "fastapi":
        raise StackNotOffered(
            f"The offline engine does not write {inputs.stack} projects yet.",
            hint="Choose the stack fastapi, or set ANTHROPIC_API_KEY to plan with a model.",
        )
    schemas = inputs.domain.entities
    views = list(entity_views(schemas).values())
    name = project_name(schemas, subject_of(read_text(inputs.request)))
    context = ProjectContext(project_name=name, description=_description(inputs), stack="fastapi", entities=schemas)
    found = chapters(views)
    pieces = [piece for chapter in found for piece in chapter.pieces]
    writers = project_files(context)
    texts = {path: writers[path]() for piece in pieces for path in (piece.path, *piece.also)}
    board = TaskBoard(pieces, texts, inputs.limits.max_dependencies)
    return PlanAnswer(
        project_name=name,
        description=context.description,
        stack="fastapi",
        business_logic=_business_logic(views),
        conventions=CONVENTIONS,
        entities=schemas,
        phases=_phases(found, board),
    )


def project_name(schemas: list[EntitySchema], subject: str = "") -> str:
    """A name from what the service is for (*Library API*), else from the entities: *Task API*, *Task and User API*."""
    if subject:
        return f"{title_of(subject)[:70].strip()} API"
    names = [words_of(schema.name).title() for schema in schemas]
    if len(names) <= 2:
        return f"{' and '.join(names)} API"[:80]
    return f"{names[0]} Management API"[:80]


def _description(inputs: MasterPlanInputs) -> str:
    listed = ", ".join(schema.plural.replace("_", " ") for schema in inputs.domain.entities)
    return f"A REST API for {listed}, with FastAPI and SQLAlchemy."


def _business_logic(views: list[EntityView]) -> str:
    sentences: list[str] = []
    for view in views:
        sentences += [f"{view.a_words.capitalize()} belongs to one {parent.words}." for parent in view.required_parents]
        sentences += [f"The {field.words} of {view.a_words} is unique." for field in view.unique_fields]
        sentences += [
            f"The {end.words} of {view.a_words} is not before its {start.words}." for start, end in view.periods
        ]
    return " ".join(sentences)


def _phases(found: list[Chapter], board: TaskBoard) -> list[PhaseSpec]:
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
                    tasks=[board.task(piece) for piece in chapter.pieces],
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
