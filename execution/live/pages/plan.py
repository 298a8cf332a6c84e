"""The live page of a plan, and what it asks for while it is open."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from typing import cast

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from common.actors import Actor
from common.configuration import configuration
from common.errors import InvalidInput, NotFound
from execution.api.serializers import ChoiceSerializer
from execution.choosing import Choice, choose
from execution.highlighting import highlighted_lines
from execution.live.control import Command, control_plan
from execution.live.problems import wants_json, with_problems
from execution.live.selectors.atom_details import atom_details
from execution.live.selectors.plan_document import plan_document
from execution.live.selectors.task_details import task_details
from execution.live.signing_in import required_for_scripts
from execution.models import Atom, DependencyGraph, FailureAnalysis
from execution.pictures import layout_of
from execution.services.retry_costs import cost_of_retrying_atom, cost_of_retrying_task
from execution.services.skipping import skip_task, tasks_left_out_with
from execution.services.trying_again import retry_task, try_again
from planning.models import MasterPlan, Task
from planning.selectors.access import plan_for


@require_GET
@login_required
@with_problems
def plan_page(request: HttpRequest, plan_id: uuid.UUID) -> HttpResponse:
    user = cast("User", request.user)
    plan = plan_for(user, plan_id)
    context = {"plan": plan, "document": plan_document(plan), "may_control": may_control(request, plan)}
    context["jira"] = configuration().jira.enabled
    return render(request, "live/plan.html", context)


@require_GET
@required_for_scripts
@with_problems
def plan_state(request: HttpRequest, plan_id: uuid.UUID) -> HttpResponse:
    """The document that the page starts from, as it is now."""
    return JsonResponse(plan_document(plan_for(cast("User", request.user), plan_id)))


@require_GET
@required_for_scripts
@with_problems
def atom_panel(request: HttpRequest, plan_id: uuid.UUID, atom_id: uuid.UUID) -> HttpResponse:
    """An atom as a piece of HTML, escaped here, so that no script makes markup of code."""
    plan = plan_for(cast("User", request.user), plan_id)
    details = atom_details(plan.pk, atom_id)
    lines = highlighted_lines(details.shown, details.atom.language)
    context = {"plan": plan, "details": details, "lines": lines, "atom": details.atom}
    return render(request, "live/atom.html", {**context, "may_control": may_control(request, plan)})


@require_GET
@required_for_scripts
@with_problems
def task_panel(request: HttpRequest, plan_id: uuid.UUID, task_id: uuid.UUID) -> HttpResponse:
    """A task as a piece of HTML: what it is for, what it needs, its code, whether it is done."""
    plan = plan_for(cast("User", request.user), plan_id)
    details = task_details(plan.pk, task_id)
    context = {"plan": plan, "details": details, "task": details.task, "may_control": may_control(request, plan)}
    return render(request, "live/task.html", context)


@require_GET
@required_for_scripts
@with_problems
def graph_layout(request: HttpRequest, plan_id: uuid.UUID, graph_id: uuid.UUID) -> HttpResponse:
    """Where the atoms of a graph stand in its picture. A graph is never changed, so the browser keeps it."""
    plan = plan_for(cast("User", request.user), plan_id)
    graph = DependencyGraph.objects.filter(pk=graph_id, plan=plan).first()
    if graph is None:
        raise NotFound("There is no such graph in this plan.")
    response = JsonResponse(layout_of(graph))
    response["Cache-Control"] = "private, max-age=86400, immutable"
    return response


def may_control(request: HttpRequest, plan: MasterPlan) -> bool:
    return plan.owner_id == request.user.pk or bool(getattr(request.user, "is_superuser", False))


@require_POST
@required_for_scripts
@with_problems
def control(request: HttpRequest, plan_id: uuid.UUID, action: str) -> HttpResponse:
    """A button of the page. ``snapshot`` counts when a plan is resumed."""
    command = Command(
        plan_id=plan_id,
        action=action,
        reason=request.POST.get("reason", "")[:2_000],
        version=_number(request.POST.get("version", ""), "version"),
        snapshot=_uuid_or_none(request.POST.get("snapshot", "")),
    )
    outcome = control_plan(user=cast("User", request.user), command=command)
    return JsonResponse(outcome) if wants_json(request) else redirect("plan-page", plan_id)


@require_POST
@required_for_scripts
@with_problems
def choose_way_out(request: HttpRequest, plan_id: uuid.UUID, failure_id: uuid.UUID) -> HttpResponse:
    """A way out of a failure is chosen."""
    user = cast("User", request.user)
    plan = plan_for(user, plan_id, control=True)
    analysis = FailureAnalysis.objects.select_related("atom__task").filter(pk=failure_id, plan=plan).first()
    if analysis is None:
        raise NotFound("There is no such failure in this plan.")
    given = ChoiceSerializer(data=request.POST.dict())
    if not given.is_valid():
        raise InvalidInput("Which proposal, or what else?", hint="Send its number, from 0.", errors=given.errors)
    wanted = Choice(**given.validated_data)
    choose(analysis=analysis, wanted=wanted, actor=Actor.of(user))
    chosen = wanted.proposal if wanted.action == "proposal" else wanted.action
    return JsonResponse({"chosen": chosen}) if wants_json(request) else redirect("plan-page", plan_id)


@require_POST
@required_for_scripts
@with_problems
def retry(request: HttpRequest, plan_id: uuid.UUID, task_id: uuid.UUID) -> HttpResponse:
    """A task is tried again; with ``dry_run`` only said what that would cost, or what to write it ``anew`` would."""
    task = _task_of(request, plan_id, task_id)
    if request.POST.get("dry_run"):
        return JsonResponse(asdict(cost_of_retrying_task(task, anew=bool(request.POST.get("anew")))))
    retry_task(task_id=task.pk, hint=request.POST.get("hint", "")[:4_000], actor=Actor.of(request.user))
    return JsonResponse({"retried": task.short_id}) if wants_json(request) else redirect("plan-page", plan_id)


@require_POST
@required_for_scripts
@with_problems
def retry_atom(request: HttpRequest, plan_id: uuid.UUID, atom_id: uuid.UUID) -> HttpResponse:
    """An atom is tried again; with ``dry_run`` only said what that would cost."""
    plan = plan_for(cast("User", request.user), plan_id, control=True)
    atom = Atom.objects.select_related("task").filter(pk=atom_id, plan=plan).first()
    if atom is None:
        raise NotFound("There is no such atom in this plan.")
    if request.POST.get("dry_run"):
        return JsonResponse(asdict(cost_of_retrying_atom(atom)))
    hint = request.POST.get("hint", "").strip()[:4_000]
    try_again(atom=atom, hint=hint or "Try again.", actor=Actor.of(request.user))
    return JsonResponse({"retried": str(atom.pk)}) if wants_json(request) else redirect("plan-page", plan_id)


@require_POST
@required_for_scripts
@with_problems
def skip(request: HttpRequest, plan_id: uuid.UUID, task_id: uuid.UUID) -> HttpResponse:
    """A task is left out with what needs it; with ``dry_run`` only said which those are."""
    task = _task_of(request, plan_id, task_id)
    if request.POST.get("dry_run"):
        skipped = tasks_left_out_with(task.pk)
    else:
        skipped = skip_task(task_id=task.pk, actor=Actor.of(request.user))
    if not wants_json(request):
        return redirect("plan-page", plan_id)
    return JsonResponse({"skipped": [one.label() for one in skipped]})


def _number(text: str, name: str) -> int | None:
    """A whole number from 1, or ``None`` for nothing. Raises ``InvalidInput``."""
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 9 or int(text) < 1:
        raise InvalidInput(f"The {name} must be a whole number from 1.")
    return int(text)


def _uuid_or_none(text: str) -> uuid.UUID | None:
    if not text:
        return None
    try:
        return uuid.UUID(text)
    except ValueError:
        raise InvalidInput(
            "Which snapshot?", hint="Send its id, or none to go on from where the plan stands."
        ) from None


def _task_of(request: HttpRequest, plan_id: uuid.UUID, task_id: uuid.UUID) -> Task:
    task = Task.objects.filter(pk=task_id, plan=plan_for(cast("User", request.user), plan_id, control=True)).first()
    if task is None:
        raise NotFound("There is no such task in this plan.")
    return task
