"""The final report of a plan: what was asked, what there is, how it was tested, what it cost, what is not done."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from execution.output.endpoints import endpoints_of
from execution.output.rendering import render

Verdict = Literal["passed", "failed", "not_run", "not_applicable"]


class ReportPart(BaseModel):
    """Base of the report's parts: unknown keys are an error, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Asked(ReportPart):
    request: str
    plan: str = ""
    version: int = Field(default=1, ge=1)
    requirements: list[str] = []


class BuiltEndpoint(ReportPart):
    method: str
    path: str
    summary: str = ""


class Built(ReportPart):
    """Counts of what is in the workspace. ``lines`` counts lines of text files, ``commit`` is the last one."""

    files: int = Field(ge=0)
    lines: int = Field(ge=0)
    endpoints: list[BuiltEndpoint] = []
    tasks_done: int = Field(default=0, ge=0)
    tasks_total: int = Field(default=0, ge=0)
    atoms_accepted: int = Field(default=0, ge=0)
    atoms_total: int = Field(default=0, ge=0)
    waves: int = Field(default=0, ge=0)
    commit: str = ""

    @classmethod
    def from_files(cls, files: Mapping[str, str], **counts: Any) -> Built:
        """Counts files and lines and reads the endpoints; ``counts`` are the other fields."""
        endpoints = [
            BuiltEndpoint(method=found.method, path=found.path, summary=found.summary) for found in endpoints_of(files)
        ]
        lines = sum(len(text.splitlines()) for text in files.values())
        return cls(files=len(files), lines=lines, endpoints=endpoints, **counts)


class FailedTest(ReportPart):
    test: str
    message: str = ""


class TestResults(ReportPart):
    """``ran`` is False when the tests were not run: then the report says so and claims nothing. Coverage 0 to 100."""

    __test__ = False  # the name begins like a test class of pytest

    ran: bool
    passed: int = Field(default=0, ge=0)
    failed: int = Field(default=0, ge=0)
    skipped: int = Field(default=0, ge=0)
    coverage: float | None = Field(default=None, ge=0, le=100)
    seconds: float | None = Field(default=None, ge=0)
    failures: list[FailedTest] = []
    reason: str = ""

    @property
    def verdict(self) -> Verdict:
        if not self.ran or self.passed + self.failed == 0:
            return "not_run"
        return "failed" if self.failed else "passed"


class Acceptance(ReportPart):
    """One requirement and whether its tests hold."""

    requirement: str
    priority: Literal["must", "should"] = "must"
    verdict: Verdict
    tests: list[str] = []
    why: str = ""


class LevelResult(ReportPart):
    """Of the things of a level that were judged, how many passed every check."""

    level: int = Field(ge=1, le=4)
    name: str
    passed: int = Field(ge=0)
    judged: int = Field(ge=0)


class DoneTask(ReportPart):
    """The Definition of Done of one task, in short."""

    task: str
    title: str
    done: bool
    failed: list[str] = []


class AttemptCount(ReportPart):
    """How many atoms were accepted at this attempt."""

    attempt: int = Field(ge=1)
    accepted: int = Field(ge=0)


class Failure(ReportPart):
    atom: str
    task: str
    attempts: int = Field(ge=0)
    reason: str


class Reviews(ReportPart):
    created: int = Field(default=0, ge=0)
    open: int = Field(default=0, ge=0)
    approved: int = Field(default=0, ge=0)
    edited: int = Field(default=0, ge=0)
    rejected: int = Field(default=0, ge=0)
    regenerated: int = Field(default=0, ge=0)


class Cost(ReportPart):
    """Money of one purpose in US dollars, and what was expected of it before the plan was approved."""

    purpose: str
    calls: int = Field(ge=0)
    dollars: Decimal = Field(ge=0)
    estimate: Decimal = Field(default=Decimal(0), ge=0)

    @property
    def error(self) -> Decimal:
        """Above zero when it cost more than expected."""
        return self.dollars - self.estimate


class Costs(ReportPart):
    by_purpose: list[Cost] = []
    estimate: Decimal | None = Field(default=None, ge=0)

    @property
    def total(self) -> Decimal:
        return sum((cost.dollars for cost in self.by_purpose), Decimal(0))

    @property
    def against_estimate(self) -> str:
        """How far the estimate was off, in words; empty where there was none."""
        if self.estimate is None:
            return ""
        off = self.total - self.estimate
        share = f" ({abs(off / self.estimate):.0%})" if self.estimate else ""
        way = "more" if off > 0 else "less"
        return f"{abs(off):.6f} dollars{share} {way} than estimated" if off else "as estimated"


class StageTime(ReportPart):
    stage: str
    seconds: float = Field(ge=0)


class Times(ReportPart):
    by_stage: list[StageTime] = []
    total_seconds: float = Field(default=0, ge=0)
    estimate_seconds: float | None = Field(default=None, ge=0)


class MemoryAsked(ReportPart):
    """How often memory was asked while the project was made, how often it had something, and how often it was down."""

    lookups: int = Field(default=0, ge=0)
    answered: int = Field(default=0, ge=0)
    unavailable: int = Field(default=0, ge=0)
    why: str = ""


class Learned(ReportPart):
    """A way of doing things that is worth repeating (``use``), or a mistake to ``avoid``, and in which situation."""

    kind: Literal["use", "avoid"]
    name: str
    description: str
    when: str
    example: str = ""
    confidence: float = Field(default=0, ge=0, le=1)

    def __str__(self) -> str:
        return f"{self.kind} {self.name}: {self.description} {self.when}"


class NotDone(ReportPart):
    what: str
    why: str


class Report(ReportPart):
    """Everything a person wants to know at the end; the page, the Markdown and the JSON are made from this alone."""

    project_name: str
    summary: str = ""
    status: str = "completed"
    trace_id: str = ""
    asked: Asked
    built: Built
    tests: TestResults
    acceptance: list[Acceptance] = []
    levels: list[LevelResult] = []
    definition_of_done: list[DoneTask] = []
    attempts: list[AttemptCount] = []
    failures: list[Failure] = []
    reviews: Reviews = Reviews()
    costs: Costs = Costs()
    times: Times = Times()
    memory: MemoryAsked = MemoryAsked()
    learned: list[Learned] = []
    not_done: list[NotDone] = []
    next_steps: list[str] = []


def to_markdown(report: Report) -> str:
    """The report as Markdown; words of persons and models show as they are and cannot become markup."""
    return render("report.md.j2", report=report)


def to_json(report: Report) -> str:
    """The report as JSON text; ``Report.model_validate_json`` reads it back equal."""
    return report.model_dump_json(indent=2)
