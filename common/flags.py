"""Feature flags: what they are, how their values are written, whom version 2 is for. Pure; see ``flag_overrides``."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal

from common.errors import InvalidInput

PREFIX = "FF_"
YES, NO = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}
Value = bool | int | tuple[str, ...]
Reason = Literal["blacklist", "whitelist", "switched_off", "percentage"]


@dataclass(frozen=True)
class Flags:
    """The values in force. Each field is the flag ``FF_`` and its name in capitals; users are names or ids."""

    enable_v2: bool = True
    v2_percentage: int = 100
    v2_whitelist_users: tuple[str, ...] = ()
    v2_blacklist_users: tuple[str, ...] = ()
    enable_ast_atomization: bool = True
    enable_dependency_graph: bool = True
    enable_hierarchical_validation: bool = True
    enable_wave_execution: bool = True
    enable_retry_feedback: bool = True
    enable_human_review: bool = True
    fallback_to_mvp_on_error: bool = True

    def by_name(self) -> dict[str, Value]:
        """``{"FF_ENABLE_V2": True, ...}``"""
        return {flag_name(field): value for field, value in asdict(self).items()}

    def with_value(self, name: str, raw: object) -> Flags:
        """With another value for the flag ``name``. Raises ``InvalidInput``."""
        changed: dict[str, Any] = {_field_of(name): parse_value(name, raw)}
        return replace(self, **changed)


@dataclass(frozen=True)
class Rollout:
    """Whether version 2 is for a user, and which rule said so."""

    enabled: bool
    why: Reason


def rollout_for(flags: Flags, *, user_id: object, username: str) -> Rollout:
    """The first rule that speaks of the user decides: blacklist, whitelist, the switch for all, the percentage."""
    names = {str(user_id), username}
    if names & set(flags.v2_blacklist_users):
        return Rollout(False, "blacklist")
    if names & set(flags.v2_whitelist_users):
        return Rollout(True, "whitelist")
    if not flags.enable_v2:
        return Rollout(False, "switched_off")
    return Rollout(place_in_rollout(user_id) < flags.v2_percentage, "percentage")


def place_in_rollout(user_id: object) -> int:
    """0 to 99, always the same for a user: whoever has version 2 at 10 percent has it at 20 percent too."""
    return int.from_bytes(hashlib.sha256(f"v2:{user_id}".encode()).digest()[:8], "big") % 100


def flag_name(field: str) -> str:
    return PREFIX + field.upper()


FLAG_NAMES = tuple(flag_name(field.name) for field in fields(Flags))


def parse_value(name: str, raw: object) -> Value:
    """A flag's value from text, or as JSON has it. Raises ``InvalidInput`` that names the flag."""
    default = getattr(Flags(), _field_of(name))
    if isinstance(default, bool):
        return _switch(name, raw)
    return _percentage(name, raw) if isinstance(default, int) else _users(name, raw)


def written(value: Value) -> str:
    """As people write it: ``on``, ``25``, ``ana, luis``."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value) if isinstance(value, int) else ", ".join(value)


def require_known(name: str) -> None:
    """Raises ``InvalidInput``."""
    if name not in FLAG_NAMES:
        raise InvalidInput(f"There is no flag {name[:60]!r}.", hint="Known: " + ", ".join(FLAG_NAMES) + ".")


def _field_of(name: str) -> str:
    require_known(name)
    return name.removeprefix(PREFIX).lower()


def _switch(name: str, raw: object) -> bool:
    word = str(raw).strip().lower()
    if word not in YES | NO:
        raise InvalidInput(f"{name} must be true or false.")
    return word in YES


def _percentage(name: str, raw: object) -> int:
    try:
        percent = -1 if isinstance(raw, bool) else int(str(raw).strip())
    except ValueError:
        percent = -1
    if not 0 <= percent <= 100:
        raise InvalidInput(f"{name} must be a whole number from 0 to 100.")
    return percent


def _users(name: str, raw: Any) -> tuple[str, ...]:
    parts = raw.split(",") if isinstance(raw, str) else raw
    if not isinstance(parts, (list, tuple)) or not all(isinstance(part, (str, int)) for part in parts):
        raise InvalidInput(f"{name} must be a list of user names or ids, separated by commas.")
    return tuple(dict.fromkeys(str(part).strip() for part in parts if str(part).strip()))
