"""Journeys run on private services, one set for each module, and leave nothing running."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker

from devmatrix_project.services.layout import Layout
from tests.journey.private_services import PrivateServices
from tests.journey.speaking import speaking_to


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
