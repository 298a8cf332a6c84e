"""The Celery application. Tasks live in each app's ``tasks`` module."""

from __future__ import annotations

import gc
import os

from celery import Celery
from celery.signals import task_prerun, worker_process_init, worker_ready
from django.db import close_old_connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "devmatrix_project.settings")

GARBAGE = 10_000
"""Objects more than before until the young ones are looked at; a wave's close makes some hundred thousand."""

app = Celery("devmatrix")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_ready.connect
@worker_process_init.connect
def leave_what_was_imported(**_: object) -> None:
    """Modules and models stay for good: collecting garbage need not look at them each time, for a tenth of a second."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE, 10, 10)


@task_prerun.connect
def renew_connection(**_: object) -> None:
    """A kept connection that is old, or that a restarted server has ended, is made anew with the next query."""
    close_old_connections()
