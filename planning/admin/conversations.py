from __future__ import annotations

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from common.actors import Actor
from common.admin_bases import RecordAdmin, RecordInline
from planning.models import Conversation, Message, Workspace
from planning.services.workspaces import rename_workspace


@admin.register(Workspace)
class WorkspaceAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Only the name is changed by hand."""

    list_display = ["name", "owner", "created_at"]
    search_fields = ["name", "owner__username"]
    list_select_related = ["owner"]
    fields = ["name", "slug", "owner", "created_at"]
    readonly_fields = ["slug", "owner", "created_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Workspace | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Workspace, form: ModelForm[Workspace], change: bool) -> None:
        stored = Workspace.objects.get(pk=obj.pk)
        rename_workspace(workspace=stored, name=obj.name, actor=Actor.of(request.user))


class MessageInline(RecordInline):
    model = Message
    fields = ["created_at", "role", "content"]
    readonly_fields = fields
    show_change_link = False


@admin.register(Conversation)
class ConversationAdmin(RecordAdmin):
    list_display = ["__str__", "owner", "workspace", "created_at"]
    search_fields = ["title", "owner__username"]
    list_select_related = ["owner", "workspace"]
    inlines = [MessageInline]
