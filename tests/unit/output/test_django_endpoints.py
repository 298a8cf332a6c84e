from __future__ import annotations

import pytest

from execution.output.endpoints import endpoints_of
from execution.output.infrastructure import ProjectFacts, infrastructure, missing_requirements
from execution.output.settings_of import environment_of
from integrations.llm.offline.project.stacks import stack_named
from tests.unit.llm_offline.rich_service import rich_plan

VIEWS = '''
from rest_framework import viewsets
from rest_framework.decorators import action, api_view


class Base(viewsets.ReadOnlyModelViewSet):
    """Reads."""


class BookViewSet(Base):
    """Books."""

    @action(detail=True, methods=["post"], url_path="lend-out")
    def lend(self, request, pk):
        """Lend it."""


@api_view(["GET", "POST"])
def echo(request):
    """Say it again."""
'''
FILES = {
    "manage.py": "",
    "site/urls.py": (
        "from django.urls import include, path\nfrom shop.views import echo\n"
        'urlpatterns = [path("api/", include("shop.urls")), path("echo/<str:word>", echo)]\n'
    ),
    "shop/urls.py": (
        "from rest_framework.routers import DefaultRouter\nfrom . import views\n"
        'router = DefaultRouter()\nrouter.register(r"books", views.BookViewSet)\nurlpatterns = router.urls\n'
    ),
    "shop/views.py": VIEWS,
}


ROUTER = 'router = SimpleRouter()\nrouter.register("a", A)\n'


def shown(files: dict[str, str]) -> list[tuple[str, str, str]]:
    return [(one.method, one.path, one.summary) for one in endpoints_of(files)]


@pytest.fixture(scope="module")
def rich() -> dict[str, str]:
    _, project = rich_plan("django")
    return {path: write() for path, write in stack_named("django").files(project).items()}


def test_endpoints_come_from_urls_routers_and_views() -> None:
    assert shown(FILES) == [
        ("GET", "/api/books/", "Books: list"),
        ("GET", "/api/books/{id}/", "Books: read one"),
        ("POST", "/api/books/{id}/lend-out/", "Lend it."),
        ("GET", "/echo/{word}", "Say it again."),
        ("POST", "/echo/{word}", "Say it again."),
    ]


@pytest.mark.parametrize(
    ("urls", "paths"),
    [
        ('router = SimpleRouter(trailing_slash=False)\nrouter.register("a", A)\nurlpatterns = router.urls\n', {"/a"}),
        (ROUTER + 'urlpatterns = [path("v1/", include(router.urls))]\n', {"/v1/a/"}),
        ('urlpatterns = [path("x", V.as_view())]\n', {"/x"}),
        ('more = [path("y", V.as_view())]\nurlpatterns = [path("x", V.as_view())] + more\n', {"/x", "/y"}),
        ("urlpatterns = [path(NAME, V.as_view()), path('z', gone)]\n", set()),
    ],
)  # fmt: skip
def test_patterns_may_be_written_in_many_ways(urls: str, paths: set[str]) -> None:
    views = "class A(ListModelMixin, GenericViewSet):\n    pass\n"
    views += "class V(View):\n    def get(self, request):\n        ...\n"
    imports = "from shop.views import A, V\nfrom django.urls import include, path\n"
    files = {"manage.py": "", "shop/urls.py": imports + urls, "shop/views.py": views}
    assert {path for _, path, _ in shown(files)} == paths


def test_urls_that_include_each_other_end() -> None:
    files = {
        "manage.py": "",
        "a/urls.py": 'urlpatterns = [path("b/", include("b.urls"))]\n',
        "b/urls.py": 'urlpatterns = [path("a/", include("a.urls"))]\n',
    }
    assert shown(files) == []


def test_a_project_of_the_offline_engine_is_understood_whole(rich: dict[str, str]) -> None:
    found = {(method, path) for method, path, _ in shown(rich)}
    assert len(found) == 7 * 6 + 1 + 4
    assert {("GET", "/health"), ("POST", "/api/auth/login/"), ("PATCH", "/api/loans/{id}/")} <= found


def test_settings_read_with_django_environ_are_found(rich: dict[str, str]) -> None:
    found = {one.name: one.default for one in environment_of(rich)}
    assert found["ALLOWED_HOSTS"] == "localhost,127.0.0.1,[::1]"
    assert found["TOKEN_MINUTES"] == "720"
    assert found["SECRET_KEY"] == ""
    assert {"DATABASE_URL", "TEXT_MESSAGES_URL", "EMAIL_URL", "DEBUG", "CACHE_URL"} <= set(found)
    assert found["LOGIN_RATE"] == "10/min"


def test_everything_around_a_django_project_is_made(rich: dict[str, str]) -> None:
    made = infrastructure(ProjectFacts(name="Library", stack="django"), rich)
    assert missing_requirements({**rich, **made}) == []
    assert 'DJANGO_SETTINGS_MODULE = "config.settings"' in made["pyproject.toml"]
    assert "gunicorn config.wsgi:application" in made["Dockerfile"]
    assert made["Dockerfile"].index("USER app") < made["Dockerfile"].index("migrate --noinput")
    assert "127.0.0.1:8000/health'" in made["Dockerfile"]
    assert "SECRET_KEY: ${SECRET_KEY:-}" in made["docker-compose.yml"]
    assert "makemigrations --check" in made["Makefile"]
    assert "| POST | `/api/auth/login/` |" in made["README.md"]
    assert "make seed" in made["README.md"]
    assert "`LOGIN_RATE` is counted in the cache, which by default each process has for itself" in made["README.md"]
    assert "django-stubs==" in made["requirements-dev.txt"]
    assert "django-stubs" not in made["requirements.txt"]


def test_a_project_without_a_seed_command_is_not_told_to_run_it() -> None:
    made = infrastructure(ProjectFacts(name="Shop", stack="django"), FILES)
    assert "seed" not in made["README.md"] + made["Makefile"]
    assert "LOGIN_RATE" not in made["README.md"]
