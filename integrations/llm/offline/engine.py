"""The one entry of the offline engine: a purpose and its inputs give an answer, the same every time."""

from __future__ import annotations

from integrations.llm.offline.acceptance import write_acceptance
from integrations.llm.offline.chatting import reply
from integrations.llm.offline.debugging import analyse
from integrations.llm.offline.discovering import ask_questions, model_domain
from integrations.llm.offline.drafting import write_task
from integrations.llm.offline.errors import PurposeNotOffered
from integrations.llm.offline.impact import analyse_impact
from integrations.llm.offline.options import EngineOptions
from integrations.llm.offline.patterns import extract_patterns
from integrations.llm.offline.planner.plan import make_plan
from integrations.llm.offline.reporting import summarise
from integrations.llm.offline.retrying import retry_atom
from integrations.llm.offline.reviewing import assist_review
from integrations.llm.shapes import (
    AcceptanceInputs,
    AtomRetryInputs,
    ChatInputs,
    DebugInputs,
    DiscoveryQuestionsInputs,
    DomainModelInputs,
    ImpactInputs,
    MasterPlanInputs,
    PatternInputs,
    ReportInputs,
    ReviewAssistInputs,
    Shape,
    TaskCodeInputs,
)

__all__ = ["EngineOptions", "answer"]


def answer(
    purpose: str,
    inputs: Shape,
    *,
    attempt: int = 1,
    options: EngineOptions = EngineOptions(),  # noqa: B008  frozen
) -> Shape:
    """Answer one purpose from its inputs.

    Raises RequestNotUnderstood, StackNotOffered, TaskNotOffered (all InvalidInput), or PurposeNotOffered when the
    purpose is unknown or the inputs are not of its shape.
    """
    match purpose, inputs:
        case "discovery_questions", DiscoveryQuestionsInputs():
            return ask_questions(inputs)
        case "domain_model", DomainModelInputs():
            return model_domain(inputs)
        case "masterplan", MasterPlanInputs():
            return make_plan(inputs)
        case "task_code", TaskCodeInputs():
            return write_task(inputs, attempt=attempt, options=options)
        case "atom_retry", AtomRetryInputs():
            return retry_atom(inputs, attempt=attempt, options=options)
        case "debug_analysis", DebugInputs():
            return analyse(inputs)
        case "review_assist", ReviewAssistInputs():
            return assist_review(inputs)
        case "report_summary", ReportInputs():
            return summarise(inputs)
        case _:
            return _answer_later_stages(purpose, inputs)


def _answer_later_stages(purpose: str, inputs: Shape) -> Shape:
    """Conversation, modification, acceptance and learning: what comes beside and after a build."""
    match purpose, inputs:
        case "chat", ChatInputs():
            return reply(inputs)
        case "impact_analysis", ImpactInputs():
            return analyse_impact(inputs)
        case "acceptance_tests", AcceptanceInputs():
            return write_acceptance(inputs)
        case "pattern_extraction", PatternInputs():
            return extract_patterns(inputs)
        case _:
            raise PurposeNotOffered(
                f"The offline engine does not answer {purpose} from {type(inputs).__name__}.",
                hint="Set ANTHROPIC_API_KEY to answer this purpose with a model.",
            )
