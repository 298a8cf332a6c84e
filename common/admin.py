from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.forms import CharField, ModelForm
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from common.actors import Actor
from common.admin_bases import RecordAdmin
from common.errors import InvalidInput
from common.flag_overrides import flag_states, set_flag
from common.flags import FLAG_NAMES, parse_value, written
from common.models import FlagOverride, PlanEvent, PlanHistory, Stream


@admin.register(PlanEvent)
class PlanEventAdmin(RecordAdmin):
    list_display = ["ts", "stream", "seq", "type"]
    list_filter = ["type"]
    show_full_result_count = False


@admin.register(PlanHistory)
class PlanHistoryAdmin(RecordAdmin):
    list_display = ["created_at", "change_type", "item_label", "actor_name", "reason"]
    list_filter = ["change_type", "item_type", "actor_kind"]
    search_fields = ["item_label", "plan_id", "item_id"]
    show_full_result_count = False


@admin.register(Stream)
class StreamAdmin(RecordAdmin):
    list_display = ["id", "kind", "last_seq"]


class FlagForm(ModelForm):  # type: ignore[type-arg]  # Django's own takes no argument
    """Values as people write them; empty lets the environment's default hold again."""

    value = CharField(required=False, help_text="on or off; 0 to 100; user names or ids with commas. Empty: default.")
    reason = CharField(required=False, max_length=2_000, help_text="Kept in the history.")

    class Meta:
        model = FlagOverride
        fields = ["value", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_to = self.instance.value
        self.initial["value"] = "" if set_to is None else written(parse_value(self.instance.name, set_to))

    def clean_value(self) -> Any:
        given = self.cleaned_data["value"].strip()
        if not given:
            return None
        try:
            parse_value(self.instance.name, given)
        except InvalidInput as error:
            raise ValidationError(error.detail) from None
        return given


@admin.register(FlagOverride)
class FlagAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Administrators override flags here, for all processes at once; runs that have begun keep what they began with."""

    form = FlagForm
    list_display = ["name", "in_force", "default", "reason", "changed_by", "changed_at"]
    fields = ["name", "in_force", "default", "value", "reason", "changed_by", "changed_at"]
    readonly_fields = ["name", "in_force", "default", "changed_by", "changed_at"]
    ordering = ["name"]

    def get_queryset(self, request: HttpRequest) -> Any:
        """A row for each flag, also for those that nobody has touched."""
        FlagOverride.objects.bulk_create([FlagOverride(name=name) for name in FLAG_NAMES], ignore_conflicts=True)
        return super().get_queryset(request).filter(name__in=FLAG_NAMES)

    @admin.display(description="in force")
    def in_force(self, row: FlagOverride) -> str:
        return next(written(state.value) for state in flag_states() if state.name == row.name)

    @admin.display(description="default of the environment")
    def default(self, row: FlagOverride) -> str:
        return next(written(state.default) for state in flag_states() if state.name == row.name)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: FlagOverride, form: FlagForm, change: bool) -> None:
        """Through the service: checked, and kept in the history."""
        given = form.cleaned_data
        set_flag(obj.name, given["value"], actor=Actor.of(request.user), reason=given["reason"])
