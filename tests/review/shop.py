"""A plan with reviews that look like real ones."""

from __future__ import annotations

from execution.models import AtomAttempt, ValidationResult
from integrations.llm.shapes import Diagnostic
from review.models import Review
from tests.review.builders import make_atom, make_graph, make_plan, make_review, make_spent_atom

BEFORE = """def total(order: Order, *, discount: Decimal = Decimal(0)) -> Decimal:
    \"\"\"The price of an order, with its discount.\"\"\"
    amount = sum(line.price * line.count for line in order.lines)
    if discount > 1:
        raise ValueError("A discount is a share, from 0 to 1.")
    return amount * (1 - discount)
"""
AFTER = BEFORE.replace("line in order.lines)", "line in order.lines) or None").replace("> 1:", "> 1 or discount < 0:")
FIXED = BEFORE.replace("for line in order.lines)", "for line in order.lines, start=Decimal(0))")


def shop() -> list[Review]:
    """A plan with three reviews: one whose attempts are spent, two doubtful."""
    plan = make_plan(project_name="Garden shop")
    header = make_atom(plan, code='"""Prices."""\n\nfrom decimal import Decimal\n\n\n', kind="import", position=1)
    atom = make_spent_atom(
        plan,
        code=AFTER,
        position=2,
        complexity=4,
        confidence="0.430",
        confidence_parts={
            "validation": 0.55,
            "attempts": 0.4,
            "complexity": 0.67,
            "integration": 0.5,
            "explanation": "0.43: one type error, security not run, three attempts, complexity 4",
        },
    )
    finding = Diagnostic(
        path=atom.path,
        line=8,
        layer="types",
        code="assignment",
        message='Incompatible types: "int | None" is no Decimal.',
        hint="Give sum a Decimal to start from.",
    )
    for layer, passed in (("syntax", True), ("imports", True), ("types", False), ("lint", True), ("security", None)):
        ValidationResult.objects.create(
            plan=plan,
            atom=atom,
            level=1,
            layer=layer,
            passed=passed,
            checks_run=1 if passed is not None else 0,
            checks_passed=1 if passed else 0,
            checks_failed=1 if passed is False else 0,
            errors=[finding.model_dump()] if passed is False else [],
            reason="" if passed is not None else "not installed",
        )
    for number, code in enumerate((FIXED.replace("ValueError", "KeyError"), BEFORE, AFTER), 1):
        AtomAttempt.objects.create(
            atom=atom,
            attempt=number,
            code=code,
            success=False,
            errors=[finding.model_dump()],
            model="" if number == 1 else "offline",
            seconds=0.4,
            cost="0.001200",
        )
    callers = [make_atom(plan, path="shop/api.py", qualname=name) for name in ("checkout", "quote")]
    make_graph(plan, [(header, atom), *((atom, caller) for caller in callers)])
    type(atom).objects.filter(pk=atom.pk).update(feedback=[finding.model_dump()])
    assist = {
        "issues": [
            {"line": 8, "message": "sum of nothing is 0, an int; `or None` makes it worse.", "severity": "error"}
        ],
        "suggested_code": FIXED,
        "alternatives": ["Refuse orders without lines before they come here."],
        "reasons": "The type error comes from sum starting at the integer 0.",
    }
    first = make_review(atom, suggestions=assist)
    return [first, *(make_review(caller) for caller in callers)]
