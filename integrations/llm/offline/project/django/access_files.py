"""Logging in, and who may do what: files of a service that has accounts."""

from __future__ import annotations

from integrations.llm.design import Operation, Role
from integrations.llm.offline.project.django.printing import Group, called, lay_out, quoted
from integrations.llm.offline.project.django.relations import APP, made_along
from integrations.llm.offline.project.django.samples import Samples
from integrations.llm.offline.project.entities import EntityView
from integrations.llm.offline.project.imports import Imports
from integrations.llm.offline.project.rendering import render
from integrations.llm.offline.project.service import OPERATIONS, AccessView, ServiceView

LIST: tuple[Operation, ...] = ("list", "read", "create", "update", "delete")


def role_field(service: ServiceView) -> str:
    """The field of an account that says its role; empty when there are no roles."""
    authentication = service.authentication
    return (authentication.role_field or "") if authentication and service.roles else ""


def strongest(service: ServiceView) -> str:
    """The first role that may do everything; empty when there is none."""
    return next((role.name for role in service.roles if role.everything), "")


def weakest(service: ServiceView) -> str:
    """A role that may not do everything: the one of new accounts where there is one."""
    first = service.authentication.first_role if service.authentication else None
    limited = [role.name for role in service.roles if not role.everything]
    return first if first in limited else next(iter(limited), "")


def access_text(service: ServiceView) -> str:
    """``api/access.py``."""
    names = quoted(role.name for role in service.roles if role.everything)
    everything = f"{{{', '.join(names)}}}" if names else ""
    return render("django/access.py.j2", {"everything": everything, "role_field": role_field(service)})


def access_line(access: AccessView) -> str:
    """``access = Access(...)`` of a view; empty when every role may do everything."""
    if not access.is_limited:
        return ""
    limited = [role for role in access.roles if not role.everything]
    owners = [f'"{role}": "{"__".join(way)}"' for role, way in access.owners.items()]
    arguments = [
        _by_role("everyone=", access, limited, "all"),
        _by_role("own=", access, limited, "own"),
        Group("owner={", tuple(owners), "}") if owners else None,
    ]
    given = [argument for argument in arguments if argument is not None]
    return lay_out(called("Access", *given), indent=4, before="access = ")


def _by_role(head: str, access: AccessView, roles: list[Role], reach: str) -> Group | None:
    rows: list[str | Group] = []
    for role in roles:
        operations = quoted(one for one in OPERATIONS if access.reach(role, one) == reach)
        if operations:
            rows.append(Group(f'"{role.name}": frozenset({{', tuple(operations), "})"))
    return Group(f"{head}{{", tuple(rows), "}") if rows else None


def views_base_text(service: ServiceView) -> str:
    """``api/views/base.py``."""
    limited = bool(service.roles)
    imports = Imports()
    imports.add("typing", "TypeVar", "cast")
    imports.add("django.db", "models")
    imports.add("rest_framework", "viewsets")
    imports.add("rest_framework.serializers", "BaseSerializer")
    imports.add(f"{APP}.services.base", "ModelService")
    if limited:
        imports.add("rest_framework.exceptions", "PermissionDenied")
        imports.add(f"{APP}.access", "Access")
    return render("django/views_base.py.j2", {"imports": imports, "limited": limited})


def auth_views_text(service: ServiceView) -> str:
    """``api/views/auth.py``."""
    account, authentication = service.account, service.authentication
    if account is None or authentication is None:
        return ""
    imports = Imports()
    imports.add("typing", "cast")
    imports.add("django.contrib.auth", "authenticate")
    imports.add("drf_spectacular.utils", "extend_schema")
    imports.add("rest_framework.authtoken.models", "Token")
    imports.add("rest_framework.exceptions", "AuthenticationFailed")
    imports.add("rest_framework.generics", "RetrieveAPIView")
    imports.add("rest_framework.permissions", "AllowAny", "IsAuthenticated")
    imports.add("rest_framework.request", "Request")
    imports.add("rest_framework.response", "Response")
    imports.add("rest_framework.throttling", "ScopedRateThrottle")
    imports.add("rest_framework.views", "APIView")
    imports.add(f"{APP}.models.{account.snake}", account.name)
    imports.add(f"{APP}.serializers.auth", "LoginSerializer", "TokenSerializer")
    imports.add(f"{APP}.serializers.{account.snake}", f"{account.name}Serializer")
    if authentication.registration:
        imports.add("rest_framework.generics", "CreateAPIView")
        imports.add("rest_framework.serializers", "BaseSerializer")
        imports.add(f"{APP}.services.{account.snake}", f"{account.name}Service")
    return render("django/auth_views.py.j2", {"imports": imports, "account": account, "authentication": authentication})


def auth_test_text(service: ServiceView) -> str:
    """``tests/test_auth.py``."""
    account, authentication = service.account, service.authentication
    if account is None or authentication is None:
        return ""
    samples = Samples(service)
    role = account.field(role_field(service)) if role_field(service) else None
    strong, weak = strongest(service), weakest(service)
    imports = Imports()
    imports.add("datetime", "timedelta")
    imports.add("pytest")
    imports.add("django.utils", "timezone")
    imports.add("pytest_django", "Settings")
    imports.add("rest_framework.authtoken.models", "Token")
    imports.add("rest_framework.test", "APIClient")
    imports.add(f"{APP}.models.{account.snake}", account.name)
    imports.add(f"{APP}.serializers.{account.snake}", f"{account.name}Serializer")
    imports.add(f"tests.factories.{account.snake}", f"make_{account.snake}", f"{account.snake}_body")
    superuser = [
        (field.name, samples.fixed(account, field))
        for field in account.fields
        if not field.optional and field is not role and (not role or field.name != role.name)
    ]
    for parent in account.required_parents:
        imports.add(f"tests.factories.{parent.target.snake}", f"make_{parent.target.snake}")
        superuser.append((parent.name, f"make_{parent.target.snake}()"))
    values = {
        "imports": imports,
        "account": account,
        "authentication": authentication,
        "login": authentication.login_field,
        "role": role,
        "strong": strong if role and weak else "",
        "weak": weak,
        "superuser": superuser,
    }
    return render("django/test_auth.py.j2", values)


def access_test_text(service: ServiceView, entity: EntityView) -> str:
    """``tests/test_<entity>_access.py``."""
    account = service.account
    if account is None:
        return ""
    access = service.access_to(entity)
    imports = Imports()
    imports.add("pytest")
    imports.add("rest_framework.test", "APIClient")
    imports.add(f"tests.factories.{entity.snake}", f"make_{entity.snake}")
    cases = _cases(service, entity, access, imports) if access.is_limited else []
    if cases:
        imports.add(f"tests.factories.{account.snake}", f"make_{account.snake}")
    values = {
        "e": entity,
        "imports": imports,
        "cases": cases,
        "account": account,
        "role_field": role_field(service),
    }
    return render("django/test_access.py.j2", values)


def _cases(service: ServiceView, entity: EntityView, access: AccessView, imports: Imports) -> list[str]:
    imports.add(f"tests.factories.{entity.snake}", f"{entity.snake}_body")
    texts = [_rights(entity, access, operation, service) for operation in LIST]
    for role, way in access.owners.items():
        made, needed = made_along(entity, way, "account.pk")
        for name in needed:
            imports.add(f"tests.factories.{name}", f"make_{name}")
        texts.append(_own_records(entity, access, role, made if way else "account", service))
    return texts


SUCCESS: dict[Operation, int] = {"list": 200, "read": 200, "create": 201, "update": 200, "delete": 204}


def _rights(entity: EntityView, access: AccessView, operation: Operation, service: ServiceView) -> str:
    """Which status every role gets for a record that is not its own."""
    rows = []
    for role in access.roles:
        reach = access.reach(role, operation)
        fine = reach == "all" or (reach == "own" and operation == "list")
        rows.append(f'("{role.name}", {SUCCESS[operation] if fine else 403})')
    cases = lay_out(Group("[", tuple(rows), "]"), indent=4)
    asked: dict[Operation, str] = {
        "list": "client_with(role).get(PATH)",
        "read": "client_with(role).get(path)",
        "create": f"client_with(role).post(PATH, {entity.snake}_body())",
        "update": "client_with(role).patch(path, {})",
        "delete": "client_with(role).delete(path)",
    }
    path = f'    path = f"{{PATH}}{{make_{entity.snake}().pk}}/"\n' if operation in {"read", "update", "delete"} else ""
    whose = f"{entity.plural}_of_others" if path else entity.plural
    return f"""@pytest.mark.parametrize(
    ("role", "status"),
{cases},
)
def test_who_may_{operation}_{whose}(role: str, status: int) -> None:
{path}    assert {asked[operation]}.status_code == status"""


def _own_records(entity: EntityView, access: AccessView, role: str, made: str, service: ServiceView) -> str:
    account = service.account
    role_view = next(one for one in access.roles if one.name == role)
    allowed = {operation: access.reach(role_view, operation) for operation in OPERATIONS}
    lines = [
        f"def test_{role}_and_their_own_{entity.plural}() -> None:",
        f'    account = make_{account.snake if account else ""}({role_field(service)}="{role}")',
        f"    mine, other = {made}, make_{entity.snake}()",
        "    client = APIClient()",
        "    client.force_authenticate(account)",
    ]
    if allowed["list"] == "own":
        lines += [
            '    ids = [item["id"] for item in client.get(PATH).json()["results"]]',
            "    assert (mine.pk in ids, other.pk in ids) == (True, False)",
        ]
    expected: tuple[tuple[Operation, str], ...] = (
        ("read", 'client.get(f"{PATH}{mine.pk}/")'),
        ("update", 'client.patch(f"{PATH}{mine.pk}/", {})'),
        ("delete", 'client.delete(f"{PATH}{mine.pk}/")'),
    )
    for operation, call in expected:
        status = 403 if allowed[operation] == "none" else SUCCESS[operation]
        lines.append(f"    assert {call}.status_code == {status}")
    lines.append("    assert other.pk != mine.pk")
    return "\n".join(lines)
