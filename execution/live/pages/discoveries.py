"""A request on its way to a plan: progress, questions, errors."""

from __future__ import annotations

import uuid
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from common.actors import Actor
from common.errors import InvalidInput
from execution.live.problems import wants_json, with_problems
from execution.live.selectors.discovery_document import discovery_document
from execution.live.signing_in import required_for_scripts
from planning.models import DiscoveryDocument
from planning.selectors.access import discovery_for
from planning.services.answering import answer_by_defaults, answer_questions
from planning.services.discovery import cancel_discovery, request_plan, retry_discovery
from planning.services.domain import validate_discovery


@require_GET
@login_required
@with_problems
def discovery_page(request: HttpRequest, discovery_id: uuid.UUID) -> HttpResponse:
    user = cast("User", request.user)
    discovery = discovery_for(user, discovery_id)
    document = discovery_document(discovery)
    if document["plan"]:
        return redirect("plan-page", document["plan"])
    may_control = discovery.owner_id == user.pk or user.is_superuser
    context = {"discovery": discovery, "document": document, "may_control": may_control}
    return render(request, "live/discovery.html", context)


@require_GET
@required_for_scripts
@with_problems
def discovery_state(request: HttpRequest, discovery_id: uuid.UUID) -> HttpResponse:
    return JsonResponse(discovery_document(discovery_for(cast("User", request.user), discovery_id)))


@require_POST
@required_for_scripts
@with_problems
def discovery_step(request: HttpRequest, discovery_id: uuid.UUID, action: str) -> HttpResponse:
    """A button or the form of questions."""
    user = cast("User", request.user)
    discovery = discovery_for(user, discovery_id, control=True)
    _take(discovery, action, request.POST.dict(), Actor.of(user))
    return JsonResponse({"taken": action}) if wants_json(request) else redirect("discovery-page", discovery_id)


def _take(discovery: DiscoveryDocument, action: str, sent: dict[str, Any], actor: Actor) -> None:
    if action == "answer":
        given = {
            key.removeprefix("answer."): str(text).strip() for key, text in sent.items() if key.startswith("answer.")
        }
        answers = {key: text for key, text in given.items() if text}
        if answers:
            discovery = answer_questions(discovery_id=discovery.pk, answers=answers, actor=actor)
        if discovery.status == "awaiting_answers" and "more" not in sent:
            answer_by_defaults(discovery_id=discovery.pk, actor=actor, dispatched=True)
    elif action == "defaults":
        answer_by_defaults(discovery_id=discovery.pk, actor=actor, dispatched=True)
    elif action == "confirm":
        validate_discovery(discovery_id=discovery.pk, actor=actor)
    elif action == "plan":
        request_plan(discovery_id=discovery.pk)
    elif action == "retry":
        retry_discovery(discovery_id=discovery.pk)
    elif action == "cancel":
        cancel_discovery(discovery_id=discovery.pk, actor=actor)
    else:
        raise InvalidInput(f"There is no action {action[:40]!r}.")
