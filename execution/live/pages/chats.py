"""Conversations: the list with a place to begin a new one, and one of them with all that came of it."""

from __future__ import annotations

import uuid
from typing import cast

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from common.configuration import configuration
from common.errors import DevMatrixError
from execution.live.problems import with_problems
from execution.live.selectors.chats import chat_document, listed_conversations, messages_before
from execution.live.signing_in import required_for_scripts
from planning.selectors.access import conversation_for
from planning.services.talking import begin_conversation

CONVERSATIONS_ON_A_PAGE = 25


@require_http_methods(["GET", "POST"])
@login_required
def chats(request: HttpRequest) -> HttpResponse:
    """The list; what is posted begins a new conversation."""
    if request.method == "GET":
        return _list(request)
    text = request.POST.get("content", "")
    try:
        turn = begin_conversation(owner=cast("User", request.user), content=text)
    except DevMatrixError as error:
        return _list(request, text=text, error=error)
    return redirect("chat-page", turn.message.conversation_id)


@require_GET
@login_required
@with_problems
def chat_page(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    user = cast("User", request.user)
    conversation = conversation_for(user, conversation_id)
    may_control = conversation.owner_id == user.pk or user.is_superuser
    context = {
        "conversation": conversation,
        "document": chat_document(conversation),
        "may_control": may_control,
        "max_chars": configuration().max_request_chars,
    }
    return render(request, "live/chat.html", context)


@require_GET
@required_for_scripts
@with_problems
def chat_state(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """The document that the page starts from, as it is now."""
    return JsonResponse(chat_document(conversation_for(cast("User", request.user), conversation_id)))


@require_GET
@required_for_scripts
@with_problems
def earlier_messages(request: HttpRequest, conversation_id: uuid.UUID, message_id: uuid.UUID) -> HttpResponse:
    """Messages before one of them, oldest first."""
    conversation = conversation_for(cast("User", request.user), conversation_id)
    messages, earlier = messages_before(conversation, message_id)
    return JsonResponse({"messages": messages, "earlier": earlier})


def _list(request: HttpRequest, *, text: str = "", error: DevMatrixError | None = None) -> HttpResponse:
    search = request.GET.get("q", "").strip()
    found = listed_conversations(cast("User", request.user), search=search)
    context = {
        "page": Paginator(found, CONVERSATIONS_ON_A_PAGE).get_page(request.GET.get("page")),
        "search": search,
        "text": text,
        "error": error,
    }
    return render(request, "live/chats.html", context, status=error.status if error else 200)
