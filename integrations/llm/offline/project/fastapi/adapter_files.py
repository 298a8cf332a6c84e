"""Files of the services outside that a project calls: real ones and fakes."""

from __future__ import annotations

from integrations.llm.offline.project.imports import Imports
from integrations.llm.offline.project.rendering import render
from integrations.llm.offline.project.service import ServiceView

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
