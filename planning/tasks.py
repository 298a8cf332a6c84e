"""Celery tasks of planning. Steps of a discovery and exports run on the queue `default`, answers in a chat on `llm`."""

from __future__ import annotations

import uuid

from celery import shared_task

from planning.jira.exporting import continue_export
from planning.services import learning
from planning.services.chatting import answer_message as answer_one_message
from planning.services.journey import continue_discovery
from planning.services.replanning import take_replanning
from planning.steps import Step


@shared_task
def run_discovery(discovery_id: str) -> None:
    continue_discovery(uuid.UUID(discovery_id), step=Step.ANALYSE)


@shared_task
def run_model_domain(discovery_id: str) -> None:
    continue_discovery(uuid.UUID(discovery_id), step=Step.MODEL)


@shared_task
def run_plan(discovery_id: str) -> None:
    continue_discovery(uuid.UUID(discovery_id), step=Step.PLAN)


@shared_task
def replan_draft(plan_id: str) -> None:
    take_replanning(uuid.UUID(plan_id))


@shared_task
def answer_message(message_id: str) -> None:
    answer_one_message(uuid.UUID(message_id))


@shared_task
def export_to_jira(plan_id: str) -> None:
    continue_export(uuid.UUID(plan_id))


@shared_task
def learn_discovery(discovery_id: str) -> None:
    learning.learn_discovery(uuid.UUID(discovery_id))
