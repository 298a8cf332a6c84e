"""Discovery, debugging, review and report answers; the border of the engine."""

from __future__ import annotations

import pytest

from integrations.llm.offline.engine import answer
from integrations.llm.offline.errors import PurposeNotOffered
from integrations.llm.shapes import (
    AnsweredQuestion,
    AtomSpan,
    DebugAnalysis,
    DebugInputs,
    Diagnostic,
    DiscoveryQuestions,
    DiscoveryQuestionsInputs,
    DomainModel,
    DomainModelInputs,
    PastAttempt,
    ReportInputs,
    ReportSummary,
    ReviewAssist,
    ReviewAssistInputs,
)
from tests.unit.llm_offline.building import plan_for


def ask(request: str) -> DiscoveryQuestions:
    found = answer("discovery_questions", DiscoveryQuestionsInputs(request=request))
    assert isinstance(found, DiscoveryQuestions)
    return found


def test_discovery_says_what_it_is_and_what_it_understood() -> None:
    found = ask("API for tasks with title and due date, and comments")
    assert "offline engine" in found.understood
    assert "Task: title, due_date" in found.understood
    assert "Comment: body (usual fields); belongs to task" in found.understood
    assert found.language == "en"


def test_discovery_speaks_spanish() -> None:
    found = ask("Crea una API para gestionar tareas y comentarios")
    assert found.language == "es"
    assert "motor sin conexión" in found.understood
    assert all("¿" in question.question for question in found.questions)


def test_questions_are_about_what_is_missing() -> None:
    ids = [question.id for question in ask("API for spaceships and users").questions]
    assert ids == ["fields_spaceship", "volume", "personal_data"]
    assert "fields_spaceship" not in [one.id for one in ask("spaceships with name and speed; users").questions]


def test_an_answer_about_fields_is_used() -> None:
    answers = [
        AnsweredQuestion(
            id="fields_spaceship", category="business_domain", question="?", answer="name, speed and color"
        )
    ]
    model = answer("domain_model", DomainModelInputs(request="API to manage spaceships", answers=answers))
    assert isinstance(model, DomainModel)
    assert [field.name for field in model.entities[0].fields] == ["name", "speed", "color"]


def test_the_domain_model_is_complete() -> None:
    domain = plan_for("API for tasks with title and unique code, and comments").domain
    assert domain.bounded_contexts[0].entities == ["Task", "Comment"]
    assert [aggregate.root for aggregate in domain.aggregates] == ["Task"]
    assert domain.aggregates[0].entities == ["Comment"]
    assert "TaskCreated" in domain.domain_events
    assert any(rule.statement == "The code of a task is unique." for rule in domain.business_rules)


def atom(text: str, start: int = 10) -> AtomSpan:
    end = start + text.count("\n") - 1
    return AtomSpan(path="app/x.py", qualname="f", kind="function", start_line=start, end_line=end, text=text)


def test_debugging_finds_the_missing_dependency() -> None:
    planned = plan_for("API for tasks")
    error = Diagnostic(path="app/x.py", line=11, layer="lint", code="F821", message="Undefined name `save_all`")
    history = [PastAttempt(attempt=number, text="x", errors=[error]) for number in (1, 2, 3)]
    inputs = DebugInputs(
        project=planned.project, task=planned.tasks[5], atom=atom("x\n"), history=history, file_text="x\n"
    )
    found = answer("debug_analysis", inputs)
    assert isinstance(found, DebugAnalysis)
    assert found.proposals[0].action == "create_dependency_task"
    assert "save_all" in found.hidden_dependency
    assert "same text" in found.why_retries_failed
    probabilities = [proposal.probability for proposal in found.proposals]
    assert probabilities == sorted(probabilities, reverse=True)
    assert sum(probabilities) == pytest.approx(1)


def review(text: str, errors: list[Diagnostic] | None = None) -> ReviewAssist:
    inputs = ReviewAssistInputs(atom=atom(text), file_text=text, errors=errors or [], attempts=2, confidence=0.5)
    found = answer("review_assist", inputs)
    assert isinstance(found, ReviewAssist)
    return found


def test_reviews_point_at_lines_of_the_file() -> None:
    text = (
        "def f(a: int, b: list[int] = []):\n    unused = a\n    try:\n        return b\n    except:\n        return 1\n"
    )
    issues = {(issue.line, issue.message.split(";")[0]) for issue in review(text).issues}
    assert issues == {
        (10, "f does not say what it returns."),
        (10, "f has a default value that all calls share."),
        (11, "unused is set and never used."),
        (14, "A bare except hides every error, even an interrupt."),
    }


def test_reviews_of_clean_code_find_nothing() -> None:
    found = review("def f(a: int) -> int:\n    return a + 1\n")
    assert found.issues == []
    assert "found nothing" in found.reasons


def test_reviews_of_methods_and_broken_pieces_work() -> None:
    assert review("    def f(self) -> int:\n        return 1\n").issues == []
    assert "does not parse by itself" in review("def f(:\n    pass\n").issues[0].message


def test_reports_tell_the_facts_and_the_open_points() -> None:
    inputs = ReportInputs(project_name="Task API", request="API for tasks", facts=["36 tasks done", "2 tests failed"])
    found = answer("report_summary", inputs)
    assert isinstance(found, ReportSummary)
    assert found.summary == 'Task API: the request was "API for tasks". 36 tasks done. 2 tests failed.'
    assert found.next_steps[0] == "Look at: 2 tests failed"


def test_other_purposes_and_shapes_are_refused() -> None:
    with pytest.raises(PurposeNotOffered, match="chat"):
        answer("chat", DiscoveryQuestionsInputs(request="x"))
    with pytest.raises(PurposeNotOffered, match="masterplan"):
        answer("masterplan", DiscoveryQuestionsInputs(request="x"))


def test_reviews_suggest_a_mend_for_what_they_can_mend() -> None:
    text = "def f(a: int):\n    try:\n        g(a)\n    except:\n        h(a)\n"
    assert review(text).suggested_code == text.replace("int):", "int) -> None:").replace("except:", "except Exception:")


@pytest.mark.parametrize(
    "text",
    [
        "def f(a: int):\n    return a\n",
        "def f(a: int):\n    yield a\n",
        "def f(): pass\n",
        "def f(:\n",
        "def f(a: int) -> int:\n    return a\n",
    ],
)
def test_reviews_suggest_nothing_where_they_are_not_sure(text: str) -> None:
    assert review(text).suggested_code == ""


def test_a_mend_stays_away_from_functions_inside() -> None:
    text = "def f(a: int):\n    def g() -> int:\n        return a\n    use(g)\n"
    assert review(text).suggested_code == text.replace("int):\n    def", "int) -> None:\n    def")
