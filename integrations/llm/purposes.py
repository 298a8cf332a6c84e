"""The registry of purposes: what a call is for decides its shapes, its prompt, its model and its limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Generic, Literal, TypeVar

from common.configuration import configuration
from integrations.llm import shapes
from integrations.llm.shapes import Shape

AnswerT_co = TypeVar("AnswerT_co", bound=Shape, covariant=True)
Tier = Literal["strong", "fast"]


@dataclass(frozen=True)
class Purpose(Generic[AnswerT_co]):
    """``tier`` is fixed, or ``by_complexity``. ``max_output_tokens`` includes what the model thinks unseen."""

    name: str
    inputs: type[Shape]
    answer: type[AnswerT_co]
    tier: Literal["strong", "fast", "by_complexity"]
    max_output_tokens: int
    streamed: bool = False

    @property
    def template(self) -> str:
        return f"{self.name}.j2"


DISCOVERY_QUESTIONS: Final = Purpose(
    "discovery_questions", shapes.DiscoveryQuestionsInputs, shapes.DiscoveryQuestions, "strong", 8_000, streamed=True
)
DOMAIN_MODEL: Final = Purpose(
    "domain_model", shapes.DomainModelInputs, shapes.DomainModel, "strong", 32_000, streamed=True
)
MASTERPLAN: Final = Purpose("masterplan", shapes.MasterPlanInputs, shapes.PlanAnswer, "strong", 64_000, streamed=True)
TASK_CODE: Final = Purpose("task_code", shapes.TaskCodeInputs, shapes.TaskCode, "by_complexity", 16_000)
ATOM_RETRY: Final = Purpose("atom_retry", shapes.AtomRetryInputs, shapes.AtomCode, "by_complexity", 12_000)
DEBUG_ANALYSIS: Final = Purpose("debug_analysis", shapes.DebugInputs, shapes.DebugAnalysis, "strong", 8_000)
REVIEW_ASSIST: Final = Purpose("review_assist", shapes.ReviewAssistInputs, shapes.ReviewAssist, "fast", 8_000)
REPORT_SUMMARY: Final = Purpose("report_summary", shapes.ReportInputs, shapes.ReportSummary, "fast", 4_000)

CHAT: Final = Purpose("chat", shapes.ChatInputs, shapes.ChatAnswer, "fast", 4_000, streamed=True)
IMPACT_ANALYSIS: Final = Purpose(
    "impact_analysis", shapes.ImpactInputs, shapes.ImpactAnalysis, "strong", 48_000, streamed=True
)
ACCEPTANCE_TESTS: Final = Purpose("acceptance_tests", shapes.AcceptanceInputs, shapes.AcceptanceTests, "strong", 16_000)
PATTERN_EXTRACTION: Final = Purpose("pattern_extraction", shapes.PatternInputs, shapes.Patterns, "fast", 8_000)

PURPOSES: Final[dict[str, Purpose[Shape]]] = {
    purpose.name: purpose
    for purpose in (
        DISCOVERY_QUESTIONS,
        DOMAIN_MODEL,
        MASTERPLAN,
        TASK_CODE,
        ATOM_RETRY,
        DEBUG_ANALYSIS,
        REVIEW_ASSIST,
        REPORT_SUMMARY,
        CHAT,
        IMPACT_ANALYSIS,
        ACCEPTANCE_TESTS,
        PATTERN_EXTRACTION,
    )
}

LAST_ATTEMPT: Final = 3


def tier_of(purpose: Purpose[Shape], *, complexity: str, attempt: int) -> Tier:
    """High and critical work, and the last attempt at any work, goes to the strong model."""
    if purpose.tier != "by_complexity":
        return purpose.tier
    return "strong" if complexity in {"high", "critical"} or attempt >= LAST_ATTEMPT else "fast"


def model_for(purpose: Purpose[Shape], *, complexity: str, attempt: int) -> str:
    """Name of the model that answers, from the settings."""
    settings = configuration()
    tier = tier_of(purpose, complexity=complexity, attempt=attempt)
    return settings.model_strong if tier == "strong" else settings.model_fast
