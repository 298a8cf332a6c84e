"""Outside services: adapters, and the functions of services that call them."""

from __future__ import annotations

import json

from integrations.llm.design import Adapter, AdapterUse
from integrations.llm.offline.project.django.relations import APP, made_along, target_of
from integrations.llm.offline.project.django.rule_parts import Needed, RuleText
from integrations.llm.offline.project.entities import EntityView
from integrations.llm.offline.project.imports import Imports
from integrations.llm.offline.project.rendering import render
from integrations.llm.offline.project.service import ServiceView
from integrations.llm.offline.words import pascal, words_of

KINDS = {
    "email": "Sends e-mail",
    "sms": "Sends text messages",
    "push": "Sends push messages",
    "payment": "Asks for payments",
    "storage": "Tells where files are kept",
    "calendar": "Tells the calendar",
    "maps": "Tells the map service",
    "webhook": "Tells other systems",
}
HOOKS = {"created": "after_create", "changed": "after_update", "deleted": "after_delete"}
PHONES = ("phone", "mobile", "phone_number", "telephone")


def adapter_class(adapter: Adapter) -> str:
    """``SmsAdapter``."""
    return f"{pascal(adapter.name)}Adapter"


def adapter_text(adapter: Adapter) -> str:
    """``api/adapters/<name>.py``."""
    provider = f" through {' '.join(adapter.provider.split()).capitalize()}" if adapter.provider else ""
    what = f"{KINDS[adapter.kind]}{provider}"
    title = f"The outside service that {what[0].lower()}{what[1:]}"
    values = {"adapter": adapter, "name": adapter_class(adapter), "what": what, "title": title}
    return render("django/adapter.py.j2", values)


def adapters_test_text(service: ServiceView) -> str:
    """``tests/test_adapters.py``."""
    adapters = service.design.adapters
    email = next((adapter for adapter in adapters if adapter.kind == "email"), None)
    imports = Imports()
    imports.add("contextlib", "nullcontext")
    imports.add("typing", "Any")
    imports.add("httpx")
    imports.add("pytest")
    imports.add(f"{APP}.adapters.base", "AdapterError", "FakeAdapter", "HttpAdapter", "Message", "deliver")
    if email is not None:
        imports.add("django.core.mail", "EmailMessage")
        imports.add(f"{APP}.adapters.{email.name}", adapter_class(email))
    values = {"imports": imports, "first": adapters[0], "email": adapter_class(email) if email else ""}
    return render("django/test_adapters.py.j2", values)


def use_texts(service: ServiceView, entity: EntityView) -> list[RuleText]:
    """The functions of an entity's service that tell outside services."""
    kinds = {adapter.name: adapter.kind for adapter in service.design.adapters}
    return [_use_text(entity, name, kinds[name], use) for name, use in service.uses_of(entity)]


def use_name(name: str, use: AdapterUse) -> str:
    """``send_email_when_created``, ``send_sms_when_status_is_shipped``."""
    when = f"{use.field}_is_{use.value}" if use.field else use.event
    return f"send_{name}_when_{when}"


def _use_text(entity: EntityView, name: str, kind: str, use: AdapterUse) -> RuleText:
    changed = use.event == "changed"
    stored = f", stored: {entity.name}" if changed else ""
    function = use_name(name, use)
    said = " ".join(use.statement.replace('"', "'").split()).rstrip(".") or f"Tell {words_of(name)} about it"
    if len(said) > 84:
        said = said[:84].rsplit(" ", 1)[0]
    lines = [f"def {function}({entity.snake}: {entity.name}{stored}) -> None:", f'    """{said}."""']
    if changed and use.field:
        value = json.dumps(use.value)
        field = f"{entity.snake}.{use.field}"
        lines += [f"    if {field} != {value} or stored.{use.field} == {value}:", "        return"]
    way, address = _recipient(entity, kind, use)
    lines += way
    about = f"{entity.words.capitalize()} {{{entity.snake}.pk}}"
    event = f"{use.field} is {use.value}" if use.field else use.event
    lines += [
        "    deliver_later(",
        "        Message(",
        f'            adapter="{name}",',
        f"            recipient={address},",
        f'            subject=f"{about}: {event}",',
        f"            text={json.dumps(said + '.', ensure_ascii=False)},",
        "        )",
        "    )",
    ]
    needs: frozenset[Needed] = frozenset((f"{APP}.adapters.base", name) for name in ("Message", "deliver_later"))
    return RuleText("\n".join(lines), ((HOOKS[use.event], function),), needs)


def _recipient(entity: EntityView, kind: str, use: AdapterUse) -> tuple[list[str], str]:
    """(lines that find the record whose address is used, the address as source)."""
    view, place, lines = entity, entity.snake, []
    for name in use.recipient:
        parent = next((one for one in view.parents if one.name == name), None)
        if parent is None:
            break
        place = f"{place}.{name}"
        if not parent.required:
            lines += [f"    if {place} is None:", "        return"]
        view = parent.target
    field = next((one for one in view.fields if one.type == "email"), None) if kind == "email" else None
    if kind in {"sms", "push"}:
        field = next((one for one in view.fields if one.name in PHONES), None)
    if field is None:
        return lines, f"str({place}.pk)"
    if field.nullable:
        lines += [f"    if not {place}.{field.name}:", "        return"]
    return lines, f"{place}.{field.name}"


def use_tests(service: ServiceView, entity: EntityView) -> list[str]:
    """Tests that what should be told is told."""
    texts = []
    for name, use in service.uses_of(entity):
        end = target_of(entity, use.recipient)
        made_one, _ = made_along(entity, use.recipient, f"make_{end.snake}().pk")
        happens = {
            "created": made_one,
            "changed": f"{entity.name}Service().update({entity.snake}, {{{_change(use)}}})",
            "deleted": f"{entity.name}Service().delete({entity.snake})",
        }[use.event]
        made = "" if use.event == "created" else f"    {entity.snake} = {made_one}\n"
        made += _brought_before(entity, use)
        texts.append(f'''def test_{use_name(name, use).removeprefix("send_")}_is_told(
    outbox: list[Message], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
{made}    with django_capture_on_commit_callbacks(execute=True):
        {happens}
    assert "{name}" in [message.adapter for message in outbox]''')
    return texts


def _brought_before(entity: EntityView, use: AdapterUse) -> str:
    """Lines that bring a record to a value from which it may change to the one that is told."""
    if use.event != "changed" or not use.field or entity.field(use.field).type != "choice":
        return ""
    values = [value for _, value in entity.field(use.field).members if value != use.value]
    ways = [
        one for rule in entity.rules_of("transitions") if rule.status_field == use.field for one in rule.transitions
    ]
    before = next((one.before for one in ways if use.value in one.after), values[0] if values else "")
    place = f"{entity.name}.objects.filter(pk={entity.snake}.pk)"
    return f'''    {place}.update({use.field}="{before}")
    {entity.snake}.refresh_from_db()
'''


def needed_factories(service: ServiceView, entity: EntityView) -> list[str]:
    """The factories that ``use_tests`` call."""
    uses = [use for _, use in service.uses_of(entity) if use.recipient]
    ends = [target_of(entity, use.recipient).snake for use in uses]
    return [*ends, *(name for use in uses for name in made_along(entity, use.recipient, "1")[1])]


def _change(use: AdapterUse) -> str:
    return f'"{use.field}": "{use.value}"' if use.field else ""
