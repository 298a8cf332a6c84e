"""The purpose ``atom_retry``: one atom again, taken from the clean text of its file."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from difflib import SequenceMatcher

from common.python_source import parse_python
from integrations.llm.offline.adapting import with_names_of_file, without_unused
from integrations.llm.offline.dice import fraction
from integrations.llm.offline.drafting import clean_text
from integrations.llm.offline.errors import StackNotOffered, TaskNotOffered
from integrations.llm.offline.faults import choose_fault
from integrations.llm.offline.options import EngineOptions
from integrations.llm.shapes import AtomCode, AtomRetryInputs, AtomSpan, ProjectContext


def retry_atom(inputs: AtomRetryInputs, *, attempt: int, options: EngineOptions) -> AtomCode:
    """The clean text of the atom's span, and imports the file lacks; unchanged when the engine has nothing better."""
    atom = inputs.atom
    try:
        clean = clean_text(inputs.project, atom.path)
    except (TaskNotOffered, StackNotOffered) as error:
        return AtomCode(code=atom.text, explanation=f"unchanged: {error.detail}")
    lines = clean.split("\n")
    begin, end = clean_span(inputs.file_text.split("\n"), lines, atom)
    words = (options.seed, "atom_retry", atom.path, atom.qualname, atom.start_line, attempt)
    faulty = _with_fault(atom, clean, range(begin + 1, end + 1), words, attempt, options)
    chosen = (faulty or clean).split("\n")[
        begin : end + (0 if faulty is None else len(faulty.split("\n")) - len(lines))
    ]
    code = "\n".join(chosen) + ("\n" if atom.text.endswith("\n") else "")
    code = _as_the_file_stands(code, clean, inputs)
    if not code.strip() and atom.text.strip():
        return AtomCode(code=atom.text, explanation="unchanged: the clean file has nothing in this place.")
    imports = _missing_imports(inputs.file_text, clean, code)
    if code == atom.text and not imports:
        return AtomCode(
            code=code, explanation="unchanged: this text is what the engine would write; the cause is elsewhere."
        )
    return AtomCode(code=code, imports=imports, explanation=_explanation(inputs))


def _as_the_file_stands(code: str, clean: str, inputs: AtomRetryInputs) -> str:
    if _is_imports(inputs.atom.text):
        return without_unused(code, inputs.errors)
    return with_names_of_file(code, clean=clean, given=inputs.file_text, errors=inputs.errors)


def clean_code(project: ProjectContext, atom: AtomSpan, file_text: str) -> str:
    """The atom as the engine itself writes it; empty where it has nothing in this place."""
    try:
        clean = clean_text(project, atom.path)
    except (TaskNotOffered, StackNotOffered):
        return ""
    lines = clean.split("\n")
    begin, end = clean_span(file_text.split("\n"), lines, atom)
    code = "\n".join(lines[begin:end]) + ("\n" if atom.text.endswith("\n") else "")
    return code if code.strip() else ""


def clean_span(given: Sequence[str], clean: Sequence[str], atom: AtomSpan) -> tuple[int, int]:
    """Where the atom's lines stand in the clean text: from 0, the end not included."""
    operations = SequenceMatcher(None, given, clean, autojunk=False).get_opcodes()
    begin = _map(operations, atom.start_line - 1, at_end=False)
    end = _map(operations, atom.end_line, at_end=True)
    if _is_imports(atom.text):
        begin, end = _with_missing_lines(operations, given, clean, atom, begin, end)
    return begin, max(begin, end)


def _map(operations: Sequence[tuple[str, int, int, int, int]], place: int, *, at_end: bool) -> int:
    """A boundary between given lines as a boundary between clean lines."""
    for tag, i1, i2, j1, j2 in operations:
        inside = i1 < place <= i2 if at_end else i1 <= place < i2
        if not inside:
            continue
        if tag == "equal" or i2 - i1 == j2 - j1:
            return j1 + (place - i1)
        if at_end:
            return j2 if place == i2 else min(j1 + (place - i1), j2)
        return min(j1 + (place - i1), j2)
    return operations[-1][4] if operations and place else 0


def _with_missing_lines(
    operations: Sequence[tuple[str, int, int, int, int]],
    given: Sequence[str],
    clean: Sequence[str],
    atom: AtomSpan,
    begin: int,
    end: int,
) -> tuple[int, int]:
    """Lines that are missing at the edge of an import atom belong to it, also where only blank lines lie between."""
    for tag, i1, i2, j1, j2 in operations:
        if tag == "insert" and i1 == i2 == atom.start_line - 1 and j2 == begin:
            begin = j1
        between = given[atom.end_line : i1]
        if tag == "insert" and i1 >= atom.end_line and j1 == end + len(between) and not any(between):
            end = max((place + 1 for place in range(j1, j2) if clean[place]), default=j1) if between else j2
    return begin, end


def _is_imports(text: str) -> bool:
    try:
        body = parse_python(text).body
    except SyntaxError:
        return False
    return bool(body) and all(isinstance(node, ast.Import | ast.ImportFrom) for node in body)


def _with_fault(
    atom: AtomSpan, clean: str, lines: range, words: tuple[object, ...], attempt: int, options: EngineOptions
) -> str | None:
    """The clean file with a mistake in the atom's lines, or None. Later attempts err less, and from 4 on never."""
    rate = {3: options.fault_rate / 2}.get(attempt, options.fault_rate if attempt < 3 else 0.0)
    if fraction(*words) >= rate:
        return None
    fault = choose_fault(atom.path, clean, *words, lines=lines)
    return None if fault is None else fault.apply(clean)


def _missing_imports(given: str, clean: str, code: str) -> list[str]:
    """Import statements of the clean file that the given file lacks and the atom's text uses."""
    if _is_imports(code):
        return []
    present = _imports(given)
    used = _names(code)
    return [statement for name, statement in _imports(clean).items() if name not in present and name in used]


def _imports(text: str) -> dict[str, str]:
    """Statement by name for every import at the top of a file; a file that does not parse is read line by line."""
    try:
        body: Sequence[ast.stmt] = parse_python(text).body
    except SyntaxError:
        body = [node for line in text.split("\n") if line.startswith(("from ", "import ")) for node in _parsed(line)]
    found: dict[str, str] = {}
    for node in body:
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                found[alias.asname or alias.name] = f"from {node.module} import {ast.unparse(alias)}"
        elif isinstance(node, ast.Import):
            for alias in node.names:
                found[alias.asname or alias.name] = f"import {ast.unparse(alias)}"
    return found


def _parsed(line: str) -> Sequence[ast.stmt]:
    try:
        return parse_python(line).body
    except SyntaxError:
        return []


def _names(code: str) -> set[str]:
    """Identifiers in a piece of code that need not parse by itself."""
    letters = "".join(letter if letter.isalnum() or letter == "_" else " " for letter in code)
    return set(letters.split())


def _explanation(inputs: AtomRetryInputs) -> str:
    codes = ", ".join(dict.fromkeys(error.code for error in inputs.errors))
    return f"Written again{f' to mend {codes}' if codes else ''}."
