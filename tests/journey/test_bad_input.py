"""The build command as somebody meets it who types nonsense, or has not started the services."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import load_command_class

from devmatrix_project.services.application import DefaultWorker
from planning.models import DiscoveryDocument, MasterPlan
from planning.states import PlanStatus
from tests.journey.private_services import PrivateServices

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

NOTES = "An API for notes. A note has a title and a text."
HOSTILE = "An API for notes'); DROP TABLE planning_masterplan; -- {{ 7 * 7 }} <script>alert(1)</script> $(touch owned)"
LONGEST = 20_000


def refused(services: PrivateServices, *words: str, status: int = 2, patience: float = 240, **settings: str) -> str:
    """What a command says that is refused: one plain message on standard error, nothing on standard output."""
    done = services.manage(*words, patience=patience, **settings)
    assert (done.returncode, done.stdout) == (status, ""), done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr.strip()


@pytest.fixture
def typed(services: PrivateServices, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """What a command line that is wrong says, with exit status 2 and nothing stored; run in this process."""

    def type_it(name: str, *words: str) -> str:
        stored = DiscoveryDocument.objects.count()
        command = load_command_class("execution", name)
        with pytest.raises(SystemExit) as ended:
            command.run_from_argv(["manage.py", name, *words])
        said = capsys.readouterr()
        assert (ended.value.code, said.out) == (2, ""), said.err
        assert DiscoveryDocument.objects.count() == stored
        return said.err.strip()

    return type_it


@pytest.mark.parametrize(
    ("request_text", "message"),
    [
        ("", "error: The request is empty. Say in a sentence what to build"),
        (" \n\t ", "error: The request is empty. Say in a sentence what to build"),
        ("?! ...", "error: The request has no words. Say in a sentence what to build"),
        ("an API \x1b[31mfor tasks", "error: The request has a control character (U+001B) at position 8."),
        ("word " * 25_000, f"error: The request has 125000 characters; at most {LONGEST} are read. Shorten it"),
    ],
    ids=["empty", "blank", "no words", "control character", "huge"],
)
def test_a_request_that_cannot_be_read_is_refused_at_once(
    typed: Callable[..., str], request_text: str, message: str
) -> None:
    assert typed("build", request_text, "--yes", "--json").startswith(message)


def test_an_empty_request_is_refused_by_the_real_command(services: PrivateServices) -> None:
    assert refused(services, "build", "", "--yes").startswith("error: The request is empty. Say in a sentence")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--stack", "cobol"], "error: argument --stack: invalid choice: 'cobol'"),
        (["--mode", "fast"], "error: argument --mode: invalid choice: 'fast'"),
        (["--fault-rate", "2"], "error: --fault-rate is 2.0; it must be from 0 to 1."),
        (["--fault-rate", "nan"], "error: --fault-rate is nan; it must be from 0 to 1."),
        (["--out", "/"], "error: / exists already. Name a folder that does not."),
        (["--answers", "/no/such/file"], "error: /no/such/file cannot be read as JSON: "),
    ],
    ids=["stack", "mode", "fault rate", "no number", "folder in use", "no answers"],
)
def test_options_that_make_no_sense_are_refused_before_any_work(
    typed: Callable[..., str], options: list[str], message: str
) -> None:
    assert message in typed("build", NOTES, "--yes", *options)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "cannot be read as JSON: Expecting property name"),
        ("[1, 2]", "must hold an object of question id and answer."),
        ('{"stack": 3}', "must hold an object of question id and answer."),
        ("\xff", "cannot be read as JSON: "),
    ],
    ids=["cut short", "a list", "a number", "not UTF-8"],
)
def test_a_file_of_answers_that_is_broken_is_named(
    typed: Callable[..., str], tmp_path: Path, content: str, message: str
) -> None:
    file = tmp_path / "answers.json"
    file.write_bytes(content.encode("latin-1"))
    assert typed("build", NOTES, "--yes", "--answers", str(file)).startswith(f"error: {file} {message}")


@pytest.mark.parametrize("command", ["resume", "pause", "cancel", "watch"])
def test_a_plan_that_does_not_exist_is_told(typed: Callable[..., str], command: str) -> None:
    assert typed(command, "0000").startswith("error: There is no plan '0000'.")


def test_without_workers_it_says_so_soon_and_keeps_the_request(services: PrivateServices) -> None:
    began = time.monotonic()
    said = refused(services, "build", NOTES, "--yes", "--json", status=1)
    assert said == "error: No worker serves the queues default, llm, cpu. Start the workers with: make up"
    assert time.monotonic() - began < 60
    assert DiscoveryDocument.objects.filter(original_request=NOTES).count() == 1


def test_without_a_database_it_says_how_to_start_one(services: PrivateServices) -> None:
    said = refused(
        services, "build", NOTES, "--yes", status=1, DATABASE_URL="postgresql://nobody:nothing@127.0.0.1:9/devmatrix"
    )
    assert said.startswith("error: The database does not answer: ")
    assert said.endswith("Start it with: make up")


def test_without_a_broker_it_says_how_to_start_one(services: PrivateServices) -> None:
    said = refused(services, "build", NOTES, "--yes", "--json", status=1, REDIS_URL="redis://127.0.0.1:9/0")
    assert said.splitlines()[-1].startswith("error: The broker does not answer: ")
    assert "A message was not sent, the reconciler will do it" in said
    assert said.endswith("Start it with: make up")


@pytest.fixture(scope="module")
def planner(services: PrivateServices) -> PrivateServices:
    """With the worker that plans; nobody drafts or validates."""
    services.start(DefaultWorker)
    return services


def test_a_hostile_request_is_only_text(planner: PrivateServices) -> None:
    said = refused(planner, "build", HOSTILE, "--quiet", status=1)
    assert "waits for approval" in said
    plan = MasterPlan.objects.get(original_request=HOSTILE)
    assert plan.status == PlanStatus.DRAFT
    written = json.dumps([plan.project_name, plan.entities, *plan.tasks.values_list("title", "target_files")])
    for poison in ("DROP TABLE", "<script>", "$(", "{{", "49"):
        assert poison not in written
    paths = [path for files in plan.tasks.values_list("target_files", flat=True) for path in files]
    assert not [path for path in paths if path.startswith("/") or ".." in path]


def test_nonsense_is_refused_with_an_example_of_a_request(planner: PrivateServices) -> None:
    said = refused(planner, "build", "blorp fnord zquark", "--yes", "--quiet")
    assert said.startswith("error: Nothing in the request names something that records could be kept of: ")
    assert 'For example: "Create a REST API for' in said
    assert not MasterPlan.objects.filter(original_request="blorp fnord zquark").exists()
