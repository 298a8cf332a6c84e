"""One full set of inputs for every purpose."""

from __future__ import annotations

from typing import Any

from integrations.llm import shapes
from integrations.llm.shapes import ReportInputs

PROJECT = shapes.ProjectContext(project_name="Shop", description="Sells", stack="fastapi", structure=["a.py"])
TASK = shapes.TaskSpec(
    id="task_001", title="Model", description="The model", type="implementation", target_files=["a.py"]
)
ATOM = shapes.AtomSpan(
    path="a.py", qualname="total", kind="function", start_line=1, end_line=2, text="def total(): ..."
)
WRONG = shapes.Diagnostic(path="a.py", line=1, layer="types", code="return", message="no return")
PAST = shapes.PastAttempt(attempt=1, text="def total(): 1", errors=[WRONG])
DOMAIN = shapes.DomainModel(
    business_domain=shapes.BusinessDomain(industry="retail", problem_statement="Sell"),
    bounded_contexts=[shapes.BoundedContext(name="Sales", responsibilities=["sell"], entities=["Order"])],
    aggregates=[shapes.Aggregate(root="Order")],
    entities=[
        shapes.EntitySchema(name="Order", plural="orders", fields=[shapes.FieldSchema(name="total", type="decimal")])
    ],
)
INPUTS: dict[str, shapes.Shape] = {
    "discovery_questions": shapes.DiscoveryQuestionsInputs(request="a shop", patterns=["Industry: retail"]),
    "domain_model": shapes.DomainModelInputs(
        request="a shop",
        answers=[shapes.AnsweredQuestion(id="who", category="users", question="Who?", answer="Clerks")],
        patterns=["Industry: retail"],
    ),
    "masterplan": shapes.MasterPlanInputs(
        request="a shop",
        domain=DOMAIN,
        requirements=[shapes.Requirement(id="entity_Order", text="What somebody buys")],
        problems=["task_002 has no file"],
        memory=shapes.PlanningMemory(
            similar=["Toys: 30 tasks"], failed=["Books: no tests"], modifications=["vouchers"], tasks=30
        ),
    ),
    "task_code": shapes.TaskCodeInputs(
        project=PROJECT,
        task=TASK,
        interfaces=[shapes.ProjectFile(path="b.py", text="x: int")],
        errors=["does not parse"],
        hint="use Decimal",
        examples=["class Toy: ..."],
        mistakes=["a total as a float"],
    ),
    "atom_retry": shapes.AtomRetryInputs(
        project=PROJECT,
        task=TASK,
        atom=ATOM,
        file_text="def total(): ...",
        interfaces=[shapes.ProjectFile(path="b.py", text="x: int")],
        errors=[WRONG],
        test_output="1 failed",
        history=[PAST],
        changes="-x = 1",
        recommended="+from b import x",
        why="line 1: It is wrong.",
        examples=["return the sum"],
        hint="use Decimal",
    ),
    "debug_analysis": shapes.DebugInputs(
        project=PROJECT,
        task=TASK,
        atom=ATOM,
        history=[PAST],
        file_text="x = 1",
        interfaces=[shapes.ProjectFile(path="b.py", text="x: int")],
        successes=["import Decimal"],
    ),
    "review_assist": shapes.ReviewAssistInputs(
        atom=ATOM, file_text="x = 1", errors=[WRONG], attempts=3, confidence=0.6
    ),
    "report_summary": ReportInputs(project_name="Shop", request="a shop", facts=["12 tests passed"]),
    "chat": shapes.ChatInputs(
        message="How far is it?",
        history=[shapes.ChatTurn(role="user", text="a shop")],
        plans=[shapes.PlanFacts(name="Shop", status="paused", tasks_done=3, tasks_total=9, waits_for="a decision")],
        facts=["12 tests passed"],
    ),
    "impact_analysis": shapes.ImpactInputs(
        request="a shop",
        requirement="orders have a note",
        adjustment="a short one",
        project=PROJECT,
        domain=DOMAIN,
        tasks=[shapes.PlannedTask(task=TASK, status="done", milestone="milestone_01")],
        problems=["task_002 has no file"],
    ),
    "acceptance_tests": shapes.AcceptanceInputs(
        project=PROJECT,
        criteria=[shapes.WantedTest(id="c1", text="Orders are stored", priority="should", task="task_001")],
        interfaces=[shapes.ProjectFile(path="b.py", text="x: int")],
        errors=["does not parse"],
    ),
    "pattern_extraction": shapes.PatternInputs(
        project=PROJECT,
        tasks=[
            shapes.TaskOutcome(
                task="task_001",
                title="Model",
                type="implementation",
                files=[shapes.ProjectFile(path="a.py", text="x = 1")],
                attempts=2,
                errors=[WRONG],
            )
        ],
    ),
}
SCHEMA: dict[str, Any] = {"type": "object"}
