"""Workspaces: where a person's projects live, one unfinished plan in each."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import IntegrityError
from django.db.models import ProtectedError
from django.utils.text import slugify

from common.actors import Actor
from common.changes import change, remember
from common.errors import Conflict, InvalidInput
from common.locks import lock_in_transaction
from planning.errors import WorkspaceBusy
from planning.models import MasterPlan, Workspace
from planning.states import UNFINISHED_PLAN, DiscoveryStatus
from planning.texts import clean_text

DEFAULT_NAME = "Projects"
MAX_NAME_CHARS = 120


def workspace_for(*, owner: User, name: str | None = None) -> Workspace:
    """The owner's workspace of that name (or the usual one), made when there is none."""
    name = _usable_name(name or DEFAULT_NAME)
    workspace, _ = Workspace.objects.get_or_create(owner=owner, slug=_slug(name), defaults={"name": name})
    return workspace


def create_workspace(*, owner: User, name: str) -> Workspace:
    """A new workspace. Raises ``Conflict`` when the owner has one whose name reads the same in addresses."""
    name = _usable_name(name)
    try:
        with change():
            workspace = Workspace.objects.create(owner=owner, name=name, slug=_slug(name))
            _remember(workspace, "workspace_created", Actor.of(owner))
            return workspace
    except IntegrityError:
        raise Conflict(f"You have a workspace named like {name!r} already.", hint="Take another name.") from None


def rename_workspace(*, workspace: Workspace, name: str, actor: Actor) -> Workspace:
    """Rename; the slug stays, so that addresses do. Raises ``InvalidInput``."""
    before, workspace.name = workspace.name, _usable_name(name)
    with change():
        workspace.save(update_fields=["name"])
        _remember(workspace, "workspace_renamed", actor, before=before)
    return workspace


def delete_workspace(*, workspace: Workspace, actor: Actor) -> None:
    """Delete a workspace without plans. Raises ``Conflict`` when there is one: plans are kept."""
    try:
        with change():
            _remember(workspace, "workspace_deleted", actor)
            workspace.delete()
    except ProtectedError:
        raise Conflict("The workspace has plans, which are kept.", hint="Delete an empty workspace only.") from None


def workspace_for_new_project(*, owner: User, workspace: Workspace | None, title: str) -> Workspace:
    """Where a new project may be planned: the given workspace when it is free, else a free one or a new one.

    Within a transaction. Raises ``WorkspaceBusy`` naming the unfinished plan of the given workspace.
    """
    if workspace is not None:
        require_free(workspace)
        return workspace
    lock_in_transaction(f"workspaces of {owner.pk}")
    usual = workspace_for(owner=owner)
    if not _in_use(usual):
        return usual
    name = _usable_name(title[:60])
    return Workspace.objects.create(owner=owner, name=name, slug=_free_slug(owner, name))


def require_free(workspace: Workspace) -> None:
    """Raises ``WorkspaceBusy`` when the workspace has an unfinished plan."""
    plan = unfinished_plan_in(workspace)
    if plan is not None:
        raise WorkspaceBusy(
            f"The workspace {workspace.name} has the plan {plan.project_name}, which is {plan.status}.",
            hint="Finish, reject or cancel it, or use another workspace.",
            masterplan=str(plan.pk),
        )


def unfinished_plan_in(workspace: Workspace) -> MasterPlan | None:
    return MasterPlan.objects.filter(workspace=workspace, status__in=UNFINISHED_PLAN).first()


def _in_use(workspace: Workspace) -> bool:
    """Also a discovery on its way will want the place."""
    open_states = [status for status in DiscoveryStatus if status not in {"completed", "cancelled"}]
    return unfinished_plan_in(workspace) is not None or workspace.discoveries.filter(status__in=open_states).exists()


def _usable_name(name: str) -> str:
    cleaned = clean_text(name, name="The name", max_chars=MAX_NAME_CHARS)
    if not cleaned:
        raise InvalidInput("The name is empty.")
    return " ".join(cleaned.split())


def _slug(name: str) -> str:
    return slugify(name)[:110] or "workspace"


def _free_slug(owner: User, name: str) -> str:
    base = _slug(name)
    taken = set(Workspace.objects.filter(owner=owner, slug__startswith=base).values_list("slug", flat=True))
    return next(slug for number in range(1, len(taken) + 2) if (slug := f"{base}-{number}") not in taken)


def _remember(workspace: Workspace, change_type: str, actor: Actor, before: str = "") -> None:
    remember(
        plan_id=None,
        change_type=change_type,
        actor=actor,
        item_type="workspace",
        item_id=workspace.pk,
        item_label=workspace.name,
        before={"name": before} if before else {},
        after={"name": workspace.name},
    )
