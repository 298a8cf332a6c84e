from __future__ import annotations

import pytest

from execution.validation.conditions import Verdict, check, diagnostics_of
from execution.validation.subjects import Place, read_limit, read_place
from integrations.llm.shapes import Condition

FILES = {
    "app/__init__.py": "",
    "app/models/__init__.py": 'from app.models.task import Task\n\n__all__ = ["Task"]\n',
    "app/models/task.py": """
class Task(Base):
    __tablename__ = "tasks"

    id: Mapped[int] = mapped_column(primary_key=True)

    def close(self) -> None:
        pass


class Loose(Base):
    __tablename__ = "loose"

    name: Mapped[str] = mapped_column(primary_key=False)


LINKS = Table("links", Base.metadata, Column("a", primary_key=True))
BARE = Table("bare", Base.metadata, Column("a"))


async def load(first: int) -> None:
    for item in range(first):
        if item and first or item > 3:
            pass
""",
    "app/broken.py": "def (",
    "app/wrong.py": "from app.models.task import Gone\n",
    "app/outside.py": "import fastapi\n",
}


def status_of(kind: str, subject: str, **options: frozenset[str]) -> tuple[str, str]:
    (verdict,) = check([Condition.model_validate({"kind": kind, "subject": subject})], FILES, **options)
    return verdict.status, verdict.reason


def test_a_django_model_has_a_primary_key_of_its_own() -> None:
    files = {
        "api/models/base.py": "class Stamped(models.Model):\n    pass\n",
        "api/models/shoe.py": "class Shoe(Stamped):\n    pass\n\n\nclass Box(Other):\n    pass\n",
    }
    wanted = [Condition(kind="has_primary_key", subject=f"api/models/shoe.py::{name}") for name in ("Shoe", "Box")]
    assert [verdict.status for verdict in check(wanted, files)] == ["passed", "failed"]


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        ("file_exists", "app/models/task.py"),
        ("directory_exists", "app/models"),
        ("directory_exists", "app/models/"),
        ("import_available", "app.models.task"),
        ("import_available", "app.models.task:Task"),
        ("import_available", "app.models.Task"),
        ("import_available", "app.models.task.LINKS"),
        ("import_available", "app.models.task.load"),
        ("import_available", "os.path"),
        ("class_available", "Task"),
        ("class_available", "app/models/task.py::Task"),
        ("class_available", "app.models.task.Task"),
        ("class_available", "app.models:Task"),
        ("function_available", "app/models/task.py:load"),
        ("function_available", "app.models.task:load"),
        ("function_available", "app.models.task:Task.close"),
        ("syntax_valid", "app/models/task.py"),
        ("imports_resolve", "app/models/__init__.py"),
        ("imports_resolve", "app/outside.py"),
        ("table_defined", "tasks"),
        ("table_defined", "links"),
        ("table_defined", "Task"),
        ("has_primary_key", "tasks"),
        ("has_primary_key", "app.models.task:Task"),
        ("has_primary_key", "links"),
        ("exports", "app/models/__init__.py:Task"),
        ("exports", "app.models.task: Task, load"),
        ("max_complexity", "app/models/task.py:5"),
        ("max_lines", "app/models/task.py:30"),
        ("max_lines", "app/models/task.py <= 30"),
        ("max_lines", "30"),
    ],
)
def test_what_holds_passes(kind: str, subject: str) -> None:
    assert status_of(kind, subject) == ("passed", "")


@pytest.mark.parametrize(
    ("kind", "subject", "reason"),
    [
        ("file_exists", "app/none.py", "there is no such file"),
        ("directory_exists", "app/mod", "there is no such directory"),
        ("import_available", "app.none", "app has no none"),
        ("import_available", "none", "no module none"),
        ("import_available", "app.models.task:Gone", "app.models.task has no Gone"),
        ("class_available", "Gone", "no class Gone"),
        ("class_available", "app.models.task:load.Gone", "no class load.Gone"),
        ("function_available", "app/models/task.py:gone", "no function gone"),
        ("function_available", "app.models.task:Loose.close", "no function Loose.close"),
        ("syntax_valid", "app/broken.py", "line 1: invalid syntax"),
        ("syntax_valid", "app/none.py", "there is no such file"),
        ("imports_resolve", "app/wrong.py", "line 1: Module app.models.task has no Gone."),
        ("table_defined", "gone", "no model or table defines it"),
        ("has_primary_key", "loose", "no column is the primary key"),
        ("has_primary_key", "bare", "no column is the primary key"),
        ("has_primary_key", "gone", "no model or table defines it"),
        ("exports", "app/models/__init__.py:Task,Gone", "app.models has no Gone"),
        ("max_complexity", "app/models/task.py:4", "load in app/models/task.py, line 21, has complexity 5"),
        ("max_lines", "app/models/task.py:10", "app/models/task.py has 24 lines"),
        ("max_lines", "10", "app/models/task.py has 24 lines"),
    ],
)
def test_what_does_not_hold_fails_with_the_reason(kind: str, subject: str, reason: str) -> None:
    assert status_of(kind, subject) == ("failed", reason)


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        ("tests_pass", "tests/"),
        ("max_lines", "app/models/task.py"),
        ("max_lines", "app/none.py:10"),
        ("class_available", "app.models.task"),
        ("exports", "app/models/__init__.py"),
    ],
)
def test_what_cannot_be_checked_is_not_run(kind: str, subject: str) -> None:
    status, reason = status_of(kind, subject)
    assert status == "not_run"
    assert reason


def test_installed_modules_are_available() -> None:
    assert status_of("import_available", "fastapi", installed=frozenset({"fastapi"})) == ("passed", "")


def test_failed_conditions_become_diagnostics_of_their_file() -> None:
    wrong = Condition(kind="class_available", subject="app/models/task.py:Gone")
    bare = Condition(kind="table_defined", subject="gone")
    verdicts = [
        Verdict(wrong, "failed", "no"),
        Verdict(bare, "failed", "no"),
        Verdict(bare, "not_run"),
        Verdict(bare, "passed"),
    ]
    found = diagnostics_of(verdicts, path="app/main.py")
    assert [(item.path, item.code, item.layer) for item in found] == [
        ("app/models/task.py", "class_available", "postconditions"),
        ("app/main.py", "table_defined", "postconditions"),
    ]


def test_subjects_are_read() -> None:
    assert read_place("app/a.py::B.c") == Place("app/a.py", "app.a", "B.c")
    assert read_place("app.a.B.c") == Place("", "app.a", "B.c")
    assert read_place("B") == Place("", "", "B")
    assert read_place("app.a") == Place("", "app.a", "")
    assert read_limit("app/a.py:12") is not None
    assert read_limit("app/a.py") is None


# -- TypeScript and JavaScript -----------------------------------------------------------------------------------------

SCRIPTS = {
    "package.json": '{"dependencies": {"zod": "1"}}',
    "src/index.ts": 'export * from "./models/user";\nexport { total as sum } from "./prices";\n',
    "src/prices.ts": """
export function total(prices: number[]): number {
  return prices.length > 3 && prices[0] > 1 ? 1 : 2;
}
export const shown = (price: number) => `${price}`;
const hidden = 1;
""",
    "src/models/user.ts": """
@Entity("users")
export class User {
  @PrimaryGeneratedColumn() id!: number;
  close(): void {}
}
export abstract class Base {}
@Entity()
class Loose { @Column() name!: string; }
""",
    "src/tables.js": """
export const links = pgTable("links", { id: serial("id").primaryKey() });
export const bare = sqliteTable("bare", { id: integer("id") });
const Shop = sequelize.define("Shop", { name: DataTypes.STRING });
""",
    "src/wrong.ts": 'import { gone } from "./prices";\nimport { z } from "zod";\n',
    "src/broken.ts": "function (",
}


def script_status(kind: str, subject: str) -> tuple[str, str]:
    (verdict,) = check([Condition.model_validate({"kind": kind, "subject": subject})], SCRIPTS)
    return verdict.status, verdict.reason


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        ("file_exists", "src/prices.ts"),
        ("directory_exists", "src/models"),
        ("import_available", "src/prices.ts"),
        ("import_available", "src/prices:total"),
        ("import_available", "zod"),
        ("import_available", "path"),
        ("class_available", "User"),
        ("class_available", "src/models/user.ts:Base"),
        ("function_available", "src/prices.ts::total"),
        ("function_available", "src/prices.ts:shown"),
        ("function_available", "src/models/user.ts:User.close"),
        ("function_available", "total"),
        ("syntax_valid", "src/prices.ts"),
        ("imports_resolve", "src/index.ts"),
        ("table_defined", "users"),
        ("table_defined", "src/tables.js:links"),
        ("table_defined", "Shop"),
        ("has_primary_key", "users"),
        ("has_primary_key", "src/models/user.ts:User"),
        ("has_primary_key", "links"),
        ("has_primary_key", "Shop"),
        ("exports", "src/index.ts:User, sum"),
        ("exports", "src/tables.js:links,bare"),
        ("max_complexity", "src/prices.ts:3"),
        ("max_lines", "src/prices.ts:10"),
    ],
)
def test_what_holds_of_a_script_passes(kind: str, subject: str) -> None:
    assert script_status(kind, subject) == ("passed", "")


@pytest.mark.parametrize(
    ("kind", "subject", "reason"),
    [
        ("import_available", "src/prices.ts:hidden", "src/prices.ts does not export hidden"),
        ("import_available", "src/gone.ts", "there is no such file"),
        ("import_available", "left-pad", "no module left-pad"),
        ("class_available", "src/prices.ts:total", "no class total"),
        ("function_available", "src/prices.ts:hidden", "no function hidden"),
        ("function_available", "src/models/user.ts:Base.close", "no function Base.close"),
        ("function_available", "gone", "no function gone"),
        ("syntax_valid", "src/broken.ts", "line 1: This does not parse."),
        ("imports_resolve", "src/wrong.ts", "line 1: src/prices.ts does not export gone."),
        ("table_defined", "gone", "no model or table defines it"),
        ("has_primary_key", "src/models/user.ts:Loose", "no column is the primary key"),
        ("has_primary_key", "bare", "no column is the primary key"),
        ("exports", "src/index.ts:User, total", "src/index.ts does not export total"),
        ("max_complexity", "src/prices.ts:2", "the function in src/prices.ts, line 2, has complexity 3"),
        ("max_lines", "src/prices.ts:3", "src/prices.ts has 6 lines"),
    ],
)
def test_what_does_not_hold_of_a_script_fails_with_the_reason(kind: str, subject: str, reason: str) -> None:
    assert script_status(kind, subject) == ("failed", reason)


@pytest.mark.parametrize(("kind", "subject"), [("exports", "src/index.ts"), ("class_available", "src/index.ts")])
def test_what_names_nothing_in_a_script_is_not_run(kind: str, subject: str) -> None:
    assert script_status(kind, subject)[0] == "not_run"
