"""A paused plan with rows of every kind, and the way to get rid of it."""

from __future__ import annotations

import io
import json
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone

from common.actors import Actor
from common.changes import change, emit, remember
from common.portable.sections import Scope, sections
from execution.models import (
    AcceptanceResult,
    AcceptanceSuite,
    AcceptanceTest,
    AtomAttempt,
    FailureAnalysis,
    GateResult,
    Round,
    SuiteRun,
    TreeCheck,
    ValidationResult,
)
from execution.services.carrying import export_plan
from execution.services.runs import ask_to_pause
from integrations.models import (
    CostEstimate,
    CostLimit,
    JiraExport,
    JiraMapping,
    LearningLookup,
    LearningUse,
    LLMCall,
    PlanOutcome,
)
from planning.models import (
    DiscoveryQuestion,
    MasterPlan,
    Message,
    MilestoneDependency,
    ModificationProposal,
    PhaseDependency,
    PlanVersion,
    Subtask,
    TaskDependency,
)
from planning.services.plan_rows import create_plan_rows
from review.models import Review, ReviewDecision
from tests.execution.building import Build, make_build
from tests.factories import StaffFactory, plan_answer

TEXT = 'Ñandú 🦤 "quoted" \\u0000 is no zero\r\n\tand a tab\u2028'
JSON: dict[str, Any] = {
    "text": TEXT,
    "numbers": [0, -1, 1.5, 1e-07, 12345678901234567890],
    "none": None,
    "yes": True,
    "deep": [[{}]],
}
FILES = {"app/a.py": {"first": "import os\n", "second": f"NAME = {TEXT!r}\n"}, "app/b.py": {"third": "import re\n"}}


def rich_plan(folder: Path) -> MasterPlan:
    """Two files are accepted in part; a model was asked, a person has reviewed, tests ran, a wave waits."""
    build = make_build(
        FILES, waves=[["first", "second"], ["third"]], edges=[("first", "third")], workspace=folder, description=TEXT
    )
    build.accept("first", "second")
    for items in (build.plan.phases, build.plan.milestones, build.plan.tasks):
        items.update(short_id="by_hand", number=900)
    create_plan_rows(build.plan, plan_answer())
    _said(build)
    _planned(build)
    _tried(build)
    _tested(build)
    _reviewed(build)
    _spent(build)
    ask_to_pause(plan=build.plan, actor=Actor.of(build.plan.owner), note=TEXT)
    return build.current_plan()


def _said(build: Build) -> None:
    plan = build.plan
    asked = Message.objects.create(conversation=plan.conversation, role="user", content=TEXT, metadata=JSON)
    Message.objects.create(conversation=plan.conversation, role="assistant", content="Yes.", answers=asked)
    DiscoveryQuestion.objects.create(discovery=plan.discovery, key="users", position=1, question="Who?", options=["a"])
    with change():
        emit(("conversation", plan.conversation_id), "message", {"message_id": str(asked.pk), "content": TEXT})
        emit(("plan", plan.pk), "masterplan_execution_start", {"workspace_path": plan.workspace_path, "tasks": 1})
        for item in (plan.discovery_id, plan.pk):
            remember(
                plan_id=None if item == plan.discovery_id else plan.pk,
                change_type="status",
                actor=Actor.of(plan.owner),
                item_type="item",
                item_id=item,
                after=JSON,
            )


def _planned(build: Build) -> None:
    plan = build.plan
    snapshot = plan_answer().model_dump(mode="json")
    first = PlanVersion.objects.create(plan=plan, number=1, type="initial", snapshot=snapshot, author=plan.owner)
    PlanVersion.objects.create(plan=plan, number=2, type="modification", snapshot=snapshot, parent=first, diff=JSON)
    before = ModificationProposal.objects.create(plan=plan, requirement=TEXT, status="adjusted", decided_by="ana")
    ModificationProposal.objects.create(
        plan=plan,
        requirement="More.",
        adjusts=before,
        status="rejected",
        analysed_at=timezone.now(),
        requested_by=plan.owner,
        impact=JSON,
    )
    milestones = list(plan.milestones.order_by("number", "short_id"))
    MilestoneDependency.objects.create(milestone=milestones[1], needs=milestones[0])
    assert PhaseDependency.objects.filter(phase__plan=plan).exists()
    assert TaskDependency.objects.filter(task__plan=plan).exists()
    assert Subtask.objects.filter(plan=plan).exists()


def _tried(build: Build) -> None:
    atom = build.atom("first")
    round_ = build.open_round("first")
    Round.objects.filter(pk=round_.pk).update(status="closed", closed_at=timezone.now())
    AtomAttempt.objects.create(
        atom=atom,
        attempt=1,
        round=round_,
        revision=atom.current,
        code=TEXT,
        success=True,
        errors=[JSON],
        cost=Decimal("0.000001"),
        temperature=0.1,
        seconds=1 / 3,
    )
    ValidationResult.objects.create(plan=build.plan, level=1, atom=atom, layer="types", passed=None, reason=TEXT)
    FailureAnalysis.objects.create(
        plan=build.plan, task=build.task, atom=build.atom("third"), attempts=3, root_cause=TEXT, proposals=[JSON]
    )


def _tested(build: Build) -> None:
    plan, run, wave = build.plan, build.run, build.waves[0]
    AcceptanceSuite.objects.create(plan=plan, version=1, written_at=timezone.now())
    test = AcceptanceTest.objects.create(plan=plan, requirement=TEXT, task=build.task, code="def test(): ...\n")
    AcceptanceResult.objects.create(test=test, run=run, wave=wave, passed=False, output=TEXT, seconds=0.1)
    GateResult.objects.create(
        plan=plan,
        run=run,
        wave=wave,
        must_rate=Decimal("0.5"),
        passed=False,
        failing=[{"test": str(test.pk)}],
        overridden_by=plan.owner,
        override_reason="It is wrong.",
        overridden_at=timezone.now(),
    )
    SuiteRun.objects.create(plan=plan, run=run, wave=wave, status="failed", failed=[JSON], percent=87.5)
    TreeCheck.objects.create(plan=plan, tree_hash="0" * 64, layers={})


def _reviewed(build: Build) -> None:
    atom, reviewer = build.atom("second"), StaffFactory()
    review = Review.objects.create(
        atom=atom,
        revision=atom.revisions.get(),
        plan=build.plan,
        why="low_confidence",
        level="low",
        confidence=Decimal("0.4"),
        status="approved",
        assignee=reviewer,
        suggestions=JSON,
        decided_at=timezone.now(),
    )
    Review.objects.create(
        atom=build.atom("third"),
        revision=build.atom("third").revisions.get(),
        plan=build.plan,
        why="attempts_spent",
        level="critical",
        status="in_review",
        assignee=reviewer,
        claimed_at=timezone.now(),
        claim_expires=timezone.now(),
    )
    decided = ReviewDecision.objects.create(
        review=review, decision="approved", user=reviewer, actor_kind="user", actor_name="r", restores={"a": JSON}
    )
    ReviewDecision.objects.create(review=review, decision="undone", undoes=decided, actor_kind="user")


def _spent(build: Build) -> None:
    plan = build.plan
    about: list[dict[str, Any]] = [
        {"plan_id": plan.pk, "atom_id": build.atoms["first"].pk, "task_id": uuid.uuid4()},
        {"discovery_id": plan.discovery_id, "conversation_id": plan.conversation_id},
        {"conversation_id": plan.conversation_id},
    ]
    for ids in about:
        LLMCall.objects.create(
            purpose="draft",
            provider="offline",
            model="m",
            prompt_hash="h",
            cost=Decimal("0.25"),
            reservation="settled",
            settled_at=timezone.now(),
            temperature=Decimal("0.7"),
            **ids,
        )
    CostLimit.objects.create(plan_id=plan.pk, hard=Decimal(5), spent=Decimal("0.25"))
    CostEstimate.objects.create(plan_id=plan.pk, moment="made", purpose="draft", calls=Decimal("1.5"))
    JiraExport.objects.create(plan_id=plan.pk, target="https://j/SHOP", state="partial", asked_at=timezone.now())
    task = plan.tasks.earliest("number")
    JiraMapping.objects.create(
        plan_id=plan.pk,
        item_type="task",
        item_id=task.pk,
        short_id=task.short_id,
        target="https://j/SHOP",
        state="failed",
        last_error=TEXT,
        sent={"fields": {"summary": "0"}, "labels": ["a"]},
    )
    lookup = LearningLookup.objects.create(
        collection="plans", purpose="plan", used_for_id=plan.discovery_id, answer="found", similarity=0.71
    )
    LearningUse.objects.create(lookup=lookup, similarity=0.71, purpose="plan", plan_id=plan.pk)
    PlanOutcome.objects.create(plan_id=plan.pk, name="n", status="paused", closed_at=timezone.now(), succeeded=False)


def scope_of(plan: MasterPlan) -> Scope:
    return Scope(
        workspace=plan.workspace_id, conversation=plan.conversation_id, discovery=plan.discovery_id, plan=plan.pk
    )


def exported(plan: MasterPlan) -> bytes:
    target = io.BytesIO()
    export_plan(plan=plan, target=target)
    return target.getvalue()


def parsed(document: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(document)
    return found


def forget(plan: MasterPlan, *, people: bool = False) -> None:
    """As if it had never been here; what other plans lie in stays."""
    scope = scope_of(plan)
    others = MasterPlan.objects.exclude(pk=plan.pk).values_list("workspace_id", "conversation_id", "discovery_id")
    shared = {key for keys in others for key in keys}
    found = [
        (section.model, list(section.model._base_manager.filter(section.within(scope)).values_list("pk", flat=True)))
        for section in sections()
    ]
    with transaction.atomic(), connection.cursor() as cursor:
        TreeCheck.objects.filter(plan=plan).delete()
        for model, keys in found:
            table = model._meta.db_table
            gone = [key for key in keys if key not in shared]
            cursor.execute(f'DELETE FROM "{table}" WHERE id = ANY(%s)', [gone])  # noqa: S608 - names of ours
    connection.check_constraints()
    if people:
        User.objects.all().delete()
