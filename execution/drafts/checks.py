"""What is wrong with a draft before it is cut: does it parse, are its files and promised names there, does it use only
names of the project that some contract or file offers."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from common.python_source import parse_python
from execution.atoms import cut
from integrations.llm.shapes import ProjectFile, TaskSpec

OWN_SCOPE = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def problems_of(task: TaskSpec, files: Iterable[ProjectFile], *, offered: Mapping[str, set[str]]) -> list[str]:
    """Errors in words, for the next try; none means that the draft may be cut.

    ``offered`` maps each module of the project that is known so far to the names it offers; modules that are not in it
    are not judged, for their task may not be drafted yet.
    """
    by_path = {file.path: file.text for file in files}
    problems = [f"The file {path} is missing." for path in task.target_files if path not in by_path]
    problems += [f"{path} is not a file of this task." for path in by_path if path not in task.target_files]
    defined: set[str] = set()
    parsed = True
    for path, text in by_path.items():
        if not path.endswith(".py"):
            defined |= exported_names(path, text)
            continue
        try:
            tree = parse_python(text)
        except (SyntaxError, ValueError) as error:
            line = getattr(error, "lineno", None) or 1
            problems.append(f"{path} does not parse: {getattr(error, 'msg', error)} in line {line}.")
            parsed = False
            continue
        defined |= top_level_names(tree)
        problems += _unknown_imports(path, tree, offered)
    if parsed:
        problems += [
            f"{task.target_files[0]} must define {export.name} ({export.signature})."
            for export in task.exports
            if export.name not in defined
        ]
    return problems


def top_level_names(tree: ast.Module) -> set[str]:
    """Names that a module offers to others: definitions, assignments and imports at its top level, in any branch."""
    names: set[str] = set()
    waiting: list[ast.AST] = [tree]
    while waiting:
        for node in ast.iter_child_nodes(waiting.pop()):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                names.add(node.name)  # what it holds is its own
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names.add(node.id)
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                names |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
            elif not isinstance(node, OWN_SCOPE):
                waiting.append(node)
    return names


def names_in(text: str) -> set[str]:
    """Names that the text of a module offers; none where it does not parse."""
    try:
        return top_level_names(parse_python(text))
    except (SyntaxError, ValueError):
        return set()


def exported_names(path: str, text: str) -> set[str]:
    """Names that a file in another language defines at its top level; none where the language is not known."""
    return {name for atom in cut(path, text.encode()) if atom.parent is None for name in atom.defines}


def module_of(path: str) -> str:
    """``app/models/task.py`` is the module ``app.models.task``."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _unknown_imports(path: str, tree: ast.Module, offered: Mapping[str, set[str]]) -> list[str]:
    problems: list[str] = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or node.level or node.module is None or node.module not in offered:
            continue
        names = offered[node.module]
        for alias in node.names:
            known = alias.name == "*" or alias.name in names or f"{node.module}.{alias.name}" in offered
            if not known:
                problems.append(
                    f"{path} imports {alias.name} from {node.module}, which neither the plan nor that file offers."
                )
    return problems
