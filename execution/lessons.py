"""What tasks and failures are remembered by, and what of them later prompts are given. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

MAX_CODE = 2_200
"""Characters of code in a lesson: three of them go into one prompt."""
MAX_ERRORS = 5
_PLACE = re.compile(r"\b(?:line|column) \d+\b|\b0x[0-9a-f]+\b|(?<=:)\d+(?=:)")


def task_text(*, title: str, description: str, kind: str, target_files: Sequence[str], exports: Sequence[str]) -> str:
    """What a task is found by: what it is to do, where, and what it offers."""
    return "\n".join([f"{kind} {title}", description, " ".join(target_files), " ".join(exports)])


def errors_text(errors: Iterable[Mapping[str, Any]]) -> str:
    """What a failure is found by: codes and messages, once each, without places."""
    said = [f"{error.get('code', '')} {_PLACE.sub('', str(error.get('message', '')))}".strip() for error in errors]
    return "\n".join(list(dict.fromkeys(said))[:MAX_ERRORS])


def success_lesson(*, title: str, files: Mapping[str, str]) -> str:
    """A task that was done, with its code."""
    parts = [title]
    share = MAX_CODE // max(1, len(files))
    parts += [f"{path}\n{shortened(text, share)}" for path, text in files.items()]
    return "\n".join(parts)


def failure_lesson(*, errors: str, before: str, after: str, cause: str = "") -> str:
    """A failure: what was wrong, why, and what solved it where something did."""
    parts = [f"Errors:\n{errors}"]
    if cause:
        parts.append(f"Cause: {cause}")
    if after:
        parts.append(f"Solved by:\n{shortened(difference(before, after), MAX_CODE)}")
    else:
        parts.append(f"Not solved. The text that failed:\n{shortened(before, MAX_CODE // 2)}")
    return "\n".join(parts)


def mistakes_lesson(*, title: str, failures: Sequence[str], ended: str) -> str:
    """A task in which things went wrong: what, and how it ended."""
    return "\n".join([f"{title}: {ended}", *failures[:3]])


def difference(before: str, after: str) -> str:
    """A unified diff, or the whole new text where hardly anything of the old one is left."""
    old, new = before.splitlines(), after.splitlines()
    if not before or difflib.SequenceMatcher(None, old, new, autojunk=False).ratio() < 0.3:
        return after
    return "\n".join(list(difflib.unified_diff(old, new, "before", "after", lineterm="", n=2)))


def shortened(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[:limit].rsplit("\n", 1)[0] + "\n..."
