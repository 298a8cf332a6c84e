from __future__ import annotations

from django.apps import AppConfig
from django.conf import settings

from common.configuration import configuration
from common.health import register_fact
from common.metrics import register_source
from execution.sandbox.isolation import Level, demand, isolation


def _isolation() -> str:
    found = isolation()
    return f"{found.level.value} ({found.name})"


def _default_mode() -> str:
    """Of new plans by the environment: health asks no database, so what administrators set is not in it."""
    return "v2_atoms" if configuration().flags.enable_v2 else "mvp"


class ExecutionConfig(AppConfig):
    name = "execution"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from common.signals import events_told
        from execution import receivers
        from execution.healing import healing_figures
        from execution.metrics import execution_figures
        from execution.notices.sending import on_events_told
        from execution.queue_metrics import queue_figures
        from integrations.llm.metrics import model_figures
        from integrations.memory.health import memory_fact

        receivers.connect()
        events_told.connect(on_events_told, dispatch_uid="execution.notices")
        demand(Level(settings.DEVMATRIX.sandbox_required_level))
        register_source("execution", execution_figures)
        register_source("healing", healing_figures)
        register_source("queues", queue_figures)
        register_source("models", model_figures)
        register_fact("isolation", _isolation)
        register_fact("memory", memory_fact)
        register_fact("execution_mode", _default_mode)
