"""The only place in planning that enqueues: on commit, ids only. A lost message is resent by the reconciler."""

from __future__ import annotations

import uuid

from common.messages import after_commit
from planning.steps import Step


def discovery_step(discovery_id: uuid.UUID, step: Step) -> None:
    """Have a worker take the step once the transaction under way is committed."""
    after_commit(lambda: _send(discovery_id, step))


def chat_answer(message_id: uuid.UUID) -> None:
    """Have a worker answer a message once the transaction under way is committed."""
    after_commit(lambda: _send_chat_answer(message_id))


def replan_draft(plan_id: uuid.UUID) -> None:
    """Have a worker plan a draft anew once the transaction under way is committed."""
    from planning import tasks  # noqa: PLC0415 - tasks call services, which dispatch

    after_commit(lambda: tasks.replan_draft.delay(str(plan_id)))


def export_to_jira(plan_id: uuid.UUID) -> None:
    """Have a worker go on with the export of a plan once the transaction under way is committed."""
    from planning import tasks  # noqa: PLC0415 - tasks call services, which dispatch

    after_commit(lambda: tasks.export_to_jira.delay(str(plan_id)))


def _send_chat_answer(message_id: uuid.UUID) -> None:
    from planning import tasks  # noqa: PLC0415 - tasks call services, which dispatch

    tasks.answer_message.delay(str(message_id))


def learn_discovery(discovery_id: uuid.UUID) -> None:
    """Have a worker remember a confirmed discovery; if the message is lost, the end of its plan does it."""
    from planning import tasks  # noqa: PLC0415 - tasks call services, which dispatch

    after_commit(lambda: tasks.learn_discovery.delay(str(discovery_id)))


def _send(discovery_id: uuid.UUID, step: Step) -> None:
    from planning import tasks  # noqa: PLC0415 - tasks call services, which dispatch

    task = {Step.ANALYSE: tasks.run_discovery, Step.MODEL: tasks.run_model_domain, Step.PLAN: tasks.run_plan}[step]
    task.delay(str(discovery_id))
