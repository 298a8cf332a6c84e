"""Journeys run on private services, one set at a time, and leave nothing running."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker

from devmatrix_project.services.layout import Layout
from tests.journey.private_services import PrivateServices
from tests.journey.speaking import speaking_to


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All journeys on one worker of xdist: two sets of services at once would only take each other's time."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("journey"))


@pytest.fixture(scope="module")
def services(request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker) -> Iterator[PrivateServices]:
    """Database and broker of this module alone, with its ``SETTINGS``; the test's own queries go there as well."""
    with tempfile.TemporaryDirectory(prefix="devmatrix-journey-") as folder:
        made = PrivateServices(Layout(Path(folder) / "state"), getattr(request.module, "SETTINGS", {}))
        try:
            made.start_data()
            with django_db_blocker.unblock(), speaking_to(made.addresses["DATABASE_URL"]):
                yield made
        finally:
            made.stop()
        assert made.own_processes() == []


@pytest.fixture(scope="module")
def workers(services: PrivateServices) -> PrivateServices:
    """The services with all workers and beat running."""
    services.start()
    return services
