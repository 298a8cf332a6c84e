"""What all tests share. Databases and Redis come from the plugin `tests.own_services`."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import override_settings
from rest_framework.test import APIClient

JOURNEYS = Path(__file__).parent / "journey"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="session")
def django_db_setup(own_postgresql: str, django_db_setup: None) -> None:
    """The test database of pytest-django, on a server that runs."""


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords() -> Iterator[None]:
    """Logins by the hundred: the hash that production uses is slow on purpose."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: long journeys wait a good part of their time."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long begins first. Browser tests come last: Playwright leaves an event loop behind that later
    asynchronous tests would trip over. The order is ours after pytest-django has made its own.
    """
    items.sort(key=lambda item: (_is_browser_test(item), not _is_journey(item), not _is_slow(item)))
    if CHROMIUM is None:
        reason = "browser test not run: no Chromium here (install it: apt-get install chromium)"
        for item in items:
            if _is_browser_test(item):
                item.add_marker(pytest.mark.skip(reason=reason))


def _is_journey(item: pytest.Item) -> bool:
    return JOURNEYS in item.path.parents


def _is_slow(item: pytest.Item) -> bool:
    return item.get_closest_marker("slow") is not None


def _is_browser_test(item: pytest.Item) -> bool:
    return item.get_closest_marker("browser") is not None


@pytest.fixture(autouse=True)
def _database_calls_beside_the_browser(request: pytest.FixtureRequest) -> Iterator[None]:
    """Playwright's loop runs in the test's own thread, so Django would take every query for one inside a coroutine."""
    if not _is_browser_test(request.node):
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    """Use the machine's Chromium instead of one that Playwright would download."""
    # The sandbox of Chromium does not start for root; our pages are the only ones it opens.
    arguments = ["--no-sandbox", "--disable-dev-shm-usage"] if os.geteuid() == 0 else []
    return {"executable_path": CHROMIUM, "args": arguments}


@pytest.fixture
def client_of() -> Callable[[User | None], APIClient]:
    """A client of the API, signed in as a person or as nobody; nobody is throttled for what other tests did."""
    cache.clear()

    def client(user: User | None) -> APIClient:
        api = APIClient(raise_request_exception=False)
        if user is not None:
            api.force_authenticate(user)
        return api

    return client
