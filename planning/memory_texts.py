"""What plans and discoveries are remembered by, and what of them later prompts are given. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

MAX_ITEMS = 12


def request_text(request: str) -> str:
    """What a discovery is found by: nothing else is known when the next one asks."""
    return request


def plan_text(request: str, entities: Sequence[Mapping[str, Any]]) -> str:
    """What a plan is found by: the request and the names of its entities, which are English in every language."""
    return f"{request}\n{' '.join(str(entity.get('name', '')) for entity in entities)}"


def pattern_lesson(discovery: Any) -> str:
    """What a confirmed discovery came to, in a page."""
    domain: Mapping[str, Any] = discovery.business_domain or {}
    answered = [f"{row.question} {row.answer}" for row in discovery.questions.all() if row.answer]
    roles = [f"{user['role']}: {'; '.join(user.get('needs', []))}" for user in domain.get("users", [])]
    parts = {
        "Request": [discovery.original_request[:800]],
        "Industry": [domain.get("industry", "")],
        "Problem": [domain.get("problem_statement", "")],
        "Regulations": domain.get("regulations", []),
        "Roles": roles,
        "Entities": [entity_line(entity) for entity in discovery.entities],
        "Rules": [rule["statement"] for rule in discovery.business_rules],
        "Workflows": [f"{flow['name']}: {' > '.join(flow.get('steps', []))}" for flow in discovery.workflows],
        "Integrations": [item["name"] for item in discovery.integrations],
        "Asked and answered": answered,
    }
    return paragraphs(parts)


def plan_lesson(
    plan: Any, *, titles: Iterable[str], ended: str, troubles: Sequence[str] = (), learned: Sequence[str] = ()
) -> str:
    """A plan and how it ended, in a page. ``troubles`` are what went wrong, ``learned`` what to repeat and avoid."""
    parts = {
        "Request": [plan.original_request[:800]],
        "Project": [f"{plan.project_name}: {plan.description}"],
        "Stack": [plan.stack],
        "Ended": [ended],
        "Went wrong": list(troubles),
        "Learned from its code": list(learned),
        "Entities": [entity_line(entity) for entity in plan.entities],
        "Conventions": plan.conventions,
        "Tasks": list(titles),
    }
    return paragraphs(parts, most=40)


def entity_line(entity: Mapping[str, Any]) -> str:
    fields = [field["name"] for field in entity.get("fields", [])]
    links = [f"{relation['name']} -> {relation['target']}" for relation in entity.get("relations", [])]
    return f"{entity.get('name', '')} ({', '.join([*fields, *links])})"


def paragraphs(parts: Mapping[str, Sequence[str]], *, most: int = MAX_ITEMS) -> str:
    """``Name: one`` or a list; what is empty is left out, and lists end after ``most`` items."""
    lines: list[str] = []
    for name, items in parts.items():
        said = [item.strip() for item in items if item and item.strip()]
        if len(said) == 1:
            lines.append(f"{name}: {said[0]}")
        elif said:
            lines += [f"{name}:", *(f"- {item}" for item in said[:most])]
            lines += [f"- and {len(said) - most} more"] if len(said) > most else []
    return "\n".join(lines)
