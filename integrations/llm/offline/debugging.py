"""The purpose ``debug_analysis``: why an atom kept failing, told from its diagnostics."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import PurePosixPath

from integrations.llm.shapes import DebugAnalysis, DebugInputs, Diagnostic, PastAttempt, Proposal

CAUSES: list[tuple[tuple[str, ...], str, str]] = [
    (("syntax", "invalid-syntax", "E999"), "The text does not parse.", "modify_task_context"),
    (
        ("F821", "name-defined", "undefined"),
        "A name is used that nothing defines or imports: either the import is missing or the task that offers it is.",
        "create_dependency_task",
    ),
    (
        ("import", "module", "attr-defined", "exports", "F401"),
        "A module or a name that is imported does not exist where it is looked for.",
        "create_dependency_task",
    ),
    (
        ("arg-type", "return-value", "assignment", "type", "call-arg", "override"),
        "The types do not agree with the signatures that the contracts promise.",
        "modify_task_context",
    ),
    (("test", "assert", "failed"), "The code runs, but does not do what its tests demand.", "modify_task_context"),
]
TITLES = {
    "create_dependency_task": "Add a task that offers the missing name",
    "modify_task_scope": "Make the task smaller",
    "modify_task_context": "Give the task more context",
}


def analyse(inputs: DebugInputs) -> DebugAnalysis:
    """The most probable root cause and up to three proposals, the most probable first."""
    errors = [error for attempt in inputs.history for error in attempt.errors]
    cause, action = _cause(errors)
    symptoms = [
        f"{text} ({times} times)" for text, times in Counter(_symptom(error) for error in errors).most_common(5)
    ]
    missing = _missing_name(errors)
    return DebugAnalysis(
        root_cause=cause,
        symptoms=symptoms or ["The attempts failed without a diagnostic."],
        why_retries_failed=_why(inputs.history),
        hidden_dependency=f"{inputs.task.id} uses {missing}, which no contract offers" if missing else "",
        conclusion=f"{inputs.atom.qualname or inputs.atom.path} failed {len(inputs.history)} times. {cause}",
        proposals=_proposals(inputs, action, missing),
    )


def _cause(errors: list[Diagnostic]) -> tuple[str, str]:
    votes: Counter[int] = Counter()
    for error in errors:
        text = f"{error.code} {error.layer}".lower()
        for place, (codes, _, _) in enumerate(CAUSES):
            if any(code.lower() in text for code in codes):
                votes[place] += 1
                break
    if not votes:
        return "The diagnostics point to no known kind of cause.", "modify_task_scope"
    _, cause, action = CAUSES[votes.most_common(1)[0][0]]
    return cause, action


def _symptom(error: Diagnostic) -> str:
    return f"{error.layer} {error.code}: {error.message}"[:200]


def _missing_name(errors: list[Diagnostic]) -> str:
    """The quoted name in the first diagnostic about an undefined name."""
    for error in errors:
        if error.code in {"F821", "name-defined", "attr-defined"}:
            for quote in ('"', "`", "'"):
                parts = error.message.split(quote)
                if len(parts) >= 3:
                    return parts[1][:60]
    return ""


def _why(history: list[PastAttempt]) -> str:
    if len(history) < 2:
        return "There was only one attempt."
    if len({attempt.text for attempt in history}) == 1:
        return "Every attempt gave the same text, so that the cause is probably outside this atom."
    codes = [frozenset(error.code for error in attempt.errors) for attempt in history]
    if len(set(codes)) == 1:
        return "The text changed, but the same errors came back."
    return "Each attempt mended one error and made another."


def _proposals(inputs: DebugInputs, likely: str, missing: str) -> list[Proposal]:
    offered = missing or "what is missing"
    part = inputs.atom.qualname or "this part"
    details = {
        "create_dependency_task": f"A task that offers {offered}, and on which {inputs.task.id} depends.",
        "modify_task_scope": f"Split {inputs.task.title!r} so that {part} is a task of its own.",
        "modify_task_context": "Show the task the whole text of the files it uses and the failing test.",
    }
    order = [likely, *(action for action in details if action != likely)]
    return [
        Proposal.model_validate(
            {
                "title": TITLES[action],
                "action": action,
                "detail": details[action],
                "probability": probability,
                "minutes": minutes,
                "target_file": _file_for(inputs, missing) if action == "create_dependency_task" else "",
            }
        )
        for action, probability, minutes in zip(order, (0.6, 0.25, 0.15), (10, 15, 20), strict=True)
    ]


def _file_for(inputs: DebugInputs, missing: str) -> str:
    """A file beside the failing one for what is missing, unless the project has it; empty when nothing is known."""
    stem = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", missing.split(".")[-1]).lower()
    path = str(PurePosixPath(inputs.atom.path).with_name(f"{stem}.py")) if stem.isidentifier() else ""
    return "" if path in inputs.project.structure else path
