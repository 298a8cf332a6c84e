from __future__ import annotations

from execution.output.endpoints import Endpoint, endpoints_of
from tests.unit.output.sample import SAMPLE


def routes(files: dict[str, str]) -> list[tuple[str, str]]:
    return [(endpoint.method, endpoint.path) for endpoint in endpoints_of(files)]


def test_endpoints_have_the_prefixes_of_router_and_include() -> None:
    assert routes(SAMPLE) == [
        ("GET", "/api/tasks"), ("POST", "/api/tasks"), ("GET", "/api/tasks/{task_id}"), ("GET", "/health"),
    ]  # fmt: skip


def test_an_endpoint_knows_its_summary_file_and_line() -> None:
    found = endpoints_of({"main.py": 'app = FastAPI()\n\n@app.get("/")\ndef read_root():\n    return 1\n'})

    assert found == [Endpoint("/", "GET", "Read root", "main.py", 4)]


def test_a_summary_given_to_the_decorator_is_used() -> None:
    files = {"main.py": 'app = FastAPI()\n@app.get("/x", summary="Short")\ndef x():\n    """Long."""\n'}

    assert endpoints_of(files)[0].summary == "Short"


def test_routers_are_followed_through_packages_aliases_relative_imports_and_constants() -> None:
    files = {
        "app/main.py": (
            "import fastapi\nfrom app import api\nfrom app.config import PREFIX\n"
            'app = fastapi.FastAPI()\napp.include_router(api.api_router, prefix=f"{PREFIX}/v1")\n'
        ),
        "app/config.py": 'PREFIX = "/api"\n',
        "app/api/__init__.py": (
            "from fastapi import APIRouter\nfrom .tasks import router as tasks_router\nfrom . import users\n"
            "api_router = APIRouter()\napi_router.include_router(tasks_router)\n"
            'api_router.include_router(users.router, prefix="/users")\n'
        ),
        "app/api/tasks.py": 'router = APIRouter(prefix="/tasks")\n@router.delete("/{id}")\ndef remove(id: int): ...\n',
        "app/api/users.py": 'router = APIRouter()\n@router.api_route("/me", methods=["GET", "PUT"])\ndef me(): ...\n',
    }

    assert routes(files) == [("DELETE", "/api/v1/tasks/{id}"), ("GET", "/api/v1/users/me"), ("PUT", "/api/v1/users/me")]


def test_routers_in_a_named_list_are_followed() -> None:
    files = {
        "main.py": "from a import router as a_router\nimport b\nROUTERS = [a_router, b.router]\napp = FastAPI()\n"
        "for router in ROUTERS:\n    app.include_router(router)\n",
        "a.py": 'router = APIRouter()\n@router.get("/a")\ndef a(): ...\n',
        "b.py": 'router = APIRouter()\n@router.websocket("/b")\nasync def b(): ...\n',
    }

    assert routes(files) == [("GET", "/a"), ("WEBSOCKET", "/b")]


def test_a_router_that_nothing_includes_has_no_endpoints() -> None:
    assert routes({"a.py": 'router = APIRouter()\n@router.get("/a")\ndef a(): ...\n'}) == []


def test_routers_that_include_each_other_end() -> None:
    files = {
        "main.py": "app = FastAPI()\na = APIRouter()\nb = APIRouter()\napp.include_router(a)\na.include_router(b)\n"
        'b.include_router(a)\n@b.get("/x")\ndef x(): ...\n'
    }

    assert routes(files) == [("GET", "/x")]


def test_tests_and_broken_files_are_left_out() -> None:
    files = {"tests/test_a.py": 'app = FastAPI()\n@app.get("/t")\ndef t(): ...\n', "bad.py": "def (:\n"}

    assert routes(files) == []
