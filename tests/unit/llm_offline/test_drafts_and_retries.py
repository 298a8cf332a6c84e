"""Drafts with a fault rate, and retries that mend them."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest

from integrations.llm.offline.drafting import clean_text
from integrations.llm.offline.engine import EngineOptions, answer
from integrations.llm.offline.errors import TaskNotOffered
from integrations.llm.offline.faults import Fault, possible_faults
from integrations.llm.shapes import AtomCode, AtomRetryInputs, AtomSpan, Diagnostic, TaskSpec
from tests.unit.llm_offline.building import Planned, draft, plan_for, texts_of

ALWAYS = EngineOptions(fault_rate=1.0)


@pytest.fixture(scope="module")
def planned() -> Planned:
    return plan_for("Create an API for tasks and comments")


def task_for(planned: Planned, path: str) -> TaskSpec:
    return next(task for task in planned.tasks if path in task.target_files)


def retry(
    planned: Planned,
    path: str,
    text: str,
    start: int,
    end: int,
    attempt: int = 2,
    options: EngineOptions | None = None,
    errors: Sequence[Diagnostic] = (),
) -> AtomCode:
    lines = text.split("\n")
    atom = AtomSpan(
        path=path,
        qualname="atom",
        kind="function",
        start_line=start,
        end_line=end,
        text="\n".join(lines[start - 1 : end]) + "\n",
    )
    task = planned.tasks[0]
    inputs = AtomRetryInputs(project=planned.project, task=task, atom=atom, file_text=text, errors=list(errors))
    code = answer("atom_retry", inputs, attempt=attempt, options=options or EngineOptions())
    assert isinstance(code, AtomCode)
    return code


def test_an_import_forgotten_after_a_blank_line_comes_back() -> None:
    django = plan_for("Create an API for notes", "django")
    clean = clean_text(django.project, "config/wsgi.py")
    line = "from django.core.wsgi import get_wsgi_application\n"
    given = clean.replace(f"\n{line}", "")
    first, last = (
        given.split("\n").index("from __future__ import annotations") + 1,
        given.split("\n").index("import os") + 1,
    )
    code = retry(django, "config/wsgi.py", given, first, last)
    assert code.code == f"from __future__ import annotations\n\nimport os\n\n{line}"


def test_without_a_fault_rate_drafts_are_clean(planned: Planned) -> None:
    for path, text in texts_of(planned).items():
        assert text == clean_text(planned.project, path)


def test_with_rate_one_every_code_file_has_one_mistake_in_one_line(planned: Planned) -> None:
    for task in planned.tasks:
        main = draft(planned, task, ALWAYS).files[0]
        clean = clean_text(planned.project, main.path).split("\n")
        given = main.text.split("\n")
        changed = [line for line in given if line not in clean]
        if not possible_faults(main.path, "\n".join(clean)):
            assert given == clean
            continue
        assert given != clean
        assert len(changed) <= 1
        assert len(clean) - len(given) in {0, 1}


def test_mistakes_depend_on_seed_and_attempt_only(planned: Planned) -> None:
    task = task_for(planned, "app/services/task.py")
    texts = {
        (seed, attempt): draft(planned, task, EngineOptions(fault_rate=1.0, seed=seed), attempt).files[0].text
        for seed in range(5)
        for attempt in (1, 2)
    }
    again = draft(planned, task, EngineOptions(fault_rate=1.0, seed=3), 2).files[0].text
    assert texts[3, 2] == again
    assert len(set(texts.values())) > 3


def test_the_share_of_faulty_drafts_is_about_the_rate(planned: Planned) -> None:
    task = task_for(planned, "app/services/task.py")
    clean = clean_text(planned.project, "app/services/task.py")
    faulty = sum(
        draft(planned, task, EngineOptions(fault_rate=0.2, seed=seed)).files[0].text != clean for seed in range(200)
    )
    assert 25 <= faulty <= 55


def test_every_kind_of_mistake_is_possible(planned: Planned) -> None:
    text = clean_text(planned.project, "app/services/task.py")
    kinds = {fault.kind for fault in possible_faults("app/services/task.py", text)}
    assert kinds == {"syntax", "missing_import", "unknown_name", "wrong_type", "missing_export", "wrong_logic"}


@pytest.mark.parametrize("path", ["tests/test_task_api.py", "app/__init__.py", "docs/api.md"])
def test_tests_and_documents_get_no_wrong_logic(planned: Planned, path: str) -> None:
    kinds = {fault.kind for fault in possible_faults(path, clean_text(planned.project, path))}
    assert not kinds & {"wrong_logic", "missing_export"}


def faulty_places(planned: Planned) -> list[tuple[str, Fault]]:
    texts = {path: text for path, text in texts_of(planned).items() if "task" in path}
    return [(path, fault) for path, text in texts.items() for fault in possible_faults(path, text)]


def test_a_retry_of_the_faulty_lines_gives_the_clean_file(planned: Planned) -> None:
    for path, fault in faulty_places(planned):
        if fault.new is None:
            continue
        clean = clean_text(planned.project, path)
        faulty = fault.apply(clean)
        code = retry(planned, path, faulty, fault.line, fault.line)
        lines = faulty.split("\n")
        lines[fault.line - 1 : fault.line] = code.code.removesuffix("\n").split("\n")
        assert "\n".join(lines) == clean, fault


def test_a_retry_of_an_import_block_brings_the_missing_line_back(planned: Planned) -> None:
    path = "app/services/task.py"
    clean = clean_text(planned.project, path)
    lines = clean.split("\n")
    first = next(number for number, line in enumerate(lines, 1) if line.startswith("from app."))
    last = max(number for number, line in enumerate(lines, 1) if line.startswith("from app."))
    for gone in range(first, last + 1):
        faulty = "\n".join([*lines[: gone - 1], *lines[gone:]])
        code = retry(planned, path, faulty, first, last - 1)
        assert code.code == "\n".join(lines[first - 1 : last]) + "\n"


def test_a_retry_elsewhere_names_the_import_that_is_missing(planned: Planned) -> None:
    path = "app/services/task.py"
    clean = clean_text(planned.project, path)
    faulty = clean.replace("from app.database import save\n", "")
    lines = faulty.split("\n")
    place = next(number for number, line in enumerate(lines, 1) if "save(" in line)
    code = retry(planned, path, faulty, place, place)
    assert code.code == lines[place - 1] + "\n"
    assert code.imports == ["from app.database import save"]


def test_a_clean_atom_comes_back_unchanged_and_says_so(planned: Planned) -> None:
    path = "app/services/task.py"
    clean = clean_text(planned.project, path)
    code = retry(planned, path, clean, 20, 26)
    assert code.code == "\n".join(clean.split("\n")[19:26]) + "\n"
    assert code.imports == []
    assert code.explanation.startswith("unchanged:")


def test_a_file_the_engine_does_not_know_comes_back_unchanged(planned: Planned) -> None:
    code = retry(planned, "app/strange.py", "x = 1\ny = 2\n", 1, 1)
    assert (code.code, code.imports) == ("x = 1\n", [])
    assert "app/strange.py" in code.explanation


def test_retries_err_too_but_never_after_the_third(planned: Planned) -> None:
    path = "app/services/task.py"
    clean = clean_text(planned.project, path)
    spans = [(start, start + 12) for start in range(18, 60, 4)]

    def errs(attempt: int, rate: float) -> int:
        options = EngineOptions(fault_rate=rate)
        wanted = clean.split("\n")
        return sum(
            retry(planned, path, clean, start, end, attempt, options).code != "\n".join(wanted[start - 1 : end]) + "\n"
            for start, end in spans
        )

    assert errs(2, 1.0) > len(spans) / 2
    assert errs(4, 1.0) == 0
    assert errs(2, 0.0) == 0


def test_a_task_with_a_foreign_file_is_refused(planned: Planned) -> None:
    task = planned.tasks[0].model_copy(update={"target_files": ["app/strange.py"]})
    with pytest.raises(TaskNotOffered, match="app/strange.py"):
        draft(planned, task)


def told(code: str, message: str) -> Diagnostic:
    return Diagnostic(path="app/database.py", line=1, layer="lint", code=code, message=message)


def test_an_import_that_nothing_uses_any_more_is_left_out_and_comes_back_with_its_user(planned: Planned) -> None:
    path = "app/database.py"
    clean = clean_text(planned.project, path)
    given = clean.replace(") -> Engine:", ") -> bytes:")
    assert given != clean
    lines = given.split("\n")
    first = next(number for number, line in enumerate(lines, 1) if line.startswith("from "))
    last = max(number for number, line in enumerate(lines, 1) if line.startswith(("from ", "import ")))
    unused = told("F401", "`sqlalchemy.Engine` imported but unused")
    code = retry(planned, path, given, first, last, errors=[unused])
    assert "Engine" not in re.findall(r"\w+", code.code)
    assert [line for line in lines[first - 1 : last] if "Engine" not in line and line not in code.code] == []
    given = given.replace("\n".join(lines[first - 1 : last]) + "\n", code.code)
    place = next(number for number, line in enumerate(given.split("\n"), 1) if line.endswith(") -> bytes:"))
    code = retry(planned, path, given, place, place)
    assert (code.code, code.imports) == (
        given.split("\n")[place - 1].replace("bytes", "Engine") + "\n",
        ["from sqlalchemy import Engine"],
    )


def test_what_the_file_calls_otherwise_is_called_so(planned: Planned) -> None:
    path = "app/routes/task.py"
    clean = clean_text(planned.project, path)
    given = clean.replace("def page_of(", "def do_page_of(")
    place = next(number for number, line in enumerate(given.split("\n"), 1) if " page_of(" in line)
    assert retry(planned, path, given, place, place).code == given.split("\n")[place - 1] + "\n"
    code = retry(planned, path, given, place, place, errors=[told("F821", "Undefined name `page_of`")])
    assert code.code == given.split("\n")[place - 1].replace("page_of", "do_page_of") + "\n"
