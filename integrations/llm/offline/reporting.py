"""The purpose ``report_summary``: the facts of a finished build in plain words."""

from __future__ import annotations

from integrations.llm.offline.reading.tokens import read_text
from integrations.llm.shapes import ReportInputs, ReportSummary

OPEN = ("fail", "not done", "not run", "pending", "review", "blocked", "skipped", "rejected")


def summarise(inputs: ReportInputs) -> ReportSummary:
    """A paragraph from the facts, nothing added, and next steps that follow from them."""
    spanish = read_text(inputs.request).language == "es"
    facts = [fact.strip().rstrip(".") for fact in inputs.facts if fact.strip()]
    asked = " ".join(inputs.request.split())
    asked = asked if len(asked) <= 160 else asked[:157] + "..."
    lead = (
        f"{inputs.project_name}: se pidió «{asked}»."
        if spanish
        else f'{inputs.project_name}: the request was "{asked}".'
    )
    told = " ".join(f"{fact}." for fact in facts)
    nothing = "No hay hechos que contar." if spanish else "There are no facts to tell."
    return ReportSummary(summary=f"{lead} {told or nothing}", next_steps=_next_steps(facts, spanish=spanish))


def _next_steps(facts: list[str], *, spanish: bool) -> list[str]:
    open_facts = [fact for fact in facts if any(word in fact.lower() for word in OPEN) and not _is_none(fact)]
    look = "Mirar: " if spanish else "Look at: "
    steps = [f"{look}{fact}" for fact in open_facts[:3]]
    if spanish:
        return [
            *steps,
            "Leer docs/architecture.md y docs/api.md.",
            "Añadir autenticación antes de publicar el servicio.",
        ]
    return [*steps, "Read docs/architecture.md and docs/api.md.", "Add authentication before the service is published."]


def _is_none(fact: str) -> bool:
    words = fact.lower().split()
    return "0" in words or "no" in words or "none" in words
