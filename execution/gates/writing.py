"""Writing acceptance tests: criteria for which the plan names no test get one of ours, or the reason why not."""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Sequence

from django.utils import timezone

from common import claims
from common.actors import Actor
from common.changes import change, emit, remember
from common.errors import Conflict, DevMatrixError, ServiceUnavailable
from execution.acceptance.written import module_of, problems_of_answer, problems_of_code
from execution.gates.criteria import Criterion, Source, keep_criteria, unproved
from execution.models import AcceptanceSuite, AcceptanceTest, Atom
from execution.services.engine import engine_options_of
from execution.waves.tree import base_tree
from integrations.llm.estimates import CRITERIA_A_QUESTION
from integrations.llm.gateway import About, ask
from integrations.llm.shapes import AcceptanceInputs, AcceptanceTests, ProjectFile, WantedTest
from planning.models import MasterPlan, Task
from planning.selectors.plans import project_context_of
from planning.states import PlanStatus

logger = logging.getLogger(__name__)

ASKS = 3
PATIENCE = 300.0
"""Seconds for which the end of a plan waits while somebody else writes its tests."""
MAX_INTERFACE_CHARS = 120_000
_INTERFACE = re.compile(r"conftest|rout|views?\b|api|endpoint|urls|schema|serializer|main|service")
APPROVED = (PlanStatus.APPROVED, PlanStatus.IN_PROGRESS, PlanStatus.PAUSED, PlanStatus.COMPLETED)


class NotApproved(Conflict):
    code = "not_approved"
    title = "The plan is not approved"


class TestsAreBusy(Conflict):
    __test__ = False  # for pytest
    code = "acceptance_tests_busy"
    title = "The acceptance tests are being written or run"


def require_approved(plan: MasterPlan) -> None:
    """Tests are made of criteria that a person has approved. Raises ``NotApproved``."""
    if plan.status not in APPROVED:
        raise NotApproved(f"{plan.label()} is {plan.status}.", hint="Approve the plan first.", current=plan.status)


def suite_of(plan_id: uuid.UUID) -> AcceptanceSuite:
    return AcceptanceSuite.objects.get_or_create(plan_id=plan_id)[0]


def forget_generated(plan: MasterPlan, *, actor: Actor) -> int:
    """Take away the tests that a model wrote, and what it could not, so that they are written anew; how many."""
    with change():
        rows = AcceptanceTest.objects.filter(plan=plan, source=Source.GENERATED, removed_at__isnull=True)
        count = rows.count()
        rows.delete()
        AcceptanceSuite.objects.filter(plan=plan).update(version=0)
        remember(
            plan_id=plan.pk,
            change_type="acceptance_tests_anew",
            actor=actor,
            item_type="masterplan",
            item_id=plan.pk,
            item_label=plan.project_name,
            before={"generated": count},
        )
    return count


def write_acceptance(plan_id: uuid.UUID) -> bool:
    """Write what is missing, unless somebody does; whether all criteria have a test or a reason now.

    What went wrong is kept with the suite: the build goes on, and the end of the plan asks again.
    """
    try:
        return _write_alone(MasterPlan.objects.get(pk=plan_id))
    except DevMatrixError as error:
        logger.warning("Acceptance tests of %s were not written: %s", plan_id, error)
        AcceptanceSuite.objects.filter(plan_id=plan_id).update(problem=str(error)[:2000])
        return False


def complete_acceptance(plan_id: uuid.UUID) -> None:
    """Write what is missing before the last gate, or wait while somebody does.

    Raises ``ServiceUnavailable`` when no model answers: the run goes on when it does. Any other trouble is the gate's.
    """
    plan = MasterPlan.objects.get(pk=plan_id)
    deadline = time.monotonic() + PATIENCE
    while unproved(plan_id) and time.monotonic() < deadline:
        try:
            _write_alone(plan)
            return
        except TestsAreBusy:
            time.sleep(0.5)
        except ServiceUnavailable:
            raise
        except DevMatrixError as error:
            logger.warning("Acceptance tests of %s were not written: %s", plan_id, error)
            return


def _write_alone(plan: MasterPlan) -> bool:
    """Raises ``TestsAreBusy`` while somebody writes or runs them, and what the model's answer went wrong with."""
    plan_id = plan.pk
    suite = suite_of(plan_id)
    token = claims.take(AcceptanceSuite.objects.filter(pk=suite.pk))
    if token is None:
        raise TestsAreBusy(f"The acceptance tests of {plan.label()} are being written or run.", hint="Try again soon.")
    with claims.holding(AcceptanceSuite, token):
        try:
            _write_missing(plan)
        finally:
            claims.release(AcceptanceSuite.objects.filter(pk=suite.pk), token)
    missing = len(unproved(plan_id))
    problem = f"{missing} criteria have no usable test yet." if missing else ""
    AcceptanceSuite.objects.filter(pk=suite.pk).update(
        problem=problem, version=0 if missing else plan.version, written_at=timezone.now()
    )
    return not missing


def _write_missing(plan: MasterPlan) -> None:
    keep_criteria(plan.pk)
    criteria = unproved(plan.pk)
    if not criteria:
        return
    interfaces, owners = _interfaces(plan)
    for start in range(0, len(criteria), CRITERIA_A_QUESTION):
        part = {f"c{number}": one for number, one in enumerate(criteria[start : start + CRITERIA_A_QUESTION], start=1)}
        answer = _ask(plan, part, interfaces)
        _store(plan, part, answer, owners)


def _ask(plan: MasterPlan, criteria: dict[str, Criterion], interfaces: Sequence[ProjectFile]) -> AcceptanceTests:
    """The last answer; what is wrong in it is left out when it is stored."""
    wanted = [
        WantedTest(
            id=name,
            text=one.text,
            priority=one.priority,
            task=one.tasks[0].short_id if len(one.tasks) == 1 else None,
        )
        for name, one in criteria.items()
    ]
    errors: list[str] = []
    answer = AcceptanceTests()
    about = About(conversation=plan.conversation_id, plan=plan.pk, trace_id=plan.trace_id)
    for attempt in range(1, ASKS + 1):
        inputs = AcceptanceInputs(
            project=project_context_of(plan), criteria=wanted, interfaces=list(interfaces), errors=errors
        )
        answer = ask("acceptance_tests", inputs, about=about, attempt=attempt, options=engine_options_of(plan)).answer
        errors = problems_of_answer(answer, wanted)
        if not errors:
            break
    return answer


def _store(plan: MasterPlan, criteria: dict[str, Criterion], answer: AcceptanceTests, owners: Sequence[str]) -> None:
    tested = {test.criterion for test in answer.tests}
    rows = []
    for name, one in criteria.items():
        code = module_of(answer, name) if name in tested else ""
        if code and problems_of_code(code):
            continue  # it is asked for again
        if not code and name not in answer.untestable:
            continue
        rows.append(
            AcceptanceTest(
                plan=plan,
                requirement=one.text,
                priority=one.priority,
                task=one.tasks[0] if len(one.tasks) == 1 else None,
                milestone=one.milestone,
                code=code,
                untestable="" if code else answer.untestable[name][:2000],
                source=Source.GENERATED,
                needs=sorted({*(task.short_id for task in one.tasks), *_of_milestone(one), *owners}) if code else [],
            )
        )
    with change():
        AcceptanceTest.objects.bulk_create(rows, ignore_conflicts=True)
        emit(
            ("plan", plan.pk),
            "masterplan_updated",
            {
                "status": MasterPlan.objects.values_list("status", flat=True).get(pk=plan.pk),
                "by": "",
                "reason": "acceptance_tests",
                "acceptance_tests": sum(bool(row.code) for row in rows),
            },
        )


def _of_milestone(criterion: Criterion) -> list[str]:
    if criterion.milestone is None:
        return []
    return list(Task.objects.filter(milestone=criterion.milestone).values_list("short_id", flat=True))


def _interfaces(plan: MasterPlan) -> tuple[list[ProjectFile], list[str]]:
    """Files that tests may use, smallest first while they fit, and short ids of the tasks that make them."""
    texts = _texts(plan)
    found = sorted((path for path in texts if _INTERFACE.search(path)), key=lambda path: (len(texts[path]), path))
    shown, room = [], MAX_INTERFACE_CHARS
    for path in found:
        room -= len(texts[path])
        if room < 0:
            break
        shown.append(ProjectFile(path=path, text=texts[path]))
    paths = {file.path for file in shown}
    tasks = Task.objects.filter(plan=plan, left_in__isnull=True).values_list("short_id", "target_files")
    return sorted(shown, key=lambda file: file.path), [short for short, files in tasks if paths & set(files)]


def _texts(plan: MasterPlan) -> dict[str, str]:
    """The project as it is now: atoms where it is cut, else drafts."""
    if Atom.objects.filter(plan=plan).exists():
        return {path: text for path, text in base_tree(plan.pk).files.items() if text}
    drafts = Task.objects.filter(plan=plan, draft__isnull=False).values_list("draft", flat=True)
    return {entry["path"]: entry["text"] for draft in drafts for entry in draft or []}
