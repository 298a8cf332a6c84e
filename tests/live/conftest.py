"""A running application, and a browser that complains of every error and of every foreign host."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from django.db import connections
from django.test import Client
from playwright.sync_api import Page, expect

from tests.factories import UserFactory
from tests.live.serving import LiveServer


@pytest.fixture
def owner(db: None) -> User:
    user: User = UserFactory(username="ana")
    return user


@pytest.fixture
def server(transactional_db: None) -> Iterator[LiveServer]:
    """Connections of its threads end with their requests, so that the test database can go."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(connections["default"].settings_dict, "CONN_MAX_AGE", 0)
        running = LiveServer()
        running.start()
        yield running
        running.stop()


@pytest.fixture(scope="session")
def database_before_the_browser(request: pytest.FixtureRequest) -> None:
    """The test database is made first, or allowed to be made when Playwright's loop runs already."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        request.getfixturevalue("django_db_setup")


@pytest.fixture(scope="module")
def database_emptied_beside_the_browser() -> Iterator[None]:
    """Each test's rows are removed after the fixture is gone that allows its own queries."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@pytest.fixture
def complaints(page: Page, server: LiveServer) -> Iterator[list[str]]:
    """What the browser complains of, and requests to other hosts; a page that is in order gives nothing."""
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    host = urlsplit(server.url).netloc
    page.on("request", lambda sent: found.append(sent.url) if urlsplit(sent.url).netloc not in (host, "") else None)
    page.set_default_timeout(30_000)
    expect.set_options(timeout=30_000)
    yield found
    assert found == []


@pytest.fixture
def signed_in(page: Page, server: LiveServer, owner: User, complaints: list[str]) -> Page:
    """The browser, with the session of the owner."""
    sign_in(page, server, owner)
    return page


def sign_in(page: Page, server: LiveServer, user: User) -> None:
    client = Client()
    client.force_login(user)
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": server.url}])
