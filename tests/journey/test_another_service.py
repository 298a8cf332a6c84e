"""The worked example of the docs, as another service would run it: against the real web server and real workers."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission, User
from knox.models import AuthToken

from devmatrix_project.services.application import Web
from devmatrix_project.services.layout import PROJECT
from planning.models import MasterPlan
from review.models import Review
from tests.journey.faults import last_words
from tests.journey.private_services import PrivateServices

pytestmark = [pytest.mark.slow, pytest.mark.timeout(420)]

SETTINGS = {"REVIEW_SAMPLE_SHARE": "0.2"}
EXAMPLE = PROJECT / "docs" / "examples" / "another_service.py"


def test_another_service_starts_a_plan_follows_its_events_and_decides_reviews(
    workers: PrivateServices, tmp_path: Path
) -> None:
    robot = User.objects.create_user("robot")
    robot.user_permissions.add(Permission.objects.get(codename="decide_review", content_type__app_label="review"))
    _, token = AuthToken.objects.create(robot)
    web = workers.service(Web)
    web.start()
    try:
        done = subprocess.run(
            [sys.executable, str(EXAMPLE), "An API for notes. A note has a title and a text.", str(tmp_path / "n.zip")],
            env={**os.environ, "DEVMATRIX_URL": web.where(), "DEVMATRIX_TOKEN": token},
            capture_output=True,
            text=True,
            timeout=360,
        )
    finally:
        web.stop()
    assert (done.returncode, done.stderr) == (0, ""), f"{done.stdout}{done.stderr}{last_words()}"
    said = done.stdout.splitlines()
    plan = MasterPlan.objects.get(owner=robot)
    assert said[0].startswith(f"planned {plan.project_name}: {plan.total_tasks} tasks")
    assert said[1].startswith("complete after ")
    assert said[-1] == "saved n.zip"
    decided = Review.objects.filter(plan=plan, status="approved")
    assert decided.exists()
    assert not Review.objects.filter(plan=plan, status__in=["pending", "in_review"]).exists()
    with zipfile.ZipFile(tmp_path / "n.zip") as archive:
        assert any(name.endswith("main.py") for name in archive.namelist())
