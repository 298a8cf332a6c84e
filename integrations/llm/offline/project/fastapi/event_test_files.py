"""Tests of events: each is made to happen, and what was told is looked at."""

from __future__ import annotations

from dataclasses import dataclass

from integrations.llm.design import AdapterUse
from integrations.llm.offline.project.fastapi.adapter_files import METHODS
from integrations.llm.offline.project.fastapi.bodies import body_call
from integrations.llm.offline.project.fastapi.event_files import address_of, happened
from integrations.llm.offline.project.fastapi.ground import Ground, first_decimal, first_moment
from integrations.llm.offline.project.imports import Imports
from integrations.llm.offline.project.rendering import render


@dataclass(frozen=True)
class EventCase:
    """A test of one use: Python lines that make it happen, check it, and see a payment refused."""

    name: str
    adapter: str
    method: str
    payment: bool
    act: list[str]
    check: list[str]
    refused: list[str]


def events_test_text(ground: Ground) -> str:
    """``tests/test_<entity>_events.py``."""
    entity = ground.e
    cases = [_case(ground, name, use) for name, use in ground.uses]
    values = {"e": entity, "g": ground, "cases": cases, "imports": Imports()}
    text = render("fastapi/test_events.py.j2", values)
    imports = Imports()
    imports.add("typing", "Any")
    imports.add("pytest")
    imports.add("sqlalchemy.orm", "Session")
    imports.add("app.adapters.bundle", "Adapters")
    imports.add("app.errors", "OutsideError")
    imports.add(f"app.services.{entity.snake}", f"{entity.name}Service")
    if ground.a is not None:
        imports.add(f"app.models.{ground.a.snake}", ground.a.name)
    for kind in ("Create", "Update", "Query"):
        if f"{entity.name}{kind}" in text:
            imports.add(f"app.schemas.{entity.snake}", f"{entity.name}{kind}")
    for function in (f"make_{entity.snake}", f"{entity.snake}_body"):
        if f"{function}(" in text:
            imports.add(f"tests.factories.{entity.snake}", function)
    return render("fastapi/test_events.py.j2", {**values, "imports": imports})


def _case(ground: Ground, name: str, use: AdapterUse) -> EventCase:
    entity, kind = ground.e, ground.kind_of(name)
    act, refused = _act(ground, use)
    words = happened(entity, use).replace(" ", "_")
    count = "kept_by(adapters." + name + ")"
    check = [f"assert len({count}) == 1", *_checks(ground, name, use, count)]
    return EventCase(f"{name}_after_{words}", name, METHODS[kind], kind == "payment", act, check, refused)


def _checks(ground: Ground, name: str, use: AdapterUse, sent: str) -> list[str]:
    entity, kind = ground.e, ground.kind_of(name)
    deleted = use.event == "deleted"
    if kind == "email":
        return [] if deleted else [f"assert {sent}[0].to == {address_of(ground, use, 'email')}"]
    if kind == "payment":
        return [f"assert {sent}[0].amount == {entity.snake}.{first_decimal(entity).name}"]
    if kind == "webhook":
        return [f'assert {sent}[0].event == "{entity.snake}.{use.value or use.event}"']
    if kind == "calendar":
        return [] if deleted else [f"assert {sent}[0].begins == {entity.snake}.{first_moment(entity).name}.isoformat()"]
    return [] if deleted else [f"assert {sent}[0].to == {address_of(ground, use, 'phone')}"]


def _act(ground: Ground, use: AdapterUse) -> tuple[list[str], list[str]]:
    """Lines that make an event happen, and those that see a payment refused."""
    entity = ground.e
    create = f"service.create({entity.name}Create.model_validate(body))"
    if use.event == "created":
        act = [
            f"body = {body_call(entity)()}",
            f"{entity.snake} = {create}",
            f"assert service.get({entity.snake}.id) is {entity.snake}",
        ]
        refused = [act[0], "with pytest.raises(OutsideError):", f"    {create}"]
        return act, refused
    if use.event == "deleted":
        return [f"{entity.snake} = make_{entity.snake}(session)", f"service.delete({entity.snake}.id)"], []
    before, change = _change(ground, use)
    made = [
        f"{entity.snake} = make_{entity.snake}(session{before})",
        f"data = {entity.name}Update.model_validate({change})",
    ]
    update = f"service.update({entity.snake}.id, data)"
    return [*made, f"assert {update} is {entity.snake}"], [*made, "with pytest.raises(OutsideError):", f"    {update}"]


def _change(ground: Ground, use: AdapterUse) -> tuple[str, str]:
    """What a record is before a change that is told, and the change as a body."""
    entity = ground.e
    if not use.field:
        field = entity.target_update
        return "", f'{{"{field.name}": {field.changed}}}'
    allowed = [
        step.before for rule in ground.rules_of("transitions") for step in rule.transitions if use.value in step.after
    ]
    frozen = {value for rule in ground.rules_of("frozen") for value in rule.values}
    values = [value for _, value in entity.field(use.field).members]
    before = next(value for value in [*allowed, *values] if value != use.value and value not in frozen)
    return f', {use.field}="{before}"', f'{{"{use.field}": "{use.value}"}}'
