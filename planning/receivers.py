"""Listens to deletions: who watches what is gone is told so, whoever deleted it."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_delete

from common.push import gone_after_commit
from planning.models import Conversation, MasterPlan


def connect() -> None:
    for model in (MasterPlan, Conversation):
        post_delete.connect(on_stream_deleted, sender=model, dispatch_uid=f"planning.{model.__name__}.gone")


def on_stream_deleted(sender: Any, *, instance: MasterPlan | Conversation, **_: Any) -> None:
    gone_after_commit(instance.pk)
