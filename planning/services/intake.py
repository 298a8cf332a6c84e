"""A request comes in: stored with its conversation and message, then analysed by a worker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.models import User

from common.actors import Actor, current_trace_id, new_trace_id, set_trace_id
from common.changes import change
from common.configuration import configuration
from common.errors import InvalidInput
from planning import dispatch
from planning.models import Conversation, DiscoveryDocument, Message, Workspace
from planning.models.masterplan import ExecutionMode
from planning.services.conversations import add_message, start_conversation
from planning.services.discovery import remember_discovery
from planning.services.workspaces import require_free, workspace_for_new_project
from planning.stacks import STACKS
from planning.states import DiscoveryStatus
from planning.steps import Step
from planning.texts import clean_request

if TYPE_CHECKING:
    from integrations.llm.offline.engine import EngineOptions

S = DiscoveryStatus


def start_discovery(
    *,
    owner: User,
    request: str,
    workspace: Workspace | None = None,
    conversation: Conversation | None = None,
    unattended: bool = False,
    auto_plan: bool = True,
    stack: str = "",
    execution_mode: str = "",
    engine_options: EngineOptions | None = None,
    message: Message | None = None,
    dispatched: bool = True,
) -> DiscoveryDocument:
    """Store a request with its conversation and message, and have a worker analyse it (unless not ``dispatched``).

    Raises ``TooLarge``, ``InvalidInput``, ``RequestNotUsable``, ``WorkspaceBusy``.
    """
    request = clean_request(request, max_chars=configuration().max_request_chars)
    _require_known(stack, STACKS, "stack")
    _require_known(execution_mode, ExecutionMode.values, "execution mode")
    trace_id = current_trace_id() or new_trace_id()
    set_trace_id(trace_id)
    with change():
        if conversation is not None:
            require_free(conversation.workspace)
        else:
            place = workspace_for_new_project(owner=owner, workspace=workspace, title=request)
            conversation = start_conversation(owner=owner, workspace=place, title=request)
        if message is None:
            add_message(conversation=conversation, role=Message.Role.USER, content=request)
        discovery = DiscoveryDocument.objects.create(
            workspace=conversation.workspace,
            conversation=conversation,
            owner=owner,
            original_request=request,
            unattended=unattended,
            auto_plan=auto_plan,
            stack=stack,
            execution_mode=execution_mode,
            engine_options=engine_options.model_dump() if engine_options else {},
            trace_id=trace_id,
        )
        remember_discovery(discovery, "discovery_started", Actor.of(owner))
        if dispatched:
            dispatch.discovery_step(discovery.pk, Step.ANALYSE)
    return discovery


def _require_known(value: str, known: list[str] | tuple[str, ...], kind: str) -> None:
    if value and value not in known:
        raise InvalidInput(f"There is no {kind} {value[:40]!r}.", hint="Known: " + ", ".join(known) + ".")
