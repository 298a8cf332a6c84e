"""Workspaces and conversations."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.idempotency import idempotent
from planning.api.parameters import IDEMPOTENCY_KEY, SINCE, since_of
from planning.api.people import actor_of, person
from planning.api.serializers.places import (
    ConversationSerializer,
    EventPageSerializer,
    MessageSerializer,
    WorkspaceSerializer,
)
from planning.models import Conversation, Message, Workspace
from planning.selectors.access import conversation_for, conversations_for, workspace_for_user, workspaces_for
from planning.selectors.events import events_since
from planning.services.conversations import start_conversation
from planning.services.talking import take_message
from planning.services.workspaces import create_workspace, delete_workspace, rename_workspace, workspace_for


class WorkspaceList(ListAPIView[Workspace]):
    """Workspaces, latest first."""

    serializer_class = WorkspaceSerializer
    queryset = Workspace.objects.none()
    ordering_fields = ["created_at", "name"]

    def get_queryset(self) -> QuerySet[Workspace]:
        return workspaces_for(self.request.user)

    @extend_schema(parameters=[IDEMPOTENCY_KEY], request=WorkspaceSerializer, responses={201: WorkspaceSerializer})
    @idempotent
    def post(self, request: Request) -> Response:
        """Make a workspace."""
        given = WorkspaceSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        workspace = create_workspace(owner=person(request), name=given.validated_data["name"])
        return Response(WorkspaceSerializer(workspace).data, status=status.HTTP_201_CREATED)


class WorkspaceDetail(APIView):
    @extend_schema(operation_id="workspaces_retrieve", responses=WorkspaceSerializer)
    def get(self, request: Request, pk: uuid.UUID) -> Response:
        return Response(WorkspaceSerializer(workspace_for_user(request.user, pk)).data)

    @extend_schema(request=WorkspaceSerializer, responses=WorkspaceSerializer)
    def patch(self, request: Request, pk: uuid.UUID) -> Response:
        """Rename it."""
        workspace = workspace_for_user(request.user, pk, control=True)
        given = WorkspaceSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        rename_workspace(workspace=workspace, name=given.validated_data["name"], actor=actor_of(request))
        return Response(WorkspaceSerializer(workspace).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: uuid.UUID) -> Response:
        """Delete an empty workspace; plans are kept, so one that has any is refused."""
        workspace = workspace_for_user(request.user, pk, control=True)
        delete_workspace(workspace=workspace, actor=actor_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class ConversationList(ListAPIView[Conversation]):
    """Conversations, latest first."""

    serializer_class = ConversationSerializer
    queryset = Conversation.objects.none()
    filterset_fields = ["workspace"]
    ordering_fields = ["created_at", "title"]

    def get_queryset(self) -> QuerySet[Conversation]:
        return conversations_for(self.request.user)

    @extend_schema(
        parameters=[IDEMPOTENCY_KEY], request=ConversationSerializer, responses={201: ConversationSerializer}
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Begin a conversation, in the usual workspace when none is given."""
        given = ConversationSerializer(data=request.data, context={"request": request})
        given.is_valid(raise_exception=True)
        workspace = given.validated_data.get("workspace")
        if workspace is None:
            workspace = workspace_for(owner=person(request))
        else:
            workspace = workspace_for_user(request.user, workspace.pk, control=True)
        title = given.validated_data.get("title", "")
        conversation = start_conversation(owner=person(request), workspace=workspace, title=title)
        return Response(ConversationSerializer(conversation).data, status=status.HTTP_201_CREATED)


class ConversationDetail(APIView):
    @extend_schema(operation_id="conversations_retrieve", responses=ConversationSerializer)
    def get(self, request: Request, pk: uuid.UUID) -> Response:
        return Response(ConversationSerializer(conversation_for(request.user, pk)).data)


@extend_schema_view(get=extend_schema(operation_id="conversations_messages_list"))
class MessageList(ListAPIView[Message]):
    """Messages, oldest first."""

    serializer_class = MessageSerializer
    queryset = Message.objects.none()

    def get_queryset(self) -> QuerySet[Message]:
        conversation = conversation_for(self.request.user, self.kwargs["pk"])
        return Message.objects.filter(conversation=conversation)

    @extend_schema(
        operation_id="conversations_messages_create",
        parameters=[IDEMPOTENCY_KEY],
        request=MessageSerializer,
        responses={201: MessageSerializer, 202: MessageSerializer},
        examples=[OpenApiExample("A wish", {"content": "Create a REST API for tasks"}, request_only=True)],
    )
    @idempotent
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        """Say something. Commands are answered, a wish to build starts a discovery, one to change the plan is proposed:
        201 with the reply.

        Anything else is answered by a model: 202 with the message, and the conversation's events tell.
        """
        conversation = conversation_for(request.user, pk, control=True)
        given = MessageSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        turn = take_message(conversation=conversation, owner=person(request), content=given.validated_data["content"])
        if turn.reply is None:
            return Response(MessageSerializer(turn.message).data, status=status.HTTP_202_ACCEPTED)
        return Response(MessageSerializer(turn.reply).data, status=status.HTTP_201_CREATED)


class ConversationEvents(APIView):
    @extend_schema(operation_id="conversations_events", parameters=[SINCE], responses=EventPageSerializer)
    def get(self, request: Request, pk: uuid.UUID) -> Response:
        """The events of discovery and planning, in order."""
        conversation = conversation_for(request.user, pk)
        return Response(event_page(conversation.pk, since_of(request)))


def event_page(stream_id: uuid.UUID, since: int) -> dict[str, Any]:
    page = events_since(stream_id, since)
    return {"events": page.events, "last_seq": page.last_seq, "more": page.more}
