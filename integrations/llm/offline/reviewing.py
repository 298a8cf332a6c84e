"""The purpose ``review_assist``: what a reader should look at in an atom, found by real checks."""

from __future__ import annotations

import ast
import textwrap

from common.python_source import parse_python
from integrations.llm.offline.mending import mend
from integrations.llm.offline.retrying import clean_code
from integrations.llm.shapes import ReviewAssist, ReviewAssistInputs, ReviewIssue

LONGEST_FUNCTION = 40
MOST_ARGUMENTS = 6
MOST_NESTING = 4
NESTING = (ast.If, ast.For, ast.While, ast.With, ast.Try)


def assist_review(inputs: ReviewAssistInputs) -> ReviewAssist:
    """Issues with their lines in the file: the diagnostics first, then what the engine's own checks find."""
    atom = inputs.atom
    issues = [
        ReviewIssue(line=error.line, message=f"{error.code}: {error.message}", severity=error.severity)
        for error in inputs.errors
    ]
    try:
        tree = parse_python(textwrap.dedent(atom.text))
    except SyntaxError as error:
        line = atom.start_line + (error.lineno or 1) - 1
        if not any(issue.severity == "error" for issue in issues):
            issues.append(
                ReviewIssue(line=line, message=f"This part does not parse by itself: {error.msg}", severity="info")
            )
    else:
        issues += _checks(tree, atom.start_line - 1)
    return ReviewAssist(
        issues=issues,
        suggested_code=_suggested(inputs, issues),
        reasons=_reasons(inputs, issues),
        alternatives=_alternatives(issues),
    )


def _suggested(inputs: ReviewAssistInputs, issues: list[ReviewIssue]) -> str:
    """What mends the atom: the engine's own text of it, else small mends of what its checks found; empty for none."""
    atom = inputs.atom
    if any(issue.severity == "error" for issue in issues) and inputs.project is not None:
        clean = clean_code(inputs.project, atom, inputs.file_text)
        if clean not in ("", atom.text):
            return clean
    mended = mend(atom.text)
    return mended if mended != atom.text else ""


def _checks(tree: ast.Module, offset: int) -> list[ReviewIssue]:
    issues: list[ReviewIssue] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            issues += [ReviewIssue(line=offset + line, message=text) for line, text in _function_issues(node)]
        elif isinstance(node, ast.ExceptHandler) and node.type is None:
            issues.append(
                ReviewIssue(line=offset + node.lineno, message="A bare except hides every error, even an interrupt.")
            )
        elif (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"eval", "exec", "print"}
        ):
            text = f"{node.func.id} has no place in a service."
            issues.append(ReviewIssue(line=offset + node.lineno, message=text))
        elif isinstance(node, ast.ClassDef) and not ast.get_docstring(node) and not node.name.startswith("_"):
            text = f"The class {node.name} has no docstring."
            issues.append(ReviewIssue(line=offset + node.lineno, message=text, severity="info"))
    return sorted(issues, key=lambda issue: issue.line)


def _function_issues(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    length = (node.end_lineno or node.lineno) - node.lineno + 1
    arguments = len(node.args.args) + len(node.args.kwonlyargs)
    if length > LONGEST_FUNCTION:
        found.append((node.lineno, f"{node.name} has {length} lines; parts of it may deserve a name."))
    if arguments > MOST_ARGUMENTS:
        found.append((node.lineno, f"{node.name} takes {arguments} arguments; some may belong together."))
    if _depth(node) > MOST_NESTING:
        found.append((node.lineno, f"{node.name} is nested {_depth(node)} deep."))
    if node.returns is None:
        found.append((node.lineno, f"{node.name} does not say what it returns."))
    found += [(line, f"{name} is set and never used.") for name, line in _unused(node)]
    found += [
        (node.lineno, f"{node.name} has a default value that all calls share.")
        for default in [*node.args.defaults, *node.args.kw_defaults]
        if isinstance(default, ast.List | ast.Dict | ast.Set)
    ]
    return found


def _depth(node: ast.AST) -> int:
    return max((_depth(child) + isinstance(child, NESTING) for child in ast.iter_child_nodes(node)), default=0)


def _unused(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[tuple[str, int]]:
    names = [part for part in ast.walk(node) if isinstance(part, ast.Name)]
    read = {name.id for name in names if isinstance(name.ctx, ast.Load | ast.Del)}
    stored = {name.id: name.lineno for name in names if isinstance(name.ctx, ast.Store)}
    return [(name, line) for name, line in stored.items() if name not in read and not name.startswith("_")]


def _reasons(inputs: ReviewAssistInputs, issues: list[ReviewIssue]) -> str:
    parts = [
        f"Confidence {inputs.confidence:.2f} after {inputs.attempts} attempt{'s' if inputs.attempts != 1 else ''}."
    ]
    parts.append(f"{len(inputs.errors)} open diagnostics." if inputs.errors else "No open diagnostics.")
    own = len(issues) - len(inputs.errors)
    parts.append(
        f"The offline engine's own checks found {own} more."
        if own
        else "The offline engine's own checks found nothing."
    )
    return " ".join(parts)


def _alternatives(issues: list[ReviewIssue]) -> list[str]:
    if any(issue.severity == "error" for issue in issues):
        return ["Ask for the atom again with a hint that names the error.", "Edit the lines named above by hand."]
    return []
