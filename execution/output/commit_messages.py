"""Messages of workspace commits, so that ``git log`` alone tells how a project came to be."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_SHOWN: Final = 50


@dataclass(frozen=True)
class WaveCommit:
    """What one wave did. ``tasks`` are lines such as ``task_003 Task model``; atoms are qualified names."""

    wave: int
    tasks: Sequence[str]
    accepted: Sequence[str]
    failed: Sequence[str] = ()
    trace_id: str = ""


def one_line(text: str, *, limit: int = 200) -> str:
    """``text`` without line breaks or control characters, cut to ``limit`` characters."""
    flat = " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", text).split())
    return flat if len(flat) <= limit else f"{flat[: limit - 3]}..."


def wave_message(commit: WaveCommit) -> str:
    """Subject with the counts, then tasks, atoms and the trace id."""
    subject = f"Wave {commit.wave}: {len(commit.accepted)} accepted"
    if commit.failed:
        subject += f", {len(commit.failed)} failed"
    sections = [subject]
    for title, items in (("Tasks", commit.tasks), ("Accepted", commit.accepted), ("Failed", commit.failed)):
        if items:
            sections.append(_section(title, items))
    if commit.trace_id:
        sections.append(f"Trace-Id: {one_line(commit.trace_id)}")
    return "\n\n".join(sections) + "\n"


def _section(title: str, items: Sequence[str]) -> str:
    lines = [f"- {one_line(item)}" for item in items[:_SHOWN]]
    if len(items) > _SHOWN:
        lines.append(f"- and {len(items) - _SHOWN} more")
    return "\n".join([f"{title}:", *lines])


def plain_message(subject: str, *, details: Sequence[str] = (), trace_id: str = "") -> str:
    """For the commits that are no wave: infrastructure, a review edit, the report."""
    sections = [one_line(subject, limit=100)]
    if details:
        sections.append(_section("Details", details))
    if trace_id:
        sections.append(f"Trace-Id: {one_line(trace_id)}")
    return "\n\n".join(sections) + "\n"
