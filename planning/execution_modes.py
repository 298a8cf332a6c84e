"""Which mode a plan is built in: what was asked for, within what the flags allow its owner."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.contrib.auth.models import User

from common.errors import InvalidInput
from common.flags import Flags, rollout_for
from planning.models.masterplan import ExecutionMode

WITHHELD = ("blacklist", "switched_off")
"""What a request does not get round: a rollback must hold for everybody."""
PART_MODES = (ExecutionMode.MVP, ExecutionMode.V2_ATOMS)


@dataclass(frozen=True)
class ChosenMode:
    """``why``: ``request``, or the rule of ``common.flags`` that decided."""

    mode: ExecutionMode
    why: str


def choose_mode(*, asked: str, owner: User, flags: Flags) -> ChosenMode:
    """The mode for a plan of ``owner``; ``asked`` is empty where nobody asked for one."""
    rollout = rollout_for(flags, user_id=owner.pk, username=owner.get_username())
    if asked == ExecutionMode.MVP:
        return ChosenMode(ExecutionMode.MVP, "request")
    if not rollout.enabled and (not asked or rollout.why in WITHHELD):
        return ChosenMode(ExecutionMode.MVP, rollout.why)
    return ChosenMode(ExecutionMode(asked), "request") if asked else ChosenMode(ExecutionMode.V2_ATOMS, rollout.why)


def require_part_modes(modes: Mapping[str, str], *, parts: Collection[str]) -> None:
    """What ``hybrid`` does with each phase or task, by short id. Raises ``InvalidInput`` with what is wrong where."""
    errors = {part: ["The plan has no such phase or task."] for part in modes if part not in parts}
    errors |= {part: ["It must be mvp or v2_atoms."] for part, mode in modes.items() if mode not in PART_MODES}
    if errors:
        raise InvalidInput("These modes cannot be.", hint="Use short ids, such as task_004.", errors=errors)
