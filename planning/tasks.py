"""Celery tasks of planning, on the queue `default`. Each takes one step of a discovery and dispatches the next."""

from __future__ import annotations

import uuid

from celery import shared_task

from planning.services.journey import continue_discovery
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
