"""What the queues run: load, call one service, done. Every one may be lost, doubled or late without harm."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from common.actors import set_trace_id
from common.errors import ServiceUnavailable
from execution.choosing import apply_choices as apply_chosen
from execution.drafts.drafting import draft_task as draft
from execution.failures import analyse_failure as analyse
from execution.gates.asked import run_tests_asked_for
from execution.gates.writing import write_acceptance as write_tests
from execution.learning import learn_from
from execution.levels.asked import validate_level as validate
from execution.notices.sending import send_notice as send
from execution.reconciler import reconcile as heal
from execution.services.advance import advance_run as advance
from execution.services.housekeeping import prune_environments as prune
from execution.services.modifying import analyse_modification as analyse_change
from execution.services.stages import perform_stage as perform
from execution.waves.closing import close_round as close
from execution.waves.judging import judge_drafts as judge
from execution.waves.retrying import retry_atoms as retry
from planning.services.learning import learn_modification as learn_change


@shared_task
def advance_run(run_id: str, trace_id: str = "") -> None:
    set_trace_id(trace_id)
    advance(UUID(run_id))


@shared_task
def draft_task(run_id: str, task_id: str) -> None:
    draft(UUID(run_id), UUID(task_id))


@shared_task
def perform_stage(run_id: str, stage: str) -> None:
    perform(UUID(run_id), stage)


@shared_task(ignore_result=False)
def judge_drafts(round_id: str, atom_ids: list[str]) -> int:
    return judge(UUID(round_id), [UUID(atom_id) for atom_id in atom_ids])


@shared_task(ignore_result=False)
def retry_atoms(round_id: str, atom_ids: list[str], urgency: int = 0) -> dict[str, int]:
    return retry(UUID(round_id), [UUID(atom_id) for atom_id in atom_ids], urgency=urgency)


@shared_task
def close_round(round_id: str) -> None:
    close(UUID(round_id))


@shared_task
def analyse_failure(atom_id: str) -> None:
    analyse(UUID(atom_id))


@shared_task(autoretry_for=(ServiceUnavailable,), retry_backoff=30, retry_backoff_max=1800, max_retries=6)
def send_notice(event_id: int) -> None:
    send(event_id)


@shared_task
def apply_choices(plan_id: str) -> None:
    apply_chosen(UUID(plan_id))


@shared_task
def write_acceptance(plan_id: str) -> None:
    write_tests(UUID(plan_id))


@shared_task
def run_acceptance(plan_id: str, wave_id: str = "") -> None:
    run_tests_asked_for(UUID(plan_id), UUID(wave_id) if wave_id else None)


@shared_task
def validate_level(plan_id: str, level: str, item_id: str) -> None:
    validate(UUID(plan_id), level, UUID(item_id))


@shared_task
def learn(plan_id: str) -> None:
    learn_from(UUID(plan_id))


@shared_task
def analyse_modification(proposal_id: str) -> None:
    analyse_change(UUID(proposal_id))


@shared_task
def learn_modification(proposal_id: str) -> None:
    learn_change(UUID(proposal_id))


@shared_task
def reconcile() -> None:
    heal()


@shared_task
def prune_environments() -> None:
    prune()
