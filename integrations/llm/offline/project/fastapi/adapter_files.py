"""Files about the services outside that a project calls."""

from __future__ import annotations

from dataclasses import dataclass

from integrations.llm.design import AdapterUse
from integrations.llm.offline.project.entities import EntityView
from integrations.llm.offline.project.fastapi.bodies import body_call
from integrations.llm.offline.project.fastapi.ground import Ground, first_decimal, first_moment
from integrations.llm.offline.project.imports import Imports
from integrations.llm.offline.project.rendering import render
from integrations.llm.offline.project.service import ServiceView
from integrations.llm.offline.words import words_of

PROTOCOLS = {
    "email": "EmailSender", "sms": "SmsSender", "webhook": "WebhookCaller", "calendar": "Calendar",
    "payment": "PaymentGateway",
}  # fmt: skip
MESSAGES = {
    "email": "Email", "sms": "TextMessage", "webhook": "Notice", "calendar": "CalendarEntry", "payment": "Charge",
}  # fmt: skip
METHODS = {"email": "send", "sms": "send", "webhook": "call", "calendar": "add", "payment": "charge"}
SAMPLES = {
    "email": 'Email("ana@example.com", "Hello", "Bye")',
    "sms": 'TextMessage("+34600000000", "Hello")',
    "webhook": 'Notice("order.created", 1)',
    "calendar": 'CalendarEntry("Meeting", "2030-03-01T10:00:00Z")',
    "payment": 'Charge(Decimal("19.50"), "order-1")',
}
BODIES = {
    "email": '{"to": "ana@example.com", "subject": "Hello", "text": "Bye"}',
    "sms": '{"to": "+34600000000", "text": "Hello"}',
    "webhook": '{"event": "order.created", "id": 1}',
    "calendar": '{"title": "Meeting", "begins": "2030-03-01T10:00:00Z"}',
    "payment": '{"amount": "19.50", "reference": "order-1"}',
}


def adapter_text(kind: str, provider: str) -> str:
    """``app/adapters/<name>.py``: a protocol, the real thing over HTTP, a fake."""
    return render(f"fastapi/adapter_{kind}.py.j2", {"provider": provider})


def bundle_text(service: ServiceView) -> str:
    """``app/adapters/bundle.py``."""
    adapters = service.design.adapters
    imports = Imports()
    imports.add("dataclasses", "dataclass")
    imports.add("typing", "Annotated")
    imports.add("fastapi", "Depends", "Request")
    imports.add("app.config", "Settings")
    for adapter in adapters:
        imports.add(f"app.adapters.{adapter.name}", PROTOCOLS[adapter.kind], f"make_{adapter.kind}")
    values = {"adapters": adapters, "protocols": PROTOCOLS, "imports": imports}
    return render("fastapi/adapter_bundle.py.j2", values)


def adapters_test_text(service: ServiceView) -> str:
    """``tests/test_adapters.py``."""
    adapters = service.design.adapters
    imports = Imports()
    imports.add("json")
    imports.add("httpx")
    imports.add("pytest")
    imports.add("typing", "Any")
    imports.add("collections.abc", "Callable")
    imports.add("app.adapters.bundle", "adapters_from")
    imports.add("app.adapters.http", "post_json")
    imports.add("app.config", "Settings")
    imports.add("app.errors", "OutsideError")
    for adapter in adapters:
        names = (MESSAGES[adapter.kind], f"Fake{PROTOCOLS[adapter.kind]}", f"make_{adapter.kind}")
        imports.add(f"app.adapters.{adapter.name}", *names)
        if adapter.kind == "payment":
            imports.add("decimal", "Decimal")
    values = {
        "adapters": adapters,
        "imports": imports,
        "methods": METHODS,
        "samples": SAMPLES,
        "bodies": BODIES,
        "fakes": {kind: f"Fake{name}" for kind, name in PROTOCOLS.items()},
    }
    return render("fastapi/test_adapters.py.j2", values)


# -- what is told ------------------------------------------------------------------------------------------------------


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
        return f'Email({_address(ground, use, "email")}, "{title}", {text})'
    if kind == "sms":
        return f'TextMessage({_address(ground, use, "phone")}, f"{entity.words.capitalize()} {record}: {what}.")'
    if kind == "calendar":
        begins = f"{entity.snake}.{first_moment(entity).name}.isoformat()"
        return f'CalendarEntry(f"{entity.words.capitalize()} {record}", {begins})'
    return f'Notice("{entity.snake}.{use.value or use.event}", {entity.snake}.id)'


def _address(ground: Ground, use: AdapterUse, kind: str) -> str:
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


# -- tests -------------------------------------------------------------------------------------------------------------


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
        return [] if deleted else [f"assert {sent}[0].to == {_address(ground, use, 'email')}"]
    if kind == "payment":
        return [f"assert {sent}[0].amount == {entity.snake}.{first_decimal(entity).name}"]
    if kind == "webhook":
        return [f'assert {sent}[0].event == "{entity.snake}.{use.value or use.event}"']
    if kind == "calendar":
        return [] if deleted else [f"assert {sent}[0].begins == {entity.snake}.{first_moment(entity).name}.isoformat()"]
    return [] if deleted else [f"assert {sent}[0].to == {_address(ground, use, 'phone')}"]


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
