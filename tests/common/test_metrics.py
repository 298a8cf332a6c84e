"""What /metrics says is read from the database and Redis, so that every process says the same; by mode."""

from __future__ import annotations

import dataclasses
import json
import re
import uuid
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from channels_redis.pubsub import RedisPubSubChannelLayer
from django.contrib.auth.models import User
from django.db import DatabaseError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families

from common import metrics
from common.configuration import configuration
from common.metrics import exposition
from execution.healing import count_healed
from execution.models import FailureAnalysis, GateResult, Run, Wave
from execution.queue_metrics import open_sockets, queue_depths
from integrations.models import CostLimit, LLMCall
from tests.execution.building import Build, make_build
from tests.factories import StaffFactory, UserFactory
from tests.review.builders import make_review

pytestmark = pytest.mark.django_db

MONITORING = Path(__file__).resolve().parents[2] / "monitoring"


def samples(name: str) -> dict[tuple[tuple[str, str], ...], float]:
    """Of the text that Prometheus gets: labels to value."""
    return {
        tuple(sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(exposition().decode())
        for sample in family.samples
        if sample.name == name
    }


def by_mode(name: str) -> dict[str, float]:
    return {dict(labels)["mode"]: value for labels, value in samples(name).items()}


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """In v2_atoms: three atoms, of which one took a retry, one runs, one failed."""
    texts = {"first": "A = 1\n", "second": "B = 1\n", "third": "C = 1\n"}
    build = make_build({"app/a.py": texts}, workspace=tmp_path / "workspace", started_at=timezone.now(), rating=4)
    build.accept("first")
    build.set("first", attempts=2, confidence=Decimal("0.8"))
    build.set("second", status="running")
    FailureAnalysis.objects.create(plan=build.plan, task=build.task, atom=build.atom("third"), root_cause="x")
    return build


def test_atoms_waves_gates_costs_and_ratings_are_counted_by_mode(build: Build) -> None:
    Wave.objects.update(started_at=timezone.now(), finished_at=timezone.now())
    GateResult.objects.create(plan=build.plan, run=build.run, passed=True)
    GateResult.objects.create(plan=build.plan, run=build.run, passed=None)
    CostLimit.objects.create(plan_id=build.plan.pk, spent=Decimal("7.5"))
    assert by_mode("v2_atoms_generated_total") == {"v2_atoms": 3}
    assert by_mode("v2_parallel_atoms") == {"v2_atoms": 1}
    assert by_mode("v2_atoms_failed_total") == {"v2_atoms": 1}
    assert by_mode("v2_waves_executed_total") == {"v2_atoms": 1}
    assert by_mode("v2_confidence_average") == {"v2_atoms": 0.8}
    assert (by_mode("v2_retries_per_atom_count"), by_mode("v2_retries_per_atom_sum")) == (
        {"v2_atoms": 1},
        {"v2_atoms": 1},
    )
    assert by_mode("v2_user_satisfaction") == {"v2_atoms": 4}
    count_healed({"claims": 2})
    assert samples("v2_healed_total") == {(("kind", "claims"),): 2}
    assert samples("v2_gate_results_total") == {
        (("mode", "v2_atoms"), ("result", "passed")): 1,
        (("mode", "v2_atoms"), ("result", "not_applicable")): 1,
    }
    costs = samples("v2_cost_per_project_usd_bucket")
    assert costs[(("le", "5"), ("mode", "v2_atoms"))] == 0
    assert costs[(("le", "10"), ("mode", "v2_atoms"))] == 1
    assert by_mode("v2_cost_per_project_usd_sum") == {"v2_atoms": 7.5}


def ended(build: Build, mode: str, *, minutes: float, precision: float, atoms: int, hours_ago: float = 1) -> None:
    run = Run.objects.create(
        plan=build.plan, mode=mode, status="completed", precision=Decimal(str(precision)), atoms_total=atoms
    )
    finished = timezone.now() - timedelta(hours=hours_ago)
    Run.objects.filter(pk=run.pk).update(started_at=finished - timedelta(minutes=minutes), finished_at=finished)


def test_runs_are_told_by_mode_with_their_times_and_the_precision_of_the_last_day(build: Build) -> None:
    ended(build, "v2_atoms", minutes=1.5, precision=1, atoms=300)
    ended(build, "v2_atoms", minutes=8, precision=0.6, atoms=100)
    ended(build, "mvp", minutes=3, precision=0.5, atoms=10)
    ended(build, "mvp", minutes=500, precision=0, atoms=10, hours_ago=30)
    assert by_mode("v2_precision_percent") == {"v2_atoms": 90, "mvp": 50}
    times = samples("v2_execution_time_seconds_bucket")
    assert [times[(("le", le), ("mode", "v2_atoms"))] for le in ("60", "120", "600", "+Inf")] == [0, 1, 2, 2]
    assert by_mode("v2_execution_time_seconds_count") == {"v2_atoms": 2, "mvp": 2}
    Run.objects.filter(pk=build.run.pk).update(started_at=timezone.now() - timedelta(hours=3))
    assert by_mode("v2_run_longest_seconds")["v2_atoms"] == pytest.approx(10_800, abs=60)


def test_model_calls_are_counted_from_the_ledger() -> None:
    ended_call = {
        "purpose": "task_code",
        "provider": "anthropic",
        "model": "m",
        "prompt_hash": "x",
        "settled_at": timezone.now(),
    }
    LLMCall.objects.create(
        **ended_call, reservation="settled", tokens_in=100, tokens_cache_read=300, tokens_out=50,
        cost=Decimal("0.25"), duration_ms=2_500,
    )  # fmt: skip
    LLMCall.objects.create(**ended_call, reservation="settled", error_code="overloaded", duration_ms=500)
    LLMCall.objects.create(purpose="chat", provider="anthropic", model="m", prompt_hash="x")
    key = (("model", "m"), ("purpose", "task_code"))
    assert samples("llm_call_seconds_sum") == {key: 3.0}
    assert samples("llm_cost_usd_total") == {key: 0.25}
    assert samples("llm_calls_total") == {
        (("model", "m"), ("outcome", "answered"), ("purpose", "task_code")): 1,
        (("model", "m"), ("outcome", "failed"), ("purpose", "task_code")): 1,
    }
    assert samples("llm_cache_hit_ratio") == {(("model", "m"),): 0.75}
    assert samples("llm_calls_in_flight") == {(): 1}


def test_the_review_queue_says_its_size_and_age() -> None:
    review = make_review()
    review.__class__.objects.update(created_at=timezone.now() - timedelta(hours=2))
    assert samples("v2_review_queue_size") == {(): 1}
    assert samples("v2_review_queue_oldest_seconds")[()] == pytest.approx(7_200, abs=60)


def test_messages_that_wait_are_counted_by_queue() -> None:
    full, empty = f"test-{uuid.uuid4()}", f"test-{uuid.uuid4()}"
    with current_app.connection_for_write() as connection:
        queue = connection.SimpleQueue(full)
        for _ in range(3):
            queue.put("x")
        assert queue_depths([full, empty]) == {full: 3, empty: 0}
        queue.clear()


@pytest.mark.asyncio
async def test_open_sockets_of_all_processes_are_counted(settings: Any) -> None:
    prefix = f"test{uuid.uuid4().hex}"
    settings.CHANNEL_LAYERS = {"default": {"CONFIG": {"prefix": prefix}}}
    one, other = (RedisPubSubChannelLayer(hosts=[settings.REDIS_URL], prefix=prefix) for _ in range(2))
    try:
        for layer in (one, one, other):
            await layer.new_channel()
        await other.group_add("a-plan", await other.new_channel())
        assert open_sockets() == 4
    finally:
        await one.flush()
        await other.flush()


def test_a_source_that_cannot_read_is_left_out_and_said_to_be_down(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> Iterable[Metric]:
        raise DatabaseError("gone")

    monkeypatch.setitem(metrics._sources, "models", broken)
    up = {dict(labels)["source"]: value for labels, value in samples("metrics_source_up").items()}
    assert (up["models"], up["execution"], up["reviews"], up["queues"]) == (0, 1, 1, 1)
    assert samples("llm_calls_total") == {}


def test_the_page_wants_the_token_or_staff(settings: Any) -> None:
    address = reverse("metrics")
    settings.DEVMATRIX = dataclasses.replace(configuration(), metrics_token="a-long-token")

    def status(*, token: str = "", user: User | None = None) -> int:
        client = Client()
        if user is not None:
            client.force_login(user)
        return client.get(address, headers={"Authorization": token} if token else {}).status_code

    assert (status(), status(token="Bearer wrong"), status(user=UserFactory())) == (401, 401, 401)
    assert (status(token="Bearer a-long-token"), status(user=StaffFactory())) == (200, 200)
    settings.DEVMATRIX = dataclasses.replace(configuration(), metrics_token="")
    assert (status(token="Bearer "), address) == (401, "/metrics")


def test_dashboard_and_alerts_ask_for_figures_that_there_are(build: Build) -> None:
    """Families that have no sample yet are named all the same, by their type lines."""
    names = set(re.findall(r"^# TYPE (\S+)", exposition().decode(), re.M))
    board = json.loads((MONITORING / "grafana-dashboard.json").read_text())
    asked = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    asked += re.findall(r"expr: (.*)", (MONITORING / "alerts.yml").read_text())
    words = {word for text in asked for word in re.findall(r"\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b|watchers", text)}
    words -= {"histogram_quantile"}
    known = names | {f"{name}_{end}" for name in names for end in ("bucket", "sum", "count")}
    assert words <= known, sorted(words - known)
    assert len(words) > 20


def test_what_the_reconciler_mended_is_a_figure_by_kind() -> None:
    count_healed({"claims": 2, "workspaces": 1})
    count_healed({"claims": 3})
    assert samples("v2_healed_total") == {(("kind", "claims"),): 5.0, (("kind", "workspaces"),): 1.0}
