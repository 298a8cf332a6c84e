"""The whole journey for a terminal: request, discovery, plan, approval, build, report."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from pathlib import Path

from common.actors import Actor
from common.errors import Conflict, DevMatrixError, InvalidInput, ServiceUnavailable
from execution.console.following import follow
from execution.console.interrupts import interrupt_waits
from execution.console.progress import Teller
from execution.console.workers import WorkerWatch
from execution.models import Run
from execution.services.runs import latest_run, start_run
from integrations.llm.offline.engine import EngineOptions
from planning.models import DiscoveryDocument, MasterPlan
from planning.services.answering import answer_by_defaults, answer_questions
from planning.services.approval import approve_plan
from planning.services.intake import start_discovery
from planning.states import DiscoveryStatus, PlanStatus

PLAN_ENDS = frozenset({"masterplan_created", "error"})
PATIENCE = 300.0
RUN_BEGINS = frozenset({"masterplan_execution_start", "masterplan_resumed"})
RUN_ENDS = frozenset({"complete", "masterplan_paused", "masterplan_cancelled"})


@dataclass(frozen=True)
class Wish:
    """What somebody asks for on the command line."""

    request: str
    stack: str = ""
    mode: str = ""
    answers: Path | None = None
    fault_rate: float = 0.0
    seed: int = 0


def read_answers(path: Path) -> dict[str, str]:
    """Answers by question id from a JSON file. Raises ``InvalidInput`` naming what is wrong with it."""
    try:
        content = json.loads(path.read_text())
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InvalidInput(
            f"{path} cannot be read as JSON: {error}.", hint="Give an object of id and answer."
        ) from None
    if not isinstance(content, dict) or not all(isinstance(value, str) for value in content.values()):
        raise InvalidInput(f"{path} must hold an object of question id and answer.")
    return content


def make_plan(wish: Wish, *, owner: object, teller: Teller) -> MasterPlan:
    """Discovery and plan through the queue, told as they come. Raises what stopped it."""
    answers = read_answers(wish.answers) if wish.answers else {}
    discovery = start_discovery(
        owner=owner,  # type: ignore[arg-type]  # a user
        request=wish.request,
        unattended=not answers,
        stack=wish.stack,
        execution_mode=wish.mode,
        engine_options=EngineOptions(fault_rate=wish.fault_rate, seed=wish.seed),
    )
    since = 0
    if answers:
        since = _answer(discovery, answers, owner=owner, teller=teller)
    events = follow(
        discovery.conversation_id, since=since, until=PLAN_ENDS, patience=PATIENCE, when_quiet=WorkerWatch()
    )
    last = teller.tell_all(events)
    if last is None:
        raise ServiceUnavailable("No plan was made in five minutes.", hint="See the logs of the workers: make status")
    plan = MasterPlan.objects.filter(discovery=discovery).first()
    if plan is None:
        document = DiscoveryDocument.objects.get(pk=discovery.pk).error or last.data
        raise InvalidInput(str(document.get("detail") or document.get("message")), hint=str(document.get("hint", "")))
    return plan


def _answer(discovery: DiscoveryDocument, answers: dict[str, str], *, owner: object, teller: Teller) -> int:
    """Wait for the questions, answer what the file answers, the rest by default."""
    ends = frozenset({"discovery_question", "error", "masterplan_created"})
    last = teller.tell_all(follow(discovery.conversation_id, until=ends, patience=PATIENCE, when_quiet=WorkerWatch()))
    current = DiscoveryDocument.objects.get(pk=discovery.pk)
    if current.status == DiscoveryStatus.AWAITING_ANSWERS:
        answer_questions(discovery_id=discovery.pk, answers=answers, actor=Actor.of(owner))
        answer_by_defaults(discovery_id=discovery.pk, dispatched=True)
    return last.seq if last else 0


def build(plan: MasterPlan, *, actor: Actor, teller: Teller) -> Run:
    """Approve, start and follow to the end; the run as it ended."""
    with interrupt_waits():
        if plan.status == PlanStatus.DRAFT:
            plan = approve_plan(plan_id=plan.pk, actor=actor)
        start_run(plan=plan, actor=actor)
    return follow_run(plan.pk, teller=teller)


def follow_run(plan_id: uuid.UUID, *, teller: Teller, since: int = 0) -> Run:
    """Tell a run's events until it ends or waits for somebody. Raises ``ServiceUnavailable`` when nothing moves."""
    events = follow(plan_id, since=since, until=RUN_ENDS, patience=PATIENCE, when_quiet=WorkerWatch())
    last = teller.tell_all(events)
    if last is None or last.type not in RUN_ENDS:
        raise ServiceUnavailable(
            "Nothing has moved for five minutes.", hint="See make status and the logs; then manage.py resume."
        )
    run = latest_run(plan_id)
    if run is None:
        raise Conflict("The plan has no run.")
    return run


def failed(error: DevMatrixError) -> str:
    return f"{error.detail} {error.hint}".strip()
