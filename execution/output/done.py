"""The Definition of Done of a task: named checks, each passed, failed or not applicable, and why."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from execution.output.done_criteria import CRITERIA
from execution.output.done_facts import GROUPS, ConditionOutcome, Group, TaskFacts, TestOutcome, Verdict

__all__ = ["CheckedCriterion", "ConditionOutcome", "DoneReport", "TaskFacts", "TestOutcome", "judge_task"]


@dataclass(frozen=True)
class CheckedCriterion:
    name: str
    group: Group
    required: bool
    verdict: Verdict
    why: str


@dataclass(frozen=True)
class DoneReport:
    """Every criterion of one task, in the order of the definition."""

    task: str
    title: str
    checks: tuple[CheckedCriterion, ...]

    @property
    def done(self) -> bool:
        return not self.missing

    @property
    def missing(self) -> tuple[CheckedCriterion, ...]:
        """Required checks that failed."""
        return tuple(check for check in self.checks if check.required and check.verdict == "failed")

    def to_text(self) -> str:
        """The report for a terminal or a page that keeps lines."""
        marks = {"passed": "ok  ", "failed": "FAIL", "not_applicable": "n/a "}
        lines = [f"{self.task} {self.title}: {'done' if self.done else 'not done'}"]
        for group in GROUPS:
            lines.append(f"  {group}")
            for check in self.checks:
                if check.group == group:
                    wanted = "" if check.required else " (desirable)"
                    lines.append(f"    {marks[check.verdict]} {check.name.replace('_', ' ')}{wanted}: {check.why}")
        return "\n".join(lines) + "\n"

    def to_json(self) -> str:
        """The report as JSON, with ``done`` beside the checks."""
        content = {"task": self.task, "title": self.title, "done": self.done}
        return json.dumps({**content, "checks": [asdict(check) for check in self.checks]}, indent=2, ensure_ascii=False)


def judge_task(facts: TaskFacts) -> DoneReport:
    """Applies the whole Definition of Done to one task."""
    checks = []
    for criterion in CRITERIA:
        finding = criterion.judge(facts)
        checks.append(
            CheckedCriterion(criterion.name, criterion.group, criterion.required, finding.verdict, finding.why)
        )
    return DoneReport(facts.task, facts.title, tuple(checks))
