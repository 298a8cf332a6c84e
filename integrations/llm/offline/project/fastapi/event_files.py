"""Files of events: what a project tells the services outside, and when."""

from __future__ import annotations

from dataclasses import dataclass

from integrations.llm.design import AdapterUse
from integrations.llm.offline.project.entities import EntityView
from integrations.llm.offline.project.fastapi.adapter_files import MESSAGES, METHODS
from integrations.llm.offline.project.fastapi.ground import Ground, first_decimal, first_moment
from integrations.llm.offline.project.imports import Imports
from integrations.llm.offline.project.rendering import render
from integrations.llm.offline.words import words_of


@dataclass(frozen=True)
class Function:
    """A function that tells of one event: ``lines`` are its body."""

    name: str
    parameters: str
    doc: str
    lines: list[str]


@dataclass(frozen=True)
class Deletion:
    """Telling of a deletion: what is made before it, and said after it."""

    prepare: list[str]
    tell: list[str]


def events_text(ground: Ground) -> str:
    """``app/events/<entity>.py``: payments before the commit, notices after it."""
    functions = [
        function
        for event in ("created", "changed")
        for payment in (True, False)
        if (function := _function(ground, event, payment=payment)) is not None
    ]
    deleted = ground.uses_on("deleted", payment=False)
    imports = _events_imports(ground)
    if deleted:
        imports.add("collections.abc", "Callable")
    if any("Collection" in function.parameters for function in functions):
        imports.add("collections.abc", "Collection")
    values = {"e": ground.e, "imports": imports, "functions": functions, "deletion": _deletion(ground, deleted)}
    return render("fastapi/events.py.j2", values)


def _events_imports(ground: Ground) -> Imports:
    imports = Imports()
    imports.add("app.adapters.bundle", "Adapters")
    imports.add(f"app.models.{ground.e.snake}", ground.e.name)
    for name, use in ground.uses:
        kind = ground.kind_of(name)
        imports.add(f"app.adapters.{name}", MESSAGES[kind])
        if kind != "payment":
            imports.add("app.adapters.http", "logged_when_it_fails")
        if use.field and ground.e.field(use.field).type == "choice":
            imports.add(f"app.models.{ground.e.snake}", ground.e.field(use.field).enum)
    return imports


def _function(ground: Ground, event: str, *, payment: bool) -> Function | None:
    uses = ground.uses_on(event, payment=payment)
    if not uses:
        return None
    entity = ground.e
    changed = ", changed: Collection[str]" if event == "changed" else ""
    lines = [line for name, use in uses for line in _lines(ground, name, use)]
    doc = f"Take the payment for {entity.a_words} that is being {event}, or raise OutsideError."
    told = f"Tell that {entity.a_words} was {event}; what cannot be told is logged."
    return Function(
        f"{'pay_for' if payment else 'tell'}_{event}",
        f"adapters: Adapters, {entity.snake}: {entity.name}{changed}",
        doc if payment else told,
        lines,
    )


def _lines(ground: Ground, name: str, use: AdapterUse) -> list[str]:
    lines = _call(ground, name, use)
    if use.event == "changed" and use.field:
        return [f"if {_condition(ground.e, use)}:", *(f"    {line}" for line in lines)]
    if use.event == "changed":
        return ["if changed:", *(f"    {line}" for line in lines)]
    return lines


def _condition(entity: EntityView, use: AdapterUse) -> str:
    field = entity.field(use.field or "")
    member = next(member for member, value in field.members if value == use.value)
    return f'"{field.name}" in changed and {entity.snake}.{field.name} is {field.enum}.{member}'


def _call(ground: Ground, name: str, use: AdapterUse) -> list[str]:
    """The call of an adapter, for what cannot fail the request inside a guard."""
    kind = ground.kind_of(name)
    entity = ground.e
    if kind == "payment":
        amount = f"{entity.snake}.{first_decimal(entity).name}"
        charge = f'Charge({amount}, f"{entity.snake}-{{{entity.snake}.id}}")'
        return [f"adapters.{name}.charge({charge})"]
    what = happened(entity, use)
    guard = f'with logged_when_it_fails("{name}: {what}"):'
    return [guard, f"    adapters.{name}.{METHODS[kind]}({_message(ground, name, use)})"]


def happened(entity: EntityView, use: AdapterUse) -> str:
    """What happened, in a few words: *order paid*."""
    return f"{entity.words} {words_of(use.value) if use.value else use.event}"


def _message(ground: Ground, name: str, use: AdapterUse) -> str:
    entity, kind = ground.e, ground.kind_of(name)
    what = happened(entity, use)
    title = f"{what[0].upper()}{what[1:]}"
    record = f"{{{entity.snake}.id}}"
    if kind == "email":
        text = f'f"{entity.words.capitalize()} {record}: {what}."'
        return f'Email({address_of(ground, use, "email")}, "{title}", {text})'
    if kind == "sms":
        return f'TextMessage({address_of(ground, use, "phone")}, f"{entity.words.capitalize()} {record}: {what}.")'
    if kind == "calendar":
        begins = f"{entity.snake}.{first_moment(entity).name}.isoformat()"
        return f'CalendarEntry(f"{entity.words.capitalize()} {record}", {begins})'
    return f'Notice("{entity.snake}.{use.value or use.event}", {entity.snake}.id)'


def address_of(ground: Ground, use: AdapterUse, kind: str) -> str:
    """The address of whom the record leads to; an empty one where there is none."""
    target = ground.e
    for name in use.recipient:
        target = next(parent for parent in target.parents if parent.name == name).target
    wanted = "email" if kind == "email" else None
    field = next(
        field for field in target.fields if field.type == wanted or field.name in {"phone", "mobile", "telefono"}
    )
    source = ".".join([ground.e.snake, *use.recipient, field.name])
    return f'{source} or ""' if field.nullable else source


def _deletion(ground: Ground, uses: list[tuple[str, AdapterUse]]) -> Deletion | None:
    if not uses:
        return None
    prepare, tell = [], []
    for name, use in uses:
        kind = ground.kind_of(name)
        prepare.append(f"{name}_message = {_message(ground, name, use)}")
        tell.append(f'with logged_when_it_fails("{name}: {happened(ground.e, use)}"):')
        tell.append(f"    adapters.{name}.{METHODS[kind]}({name}_message)")
    return Deletion(prepare, tell)
