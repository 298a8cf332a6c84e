"""Puts diagnostics beside the lines they speak of. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from integrations.llm.shapes import Diagnostic


@dataclass(frozen=True)
class Finding:
    """Something said about a line, by a validator or by the assistant."""

    text: str
    severity: str
    source: str
    hint: str = ""


@dataclass
class CodeLine:
    """``number`` counts in the file, from 1; ``html`` is safe."""

    number: int
    html: str
    findings: list[Finding] = field(default_factory=list)
    marked: bool = False


def finding_of(diagnostic: Diagnostic) -> Finding:
    source = " ".join(part for part in (diagnostic.layer, diagnostic.code) if part)
    return Finding(diagnostic.message, diagnostic.severity, source, diagnostic.hint)


def place(
    lines: Sequence[str], findings: Iterable[tuple[int, Finding]], *, start: int
) -> tuple[list[CodeLine], list[Finding]]:
    """The lines with their findings, and the findings that name no line of these. Line ``start`` is the first."""
    placed = [CodeLine(start + offset, text) for offset, text in enumerate(lines)]
    elsewhere = []
    for number, finding in findings:
        if start <= number < start + len(placed):
            placed[number - start].findings.append(finding)
        else:
            elsewhere.append(finding)
    return placed, elsewhere
