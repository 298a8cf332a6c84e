"""What goes into and comes out of a model call: the typed inputs and answers of every purpose.

Callers above build inputs and read answers; providers never see them, only the rendered prompt and the schema. The
offline engine answers from the inputs themselves. Nothing here knows how a plan is stored.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from integrations.llm.design import ServiceDesign
from integrations.llm.shape import Shape as Shape

Stack = Literal["fastapi", "django"]
Language = Literal["en", "es"]
Level = Literal["low", "medium", "high", "critical"]
ShortId = Annotated[str, Field(pattern=r"^[a-z]+(_\d{2,4})+$", max_length=40)]


# -- discovery ---------------------------------------------------------------------------------------------------------

QuestionCategory = Literal["business_domain", "users", "workflows", "integrations", "scalability", "regulations"]


class Question(Shape):
    """One thing the request does not say. ``default`` is the answer taken when nobody is there to give one."""

    id: str = Field(max_length=60)
    category: QuestionCategory
    question: str
    why: str
    examples: list[str] = []
    options: list[str] = []
    default: str


class AnsweredQuestion(Shape):
    id: str
    category: QuestionCategory
    question: str
    answer: str


class DiscoveryQuestionsInputs(Shape):
    """``patterns`` are what earlier discoveries of such a domain came to."""

    request: str
    patterns: list[str] = []


class DiscoveryQuestions(Shape):
    """``understood`` is said back to the requester; ``not_understood`` lists parts of the request left unused."""

    language: Language
    understood: str
    not_understood: list[str] = []
    questions: list[Question]


class FieldSchema(Shape):
    """A column of an entity. ``name`` is a Python identifier in snake_case."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)
    type: Literal["string", "text", "integer", "decimal", "boolean", "date", "datetime", "email", "choice"]
    required: bool = True
    unique: bool = False
    default: str | None = None
    choices: list[str] = []
    minimum: int | None = None
    maximum: int | None = None
    more_than: int | None = None
    """Numbers only: a bound that itself is not allowed (*a price above zero*)."""
    min_length: int | None = Field(default=None, ge=0)
    max_length: int | None = None
    pattern: str | None = Field(default=None, max_length=200)
    """Texts only: a regular expression that the whole text matches."""
    description: str = ""


class Relation(Shape):
    """``many_to_one``: this entity holds the key of ``target``. ``many_to_many``: a link table."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)
    kind: Literal["many_to_one", "many_to_many"]
    target: str
    required: bool = True


class EntitySchema(Shape):
    """``name`` is PascalCase and singular; ``plural`` snake_case, used for tables and routes."""

    name: str = Field(pattern=r"^[A-Z][A-Za-z0-9]*$", max_length=60)
    plural: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)
    description: str = ""
    fields: list[FieldSchema] = Field(min_length=1)
    relations: list[Relation] = []


class BoundedContext(Shape):
    name: str
    responsibilities: list[str]
    entities: list[str]
    upstream: list[str] = []
    downstream: list[str] = []
    relation: Literal["customer_supplier", "conformist", "anti_corruption_layer", "none"] = "none"


class Aggregate(Shape):
    root: str
    entities: list[str] = []
    value_objects: list[str] = []
    invariants: list[str] = []
    behaviour: list[str] = []


class UserRole(Shape):
    role: str
    needs: list[str] = []


class BusinessDomain(Shape):
    industry: str
    problem_statement: str
    regulations: list[str] = []
    users: list[UserRole] = []


class Workflow(Shape):
    name: str
    trigger: str
    steps: list[str]
    rules: list[str] = []
    failure_scenarios: list[str] = []


class BusinessRule(Shape):
    statement: str
    enforcement: str


class Term(Shape):
    term: str
    meaning: str


class Integration(Shape):
    name: str
    operations: list[str] = []
    authentication: str = ""
    rate_limits: str = ""
    error_handling: str = ""


class DomainModelInputs(Shape):
    request: str
    answers: list[AnsweredQuestion] = []
    patterns: list[str] = []


class DomainModel(Shape):
    """The DDD model of a request. ``entities`` carries the columns that the plan and the code are made from."""

    business_domain: BusinessDomain
    bounded_contexts: list[BoundedContext] = Field(min_length=1)
    aggregates: list[Aggregate] = Field(min_length=1)
    entities: list[EntitySchema] = Field(min_length=1)
    domain_events: list[str] = []
    workflows: list[Workflow] = []
    business_rules: list[BusinessRule] = []
    ubiquitous_language: list[Term] = []
    integrations: list[Integration] = []
    domain_services: list[str] = []
    expected_volume: str = ""
    service_level: str = ""
    design: ServiceDesign = ServiceDesign()
    not_understood: list[str] = []


# -- plan --------------------------------------------------------------------------------------------------------------


class Requirement(Shape):
    """Something of the domain that the plan must cover, such as ``entity_Book`` or ``rule_an_isbn_is_unique``."""

    id: str = Field(max_length=100)
    text: str


class Criterion(Shape):
    """An acceptance criterion. ``test`` is the pytest node id of the project's test that proves it, if there is one."""

    text: str
    priority: Literal["must", "should"] = "must"
    test: str | None = None


class Condition(Shape):
    """A checkable condition: ``kind`` is one of the kinds the validators know, ``subject`` what it is about."""

    kind: Literal[
        "file_exists",
        "directory_exists",
        "import_available",
        "class_available",
        "function_available",
        "syntax_valid",
        "imports_resolve",
        "table_defined",
        "has_primary_key",
        "exports",
        "tests_pass",
        "max_complexity",
        "max_lines",
    ]
    subject: str
    critical: bool = False


class Export(Shape):
    """A name that a task's file offers to others, with its signature (``def create_app() -> FastAPI``)."""

    name: str
    signature: str


class Need(Shape):
    """A name that a task uses, and the short id of the task that exports it."""

    name: str
    task: ShortId


class SubtaskSpec(Shape):
    title: str
    description: str = ""
    estimated_minutes: int = Field(default=3, ge=0)


class TaskSpec(Shape):
    """One task: one main file, contracts first. ``depends_on`` holds short ids of other tasks."""

    id: ShortId
    title: str
    description: str
    type: Literal["setup", "implementation", "testing", "documentation", "deployment", "refactoring"]
    priority: Level = "medium"
    complexity: Level = "low"
    estimated_minutes: int = Field(default=10, ge=1)
    story_points: int = Field(default=1, ge=0)
    acceptance_criteria: list[Criterion] = []
    labels: list[str] = []
    target_files: list[str] = Field(min_length=1)
    preconditions: list[Condition] = []
    postconditions: list[Condition] = []
    expected_outputs: list[str] = []
    exports: list[Export] = []
    needs: list[Need] = []
    depends_on: list[ShortId] = []
    covers: list[Annotated[str, Field(max_length=100)]] = []
    """Ids of the requirements that hold once the task is done."""
    subtasks: list[SubtaskSpec] = []


class MilestoneSpec(Shape):
    id: ShortId
    name: str
    description: str = ""
    acceptance_criteria: list[str] = []
    depends_on: list[ShortId] = []
    tasks: list[TaskSpec] = Field(min_length=1)


class PhaseSpec(Shape):
    id: ShortId
    name: str
    type: Literal["setup", "core", "polish"]
    description: str = ""
    depends_on: list[ShortId] = []
    milestones: list[MilestoneSpec] = Field(min_length=1)


class PlanLimits(Shape):
    """Size limits of a plan (settings)."""

    min_phases: int = 3
    max_phases: int = 7
    max_milestones: int = 20
    min_tasks: int = 5
    max_tasks: int = 150
    max_subtasks: int = 7
    max_dependencies: int = 4


class PlanningMemory(Shape):
    """What earlier plans teach a new one: those that went well, those that did not, what was changed later on.

    ``tasks`` is the size of similar plans. Their times are not told: estimates are corrected by past accuracy
    afterwards, which needs estimates that are always made in the same way.
    """

    similar: list[str] = []
    failed: list[str] = []
    modifications: list[str] = []
    tasks: int | None = None


class MasterPlanInputs(Shape):
    request: str
    domain: DomainModel
    requirements: list[Requirement] = []
    """Each is covered by a task at least."""
    stack: Stack = "fastapi"
    limits: PlanLimits = PlanLimits()
    problems: list[str] = []
    """What was wrong with the previous answer, when the plan is asked for again."""
    memory: PlanningMemory = PlanningMemory()


class PlanAnswer(Shape):
    """A whole plan. ``conventions`` are rules every task keeps (names, layout, style), in plain words."""

    project_name: str = Field(max_length=80)
    description: str
    stack: Stack
    business_logic: str = ""
    conventions: list[str] = []
    entities: list[EntitySchema]
    design: ServiceDesign = ServiceDesign()
    phases: list[PhaseSpec] = Field(min_length=1)


# -- code --------------------------------------------------------------------------------------------------------------


def _inside(path: str) -> str:
    """A path that stays in the project's folder, on any system. What else plans may name, they are checked for."""
    parts = path.split("/")
    odd = re.search(r'[\\:*?"<>|~\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u206f]', path)
    if odd or any(part in {"", ".", "..", ".git"} for part in parts):
        raise ValueError("must be a relative path with forward slashes, inside the project")
    return path


FilePath = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_inside)]


class ProjectFile(Shape):
    path: FilePath
    text: str


class ProjectContext(Shape):
    """What every code call of one plan shares, so that providers can cache it: stable part first."""

    project_name: str
    description: str
    stack: Stack
    conventions: list[str] = []
    entities: list[EntitySchema] = []
    design: ServiceDesign = ServiceDesign()
    structure: list[str] = []
    """Every target path of the plan, sorted."""


class Diagnostic(Shape):
    """One finding of a validator, in the form every layer uses. Lines and columns count from 1; column 0 is unknown."""

    path: str
    line: int
    column: int = 0
    layer: str
    code: str
    message: str
    severity: Literal["error", "warning"] = "error"
    hint: str = ""


class TaskCodeInputs(Shape):
    project: ProjectContext
    task: TaskSpec
    interfaces: list[ProjectFile] = []
    """Signatures and docstrings of the files this task depends on; their whole text where it is small."""
    present: list[ProjectFile] = []
    """The task's files as they stand, when the plan was modified after they were written."""
    errors: list[str] = []
    """What was wrong with the previous draft, when it is asked for again."""
    hint: str = ""
    examples: list[str] = []
    """Similar tasks of earlier plans that were done well."""
    mistakes: list[str] = []
    """What went wrong in similar tasks of earlier plans."""


class TaskCode(Shape):
    """The text of every target file of the task."""

    files: list[ProjectFile] = Field(min_length=1)


class AtomSpan(Shape):
    """Where an atom stands: lines count from 1, both ends included, in ``file_text``."""

    path: str
    qualname: str
    kind: str
    start_line: int
    end_line: int
    text: str


class PastAttempt(Shape):
    attempt: int
    text: str
    errors: list[Diagnostic]


class AtomRetryInputs(Shape):
    """Feedback grows with the attempt: errors; then examples; then lines, the diff of attempts, and an explanation."""

    project: ProjectContext
    task: TaskSpec
    atom: AtomSpan
    file_text: str
    interfaces: list[ProjectFile] = []
    errors: list[Diagnostic] = []
    test_output: str = ""
    history: list[PastAttempt] = []
    changes: str = ""
    """What the last attempt changed of the one before, as a diff."""
    recommended: str = ""
    """A change that the findings suggest, as a diff, and ``why``: what is wrong in which line, and how to mend it."""
    why: str = ""
    examples: list[str] = []
    hint: str = ""


class AtomCode(Shape):
    """The atom's whole new text, and the import statements it needs that the file may not have yet."""

    code: str
    imports: list[str] = []
    explanation: str = ""


class DebugInputs(Shape):
    """``interfaces`` are of what the task depends on; ``successes`` what solved errors of other atoms lately."""

    project: ProjectContext
    task: TaskSpec
    atom: AtomSpan
    history: list[PastAttempt]
    file_text: str
    interfaces: list[ProjectFile] = []
    successes: list[str] = []


class Proposal(Shape):
    title: str
    action: Literal["create_dependency_task", "modify_task_scope", "modify_task_context"]
    detail: str
    probability: float = Field(ge=0, le=1)
    minutes: int = Field(ge=0)
    target_file: str = Field(default="", max_length=200)
    """Of ``create_dependency_task``: the file that the new task writes, which no task of the plan writes yet."""
    exports: list[Export] = []
    """Likewise: the names it offers, which the failing task then needs from it."""


class DebugAnalysis(Shape):
    root_cause: str
    symptoms: list[str]
    why_retries_failed: str
    hidden_dependency: str = ""
    conclusion: str
    proposals: list[Proposal] = Field(min_length=1, max_length=3)


class ReviewAssistInputs(Shape):
    atom: AtomSpan
    file_text: str
    errors: list[Diagnostic] = []
    attempts: int
    confidence: float
    project: ProjectContext | None = None
    """What the offline engine needs to say how it would write the atom; models read the file."""


class ReviewIssue(Shape):
    line: int
    message: str
    severity: Literal["info", "warning", "error"] = "warning"


class ReviewAssist(Shape):
    """``suggested_code`` is the whole atom as the assistant would write it, or empty when it has nothing to change."""

    issues: list[ReviewIssue]
    suggested_code: str = ""
    alternatives: list[str] = []
    reasons: str


class ReportInputs(Shape):
    project_name: str
    request: str
    facts: list[str]


class ReportSummary(Shape):
    summary: str
    next_steps: list[str] = []


# -- conversation ------------------------------------------------------------------------------------------------------


class ChatTurn(Shape):
    role: Literal["user", "assistant"]
    text: str


class PlanFacts(Shape):
    """How a plan of the conversation stands, read from the database by the caller."""

    name: str
    status: str
    tasks_done: int = Field(ge=0)
    tasks_total: int = Field(ge=0)
    waits_for: str = ""
    """What it waits for, in plain words; empty when for nothing."""
    spent_dollars: str = "0"
    address: str = ""


class ChatInputs(Shape):
    """``plans``, latest first, and ``facts`` are all that may be said of the work; ``history`` is oldest first."""

    message: str
    history: list[ChatTurn] = []
    plans: list[PlanFacts] = []
    facts: list[str] = []


class ChatAnswer(Shape):
    """``wants`` is what the person seems to want, for the caller to offer, never to do unasked.

    ``suggestions`` are messages or commands that the person could send next.
    """

    language: Language
    text: str = Field(min_length=1, max_length=8_000)
    wants: Literal["answer", "help", "status", "build", "change"] = "answer"
    suggestions: list[str] = Field(default=[], max_length=5)


# -- modification of a plan --------------------------------------------------------------------------------------------


class PlannedTask(Shape):
    """A task of the plan as it is now, and where it stands."""

    task: TaskSpec
    status: str
    milestone: ShortId


class ImpactInputs(Shape):
    """``request`` made the plan, ``requirement`` is to change it, ``adjustment`` says what is wrong with a proposal."""

    request: str
    requirement: str
    adjustment: str = ""
    project: ProjectContext
    domain: DomainModel
    tasks: list[PlannedTask]
    limits: PlanLimits = PlanLimits()
    problems: list[str] = []
    """What was wrong with the previous answer, when it is asked for again."""


class AddedTask(Shape):
    """``task`` has the next free number; ``milestone`` is the one of the plan that it goes into."""

    milestone: ShortId
    task: TaskSpec
    why: str


class ChangedTask(Shape):
    """``task`` is the whole specification as it is to be, under its old id."""

    task: TaskSpec
    why: str


class TouchedTask(Shape):
    task: ShortId
    why: str


class ImpactAnalysis(Shape):
    """What a modification does to a plan. Together the parts give the new plan; nothing else of it changes.

    ``dependents`` keep their specification, but use something that changes and are to be judged again. Which touched
    tasks are done or running, the caller knows.
    """

    summary: str
    added: list[AddedTask] = []
    changed: list[ChangedTask] = []
    removed: list[TouchedTask] = []
    dependents: list[TouchedTask] = []
    entities: list[EntitySchema] = []
    """Every entity as it is to be, also those that stay as they are."""
    entity_changes: list[str] = []
    design: ServiceDesign | None = None
    """The whole design as it is to be; ``None`` when it stays."""
    stack: Stack | None = None
    """A new stack; ``None`` when it stays."""
    extra_minutes: int = Field(default=0, ge=0)
    needs_refactoring: bool = False
    not_understood: list[str] = []


# -- acceptance --------------------------------------------------------------------------------------------------------


class WantedTest(Shape):
    """An acceptance criterion that needs a test. ``id`` names it in the answer; ``task`` is what it belongs to."""

    id: str = Field(pattern=r"^[a-z0-9_]{1,60}$")
    text: str
    priority: Literal["must", "should"] = "must"
    task: ShortId | None = None


class AcceptanceInputs(Shape):
    """``interfaces`` are the project's files that tests may use: routes, schemas, fixtures."""

    project: ProjectContext
    criteria: list[WantedTest] = Field(min_length=1)
    interfaces: list[ProjectFile] = []
    errors: list[str] = []


class AcceptanceTestCode(Shape):
    """One test function of pytest, ``test_...``, with all it needs besides the module's ``imports`` and fixtures."""

    criterion: str
    name: str = Field(pattern=r"^test_[a-z0-9_]{1,120}$")
    code: str


class AcceptanceTests(Shape):
    """One module of tests; ``untestable`` says for each criterion left out why no test can prove it."""

    imports: list[str] = []
    helpers: str = ""
    tests: list[AcceptanceTestCode] = []
    untestable: dict[str, str] = {}


# -- patterns ----------------------------------------------------------------------------------------------------------


class TaskOutcome(Shape):
    """A task as it was built. ``errors`` are those of attempts that failed before the last one."""

    task: ShortId
    title: str
    type: str
    files: list[ProjectFile]
    attempts: int = Field(default=1, ge=1)
    done: bool = True
    errors: list[Diagnostic] = []


class PatternInputs(Shape):
    project: ProjectContext
    tasks: list[TaskOutcome] = Field(min_length=1)


class Pattern(Shape):
    """Something worth repeating (``use``) or avoiding. ``example`` is code of one of the ``tasks``, as it stands."""

    kind: Literal["use", "avoid"]
    name: str = Field(max_length=120)
    description: str
    when: str
    example: str = ""
    tasks: list[ShortId] = Field(min_length=1)
    confidence: float = Field(ge=0, le=1)


class Patterns(Shape):
    patterns: list[Pattern] = Field(default=[], max_length=20)
