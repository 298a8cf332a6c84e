"""Files about who somebody is and what they may do."""

from __future__ import annotations

from dataclasses import dataclass

from integrations.llm.design import Operation, Role
from integrations.llm.offline.project.entities import EntityView
from integrations.llm.offline.project.fastapi.bodies import body_call
from integrations.llm.offline.project.fastapi.field_lines import constraints, create_line
from integrations.llm.offline.project.fastapi.ground import Ground
from integrations.llm.offline.project.imports import Imports
from integrations.llm.offline.project.rendering import render
from integrations.llm.offline.project.service import OPERATIONS, ServiceView
from integrations.llm.offline.words import with_article, words_of

COMMON = {
    "app/security.py": "security",
    "app/models/access_token.py": "access_token",
    "app/throttle.py": "throttle",
    "app/authentication.py": "authentication",
    "app/policies/base.py": "policy_base",
    "tests/test_security.py": "test_security",
    "tests/test_throttle.py": "test_throttle",
    "tests/factories/access_token.py": "token_factory",
}
"""Files that need nothing but the names of the account and its role."""


def auth_values(service: ServiceView) -> dict[str, object]:
    """What the templates about logging in have in common."""
    account = service.account
    authentication = service.authentication
    if account is None or authentication is None:
        return {}
    role_field = authentication.role_field or "role"
    return {
        "account": account,
        "a": account,
        "login": authentication.login_field,
        "login_words": words_of(authentication.login_field),
        "registration": authentication.registration,
        "first_role": authentication.first_role,
        "role_field": role_field,
        "role_enum": account.field(role_field).enum,
        "unlimited": [role for role in service.roles if role.everything],
        "limited": next((role.name for role in service.roles if not role.everything), ""),
        "has_active": any(field.name == "is_active" and field.type == "boolean" for field in account.fields),
    }


def common_text(template: str, service: ServiceView) -> str:
    """One of the ``COMMON`` files."""
    return render(f"fastapi/{template}.py.j2", auth_values(service))


def schemas_text(service: ServiceView, account: EntityView) -> str:
    """``app/schemas/auth.py``."""
    values = auth_values(service)
    fields = [field for field in account.fields if field.name != values["role_field"]]
    imports = Imports()
    imports.add("datetime", "datetime")
    imports.add("pydantic", "BaseModel", "Field")
    imports.add("app.schemas.common", "InputBody")
    if values["registration"]:
        for field in fields:
            _import_field(imports, account, field.type, field.enum)
            if field.type == "integer" and "MAX_INTEGER" in " ".join(constraints(field)):
                imports.add("app.schemas.common", "MAX_INTEGER")
        if account.required_parents:
            imports.add("app.schemas.common", "RowId")
    return render(
        "fastapi/auth_schemas.py.j2", {**values, "imports": imports, "fields": fields, "create_line": create_line}
    )


def _import_field(imports: Imports, account: EntityView, kind: str, enum: str) -> None:
    needed = {
        "email": ("app.schemas.common", "Email"),
        "datetime": ("pydantic", "AwareDatetime"),
        "date": ("datetime", "date"),
        "decimal": ("decimal", "Decimal"),
        "choice": (f"app.models.{account.snake}", enum),
    }
    if kind in needed:
        imports.add(*needed[kind])


def service_text(service: ServiceView, account: EntityView) -> str:
    """``app/services/auth.py``."""
    values = auth_values(service)
    imports = Imports()
    imports.add("datetime", "timedelta")
    imports.add("sqlalchemy", "delete", "select")
    imports.add("sqlalchemy.orm", "Session")
    imports.add("app.database", "save")
    imports.add("app.errors", "UnauthorizedError")
    imports.add("app.models.access_token", "AccessToken")
    imports.add("app.models.base", "utc_now")
    imports.add(f"app.models.{account.snake}", account.name)
    imports.add(f"app.repositories.{account.snake}", f"{account.name}Repository")
    imports.add("app.schemas.auth", "Credentials", "Token")
    imports.add("app.security", "digest_of", "hash_password", "new_token", "verify_password")
    if values["registration"]:
        imports.add("app.errors", "ConflictError")
        imports.add("app.schemas.auth", "Registration")
        imports.add(f"app.models.{account.snake}", str(values["role_enum"]))
    return render("fastapi/auth_service.py.j2", {**values, "imports": imports})


def routes_text(service: ServiceView, account: EntityView) -> str:
    """``app/routes/auth.py``."""
    values = auth_values(service)
    imports = Imports()
    imports.add("fastapi", "APIRouter", "Depends", "status")
    imports.add("app.authentication", "Auth", "BearerToken", f"Current{account.name}", "limit_attempts")
    imports.add("app.schemas.auth", "Credentials", "Token", *(["Registration"] if values["registration"] else []))
    imports.add(f"app.schemas.{account.snake}", f"{account.name}Read")
    return render("fastapi/auth_routes.py.j2", {**values, "imports": imports})


def script_text(service: ServiceView, account: EntityView) -> str:
    """``scripts/create_account.py``."""
    values = auth_values(service)
    given = {values["login"], values["role_field"]}
    needed = [field for field in account.fields if not field.optional and field.name not in given]
    example = "root@example.com" if account.field(str(values["login"])).type == "email" else "root"
    account_values = [(field.name, field.changed_python) for field in needed]
    account_values = [(name, '"Administrator"' if name == "name" else value) for name, value in account_values]
    return render(
        "fastapi/create_account.py.j2", {**values, "account_values": account_values, "example_login": example}
    )


def auth_test_text(service: ServiceView, account: EntityView) -> str:
    """``tests/test_auth.py``."""
    values = auth_values(service)
    imports = Imports()
    imports.add("fastapi.testclient", "TestClient")
    imports.add("sqlalchemy", "func", "select")
    imports.add("sqlalchemy.orm", "Session")
    imports.add("app.database", "Database")
    imports.add("app.models.access_token", "AccessToken")
    imports.add(f"app.models.{account.snake}", str(values["role_enum"]))
    imports.add(f"app.repositories.{account.snake}", f"{account.name}Repository")
    imports.add("app.security", "verify_password")
    imports.add("scripts.create_account", "create_account")
    imports.add("tests.factories.access_token", "log_in_as")
    imports.add(f"tests.factories.{account.snake}", "PASSWORD", f"make_{account.snake}")
    if values["registration"]:
        imports.add(f"tests.factories.{account.snake}", f"{account.snake}_body")
    return render("fastapi/test_auth.py.j2", {**values, "imports": imports})


# -- policies ----------------------------------------------------------------------------------------------------------


def policy_text(ground: Ground) -> str:
    """``app/policies/<entity>.py``: which role may do what, and what is somebody's own."""
    entity, account = ground.e, ground.a
    imports = Imports()
    imports.add("app.policies.base", "Operation", "Policy", "Reach")
    if account is not None:
        imports.add(f"app.models.{account.snake}", ground.role_enum)
    table = [
        (role.name, [(op, ground.reach(role, op)) for op in OPERATIONS if ground.reach(role, op) != "none"])
        for role in ground.limited_roles
    ]
    owners = _owners(ground, imports)
    if owners:
        imports.add("sqlalchemy", "ColumnElement")
    values = {
        "e": entity,
        "imports": imports,
        "table": [(role, reaches) for role, reaches in table if reaches],
        "owners": owners,
        "own_doc": f"Return the condition of {entity.words_plural} that are the account's own.",
        "role_enum": ground.role_enum,
        "role_field": ground.role_field,
    }
    return render("fastapi/policy.py.j2", values)


def _owners(ground: Ground, imports: Imports) -> list[tuple[str, str]]:
    """(role, condition) by different ways to the account; the last one holds for every other role."""
    found: dict[str, tuple[str, str]] = {}
    for role, path in ground.access.owners.items():
        condition = _condition(ground.e, path, imports)
        found.setdefault(condition, (role, condition))
    return list(found.values())


def _condition(entity: EntityView, path: list[str], imports: Imports) -> str:
    imports.add(f"app.models.{entity.snake}", entity.name)
    if not path:
        return f"{entity.name}.id == self.actor.id"
    parent = next(one for one in entity.parents if one.name == path[0])
    if len(path) == 1:
        return f"{entity.name}.{parent.column} == self.actor.id"
    return f"{entity.name}.{parent.name}.has({_condition(parent.target, path[1:], imports)})"


# -- tests of policies -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class AccessCase:
    """What the tests say about one role: ``own``, ``reachable`` and the changes are Python source."""

    role: str
    who: str
    forbidden: list[Operation]
    needs_record: bool
    reachable: str
    own: str
    sees_own: bool
    sees_all: bool
    changes: str
    deletes: str
    creates_own: bool
    own_change: str
    foreign_change: str
    default_owner: str
    no_owner: str


def access_test_text(ground: Ground) -> str:
    """``tests/test_<entity>_access.py``."""
    entity, account = ground.e, ground.a
    if account is None:
        return ""
    cases = [_case(ground, account, role) for role in ground.limited_roles]
    values = {
        **auth_values(ground.service),
        "e": entity,
        "cases": [case for case in cases if case is not None],
        "body_call": body_call(entity),
    }
    text = render("fastapi/test_access.py.j2", {**values, "imports": Imports()})
    return render("fastapi/test_access.py.j2", {**values, "imports": _access_imports(ground, account, text)})


def _access_imports(ground: Ground, account: EntityView, text: str) -> Imports:
    """What the tests use; which that is depends on the cases."""
    imports = Imports()
    imports.add("fastapi.testclient", "TestClient")
    wanted = [("sqlalchemy.orm", "Session"), (f"app.models.{account.snake}", ground.role_enum)]
    wanted += [("tests.factories.access_token", "log_in_as")]
    for view in ground.service.entities:
        wanted += [
            (f"tests.factories.{view.snake}", f"{what}") for what in (f"make_{view.snake}", f"{view.snake}_body")
        ]
    for module, name in wanted:
        if f"{name}(" in text or f"{name}." in text or f": {name}" in text:
            imports.add(module, name)
    return imports


def _case(ground: Ground, account: EntityView, role: Role) -> AccessCase | None:
    reach = {operation: ground.reach(role, operation) for operation in OPERATIONS}
    path = ground.access.owners.get(role.name)
    own = _owned(ground.e, path, account) if path is not None else ""
    forbidden = [operation for operation in OPERATIONS if reach[operation] == "none"]
    reachable = own if reach["read"] == "own" else f"make_{ground.e.snake}(session)"
    creates_own = reach["create"] == "own" and bool(path)
    default = ground.owner if creates_own and path is not None and len(path) == 1 else None
    return AccessCase(
        role=role.name,
        who=with_article(words_of(role.name)).replace(" ", "_"),
        forbidden=forbidden,
        needs_record=bool(set(forbidden) - {"list", "create"}),
        reachable=reachable,
        own=own,
        sees_own=reach["list"] == reach["read"] == "own",
        sees_all=reach["list"] == reach["read"] == "all",
        changes="" if reach["update"] == "none" else reach["update"],
        deletes="" if reach["delete"] == "none" else reach["delete"],
        creates_own=creates_own,
        own_change=_key_of(ground.e, path, account) if path else "",
        foreign_change=_foreign_key(ground.e, path, account) if path else "",
        default_owner=default.column if default else "",
        no_owner=f"{default.column}=None" if default else "",
    )


def _owned(entity: EntityView, path: list[str], account: EntityView) -> str:
    """Source that makes a record of the account ``user``."""
    if not path:
        return account.snake
    return f"make_{entity.snake}(session, {_key_of(entity, path, account)})"


def _key_of(entity: EntityView, path: list[str], account: EntityView) -> str:
    parent = next(one for one in entity.parents if one.name == path[0])
    return f"{parent.column}={_owned(parent.target, path[1:], account)}.id"


def _foreign_key(entity: EntityView, path: list[str], account: EntityView) -> str:
    parent = next(one for one in entity.parents if one.name == path[0])
    return f"{parent.column}=make_{parent.target.snake}(session).id"
