"""What each app declares of its models, found as Django finds an app's ``admin``."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Q


@dataclass(frozen=True)
class Scope:
    """The plan and what it lies in: by these every row of a plan is found."""

    workspace: uuid.UUID
    conversation: uuid.UUID
    discovery: uuid.UUID
    plan: uuid.UUID


@dataclass(frozen=True, eq=False)
class Section:
    """Rows of one model, by key. Claims are always left out: they are of a process of this installation."""

    name: str
    model: type[models.Model]
    within: Callable[[Scope], Q]
    """Which of its rows belong to the plan; the same says after an import that they do."""
    without: tuple[str, ...] = ()
    """Fields that are not carried and are empty after an import."""
    under_way: Q | None = None
    """Rows that somebody works on: no such plan is exported or imported."""
    person_keys: tuple[str, ...] = ()
    """Text columns that hold the key of a user; carried as the user's name."""
    places: tuple[str, ...] = ()
    """Columns, or ``column.key`` of JSON, that hold the folder of the plan's files, which differs by installation."""
    checks: Mapping[str, Callable[[Any], object]] = field(default_factory=dict)
    """What a column's value must pass besides its type; raises what is wrong."""
    holds: Callable[[Scope], str] = lambda scope: ""
    """What is wrong with the rows as a whole, in words; empty: nothing."""
    told: bool = False
    """Only read by people: ids in its JSON lead nowhere, and may name what is not in the document."""


@cache
def sections() -> tuple[Section, ...]:
    """Of all apps, in their order."""
    return tuple(section for module in _declarations() for section in module.SECTIONS)


@cache
def left_out() -> dict[type[models.Model], str]:
    """Models of ours that are not exported, and why."""
    return {model: why for module in _declarations() for model, why in module.LEFT_OUT.items()}


def section_named(name: str) -> Section | None:
    return next((section for section in sections() if section.name == name), None)


def _declarations() -> list[Any]:
    names = [f"{app.name}.exported" for app in apps.get_app_configs()]
    return [import_module(name) for name in names if find_spec(name)]
