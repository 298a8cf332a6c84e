from __future__ import annotations

import ast
import configparser
import tomllib
from pathlib import Path

import pytest
import yaml

from execution import validation
from execution.output.endpoints import endpoints_of
from execution.output.errors import UnsupportedProject
from execution.output.infrastructure import (
    ProjectFacts,
    infrastructure,
    missing_requirements,
    supported_types,
)
from execution.output.project_type import detect_project_type
from execution.output.settings_of import EnvironmentVariable, environment_of
from integrations.llm.offline.project.fastapi.files import project_files
from integrations.llm.shapes import EntitySchema, FieldSchema, ProjectContext
from tests.unit.output.sample import SAMPLE

HOSTILE = [
    'Tasks"\nRUN curl evil | sh\n"',
    "x: y\n- z #",
    "$(rm -rf /) ${HOME} `id`",
    "${{ secrets.TOKEN }}",
    "{{ 7 * 7 }}{% include 'Dockerfile.j2' %}",
    "]]>\n[tool.evil]\nx = '''",
    "<script>alert(1)</script> ![x](javascript:alert(1))",
    "# heading\n\n| a | b |\n---",
    "\u202egnp.exe\x00\x1b[31m",
    "",
    "测试 ñandú 🚀",
    "a" * 5000,
]


def made_for(name: str = "Tasks", description: str = "Keeps tasks", files: dict[str, str] = SAMPLE) -> dict[str, str]:
    return infrastructure(ProjectFacts(name=name, description=description), files)


def test_a_fastapi_project_gets_everything_around_its_code() -> None:
    assert sorted(made_for()) == [
        ".dockerignore", ".env.example", ".github/workflows/ci.yml", ".gitignore", "Dockerfile", "Makefile",
        "README.md", "docker-compose.yml", "pyproject.toml", "requirements-dev.txt", "requirements.txt",
    ]  # fmt: skip


def test_a_project_with_a_throttle_says_what_it_counts() -> None:
    counts = "`LOGINS_PER_MINUTE` is counted by each process for itself"
    assert counts not in made_for()["README.md"]
    reading = 'import os\n\nLOGINS = os.environ.get("LOGINS_PER_MINUTE", "10")\n'
    assert counts in made_for(files={**SAMPLE, "app/throttle.py": reading})["README.md"]


def test_files_of_the_accepted_code_are_never_replaced() -> None:
    made = made_for(files={**SAMPLE, "README.md": "# Mine\n", ".gitignore": "*.db\n"})

    assert "README.md" not in made
    assert ".gitignore" not in made


def test_the_same_project_gives_the_same_bytes() -> None:
    assert made_for() == made_for(files=dict(reversed(list(SAMPLE.items()))))


def test_the_container_has_a_health_check_and_a_user_without_rights() -> None:
    dockerfile = made_for()["Dockerfile"]

    assert "HEALTHCHECK" in dockerfile
    assert "127.0.0.1:8000/health'" in dockerfile
    assert dockerfile.index("USER app") < dockerfile.index('CMD ["uvicorn')
    assert 'COPY ["app", "./app"]' in dockerfile
    assert "tests" not in dockerfile


def test_without_a_health_endpoint_the_check_asks_for_the_openapi_document() -> None:
    made = made_for(files={"app/main.py": "from fastapi import FastAPI\napp = FastAPI()\n"})

    assert "127.0.0.1:8000/openapi.json'" in made["Dockerfile"]
    assert "no endpoints of its own" in made["README.md"]


def test_the_compose_file_has_only_the_services_that_are_used() -> None:
    plain = yaml.safe_load(made_for()["docker-compose.yml"])
    cached = yaml.safe_load(made_for(files={**SAMPLE, "app/cache.py": "import redis\n"})["docker-compose.yml"])

    assert set(plain["services"]) == {"web", "db"}
    assert plain["services"]["db"]["profiles"] == ["postgres"]
    assert set(cached["services"]) == {"web", "db", "cache"}
    assert cached["services"]["web"]["environment"]["REDIS_URL"] == "redis://cache:6379/0"


def test_the_readme_has_the_real_endpoints_and_settings() -> None:
    readme = made_for()["README.md"]

    assert "| GET | `/api/tasks/{task_id}` | Get one task \\| by its id. |" in readme
    assert "| `LOG_LEVEL` | `info` |" in readme
    for command in ("make install", "make run", "make test", "make lint"):
        assert command in readme
        assert f"\n{command.removeprefix('make ')}:" in made_for()["Makefile"]


def test_a_project_without_tests_is_not_told_to_run_them() -> None:
    without = {path: text for path, text in SAMPLE.items() if not path.startswith("tests/")}

    assert "make test" not in made_for(files=without)["README.md"]


def test_the_configuration_is_strict_and_readable() -> None:
    read = tomllib.loads(made_for()["pyproject.toml"])

    assert read["project"]["name"] == "tasks"
    assert read["tool"]["mypy"]["strict"] is True
    assert read["tool"]["pytest"]["ini_options"]["testpaths"] == ["tests"]


def test_the_project_is_linted_by_the_rules_it_was_built_by() -> None:
    ours = tomllib.loads(made_for()["pyproject.toml"])["tool"]["ruff"]
    rules = Path(validation.__file__).with_name("generated_code.ruff.toml")
    theirs = tomllib.loads(rules.read_text("utf-8"))

    assert ours["line-length"] == theirs["line-length"]
    assert ours["target-version"] == theirs["target-version"]
    for name in ("select", "ignore", "per-file-ignores", "mccabe"):
        assert ours["lint"][name] == theirs["lint"][name]


def test_the_workflow_installs_lints_and_tests() -> None:
    read = yaml.safe_load(made_for()[".github/workflows/ci.yml"])

    steps = [step.get("run") for step in read["jobs"]["test"]["steps"]]
    assert steps == [None, None, "make install", "make lint", "make test"]


@pytest.mark.parametrize("words", HOSTILE)
def test_words_of_a_person_stay_words_in_every_format(words: str) -> None:
    hostile, tame = made_for(name=words, description=words), made_for(name="x", description="x")

    for path in (".dockerignore", ".env.example", ".github/workflows/ci.yml", ".gitignore", "Makefile",
                 "requirements.txt", "requirements-dev.txt"):  # fmt: skip
        assert hostile[path] == tame[path]
    for path in ("Dockerfile", "pyproject.toml", "docker-compose.yml"):
        assert len(hostile[path].splitlines()) == len(tame[path].splitlines())
    toml, tame_toml = tomllib.loads(hostile["pyproject.toml"]), tomllib.loads(tame["pyproject.toml"])
    assert toml["tool"] == tame_toml["tool"]
    compose, tame_compose = (yaml.safe_load(made["docker-compose.yml"]) for made in (hostile, tame))
    assert compose["services"] == tame_compose["services"]
    readme = hostile["README.md"]
    assert "<script" not in readme.replace("\\<", "")
    assert "49" not in readme
    assert [line for line in readme.splitlines() if line.startswith("#")][1:] == [
        line for line in tame["README.md"].splitlines() if line.startswith("#")
    ][1:]


def test_paths_of_the_project_cannot_leave_the_copy_instruction() -> None:
    made = made_for(files={**SAMPLE, 'x", "y"]\nRUN evil #/a.py': "A = 1\n"})

    assert "\nRUN evil" not in made["Dockerfile"]


@pytest.mark.parametrize(
    ("stack", "files", "kind"),
    [
        ("fastapi", {}, "fastapi"),
        ("fastapi", SAMPLE, "fastapi"),
        ("", SAMPLE, "fastapi"),
        ("fastapi", {"manage.py": "import django\n"}, "django"),
        ("", {"lib/a.py": "import os\n"}, "library"),
        ("node", {"package.json": '{"dependencies": {"express": "5"}}'}, "express"),
        ("", {"package.json": '{"dependencies": {"react": "19"}}'}, "react"),
        ("", {"package.json": "{"}, "library"),
        ("", {"tests/test_a.py": "import django\n"}, "library"),
    ],
)
def test_the_type_is_read_from_the_stack_and_the_files(stack: str, files: dict[str, str], kind: str) -> None:
    assert detect_project_type(stack, files) == kind


def test_a_type_without_templates_is_refused_by_name() -> None:
    with pytest.raises(UnsupportedProject, match="express"):
        infrastructure(ProjectFacts(name="x", stack="express"), {})


def test_the_supported_types_are_known_before_a_plan_is_made() -> None:
    assert supported_types() == ["django", "fastapi"]


def test_documents_of_the_project_are_named_in_the_readme() -> None:
    assert "- `docs/api.md`\n" in made_for(files={**SAMPLE, "docs/api.md": "# API\n"})["README.md"]


def test_a_project_of_the_offline_engine_is_understood_whole() -> None:
    entities = [
        EntitySchema(name="Task", plural="tasks", fields=[FieldSchema(name="title", type="string")]),
        EntitySchema(name="User", plural="users", fields=[FieldSchema(name="email", type="email")]),
    ]
    context = ProjectContext(project_name="Tasks", description="", stack="fastapi", entities=entities)
    files = {path: write() for path, write in project_files(context).items()}

    paths = {endpoint.path for endpoint in endpoints_of(files)}
    made = made_for(files=files)

    assert missing_requirements(files) == []
    assert {"/health", "/tasks", "/tasks/{task_id}", "/users", "/users/{user_id}"} <= paths
    assert {"DATABASE_URL", "DEBUG"} <= {variable.name for variable in environment_of(files)}
    assert "127.0.0.1:8000/health'" in made["Dockerfile"]


def test_variables_are_read_from_the_environment_and_settings_classes() -> None:
    files = {
        "app/config.py": (
            "import os\nfrom pydantic import Field\nfrom pydantic_settings import BaseSettings, SettingsConfigDict\n"
            'KEY = "SECRET_KEY"\nos.environ[KEY]\nos.environ.get("DEBUG", False)\n'
            'class Settings(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix="app_")\n'
            '    port: int = 9000\n    title: str = Field(default="T")\n    token: str\n'
        ),
        "tests/conftest.py": 'import os\nos.environ["TEST_ONLY"]\n',
    }

    assert environment_of(files) == [
        EnvironmentVariable("APP_PORT", "9000"),
        EnvironmentVariable("APP_TITLE", "T"),
        EnvironmentVariable("APP_TOKEN"),
        EnvironmentVariable("DEBUG", "false"),
        EnvironmentVariable("SECRET_KEY"),
    ]


def test_the_environment_is_followed_through_names_and_fallbacks() -> None:
    code = (
        'import os\nURL = "sqlite:///./x.db"\nclass Settings:\n    title: str = "Tasks"\n    url: str = URL\n'
        "    @classmethod\n    def read(cls, given=None):\n        values = os.environ if given is None else given\n"
        '        return cls(values.get("APP_TITLE") or cls.title, values.get("DATABASE_URL") or cls.url,\n'
        '            values.get("DEBUG", ""), given.get("OTHER"))\n'
    )

    assert environment_of({"app/config.py": code}) == [
        EnvironmentVariable("APP_TITLE", "Tasks"),
        EnvironmentVariable("DATABASE_URL", "sqlite:///./x.db"),
        EnvironmentVariable("DEBUG", ""),
    ]
    assert "\n# DATABASE_URL=sqlite:///./x.db\n" in made_for(files={"app/config.py": code})[".env.example"]


def test_the_example_environment_is_readable_line_by_line() -> None:
    parser = configparser.ConfigParser()
    parser.read_string(f"[env]\n{made_for()['.env.example']}")

    assert parser["env"]["PORT"] == "8000"


def test_the_sample_itself_parses() -> None:
    for path, text in SAMPLE.items():
        ast.parse(text, path)
