"""What the API of execution answers, to sound and to malformed requests."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from rest_framework.test import APIClient

from execution.models import AtomAttempt, Run
from execution.projection import project_workspace
from execution.services.runs import ask_to_pause
from planning.models import ExecutionSnapshot, MasterPlan, Task
from tests.access.making import failure, running
from tests.execution.building import PERSON, Build, make_build
from tests.factories import StaffFactory, make_plan

pytestmark = pytest.mark.django_db

Client = Callable[[User | None], APIClient]


@pytest.fixture
def build(tmp_path: Path) -> Build:
    return running(tmp_path)


@pytest.fixture
def api(build: Build, client_of: Client) -> APIClient:
    return client_of(build.plan.owner)


def address(name: str, *args: object) -> str:
    return reverse(name, args=args)


def test_approving_with_execute_starts_the_build_in_the_same_step(client_of: Client) -> None:
    plan = make_plan()
    answer = client_of(plan.owner).post(address("masterplan-approve", plan.pk), {"execute": True}, format="json")
    assert (answer.status_code, answer.json()["status"]) == (202, "in_progress")
    assert Run.objects.get().plan_id == plan.pk


def test_approving_without_execute_starts_nothing(client_of: Client) -> None:
    plan = make_plan()
    answer = client_of(plan.owner).post(address("masterplan-approve", plan.pk), {}, format="json")
    assert (answer.status_code, MasterPlan.objects.get(pk=plan.pk).status) == (200, "approved")
    assert not Run.objects.exists()


@pytest.mark.parametrize("name", ["masterplan-execute", "execution-start"])
def test_starting_with_the_same_idempotency_key_starts_once(client_of: Client, name: str) -> None:
    plan = make_plan(status="approved")
    client = client_of(plan.owner)
    where = address(name, plan.pk) if name == "masterplan-execute" else address(name)
    body = {} if name == "masterplan-execute" else {"masterplan_id": str(plan.pk)}
    answers = [client.post(where, body, format="json", headers={"Idempotency-Key": "one"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    assert Run.objects.count() == 1


def test_pausing_resuming_and_cancelling_twice_is_no_error(api: APIClient, build: Build) -> None:
    for name, code, status in [
        ("masterplan-pause", 200, "paused"),
        ("masterplan-resume", 202, "in_progress"),
        ("masterplan-cancel", 200, "cancelled"),
    ]:
        answers = [api.post(address(name, build.plan.pk)) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [code, code], name
        assert build.current_plan().status == status


def test_a_pause_that_waits_for_what_runs_is_202(api: APIClient, build: Build) -> None:
    build.set("second", status="running")
    answer = api.post(address("masterplan-pause", build.plan.pk))
    assert (answer.status_code, answer.json()["done"], answer.json()["status"]) == (202, False, "in_progress")


def test_the_status_of_a_plan_that_was_never_started_is_404(client_of: Client) -> None:
    plan = make_plan(status="approved")
    answer = client_of(plan.owner).get(address("execution-status", plan.pk))
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_the_status_shows_the_latest_run(api: APIClient, build: Build) -> None:
    body = api.get(address("execution-status", build.plan.pk)).json()
    assert (body["id"], body["stage"], body["status"]) == (str(build.run.pk), "waves", "running")


def test_files_are_listed_and_read(api: APIClient, build: Build) -> None:
    assert api.get(address("masterplan-files", build.plan.pk)).json() == [{"path": "app/a.py", "size": 10}]
    assert api.get(address("masterplan-file", build.plan.pk, "app/a.py")).json() == {
        "path": "app/a.py",
        "text": "import os\n",
    }


@pytest.mark.parametrize(
    "path",
    ["../secret", "app/../../secret", "/etc/passwd", ".git/config", ".devmatrix/manifest.json", "app/%00.py", "app",
     "app/none.py", "..%2f..%2fsecret", "app\\a.py", "C:/x", "~/x", "app/", "a" * 3000, "app/./../app/../../x"],
)  # fmt: skip
def test_nothing_but_the_projects_own_files_is_read(api: APIClient, build: Build, path: str) -> None:
    secret = Path(build.plan.workspace_path).parent / "secret"
    secret.write_text("top secret")
    base = address("masterplan-files", build.plan.pk)
    answer = api.get(base + (path if "%" in path else quote(path)))
    assert answer.status_code in (400, 404), answer.content
    assert b"top secret" not in answer.content


def test_a_file_that_was_replaced_by_a_link_is_not_followed(api: APIClient, build: Build, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("top secret")
    file = Path(build.plan.workspace_path) / "app/a.py"
    file.unlink()
    os.symlink(tmp_path / "secret", file)
    for name, more in [("masterplan-file", ("app/a.py",)), ("masterplan-files", ()), ("masterplan-download", ())]:
        answer = api.get(address(name, build.plan.pk, *more))
        content = answer.getvalue() if answer.streaming else answer.content
        assert answer.status_code < 500
        assert b"top secret" not in content


def test_a_file_that_somebody_deleted_is_missing_and_no_error_of_ours(api: APIClient, build: Build) -> None:
    (Path(build.plan.workspace_path) / "app/a.py").unlink()
    assert api.get(address("masterplan-files", build.plan.pk)).json() == []
    assert api.get(address("masterplan-file", build.plan.pk, "app/a.py")).status_code == 404
    answer = api.get(address("masterplan-download", build.plan.pk))
    assert answer.status_code < 500
    assert not answer.streaming or answer.getvalue()


@pytest.mark.parametrize("name", ["masterplan-files", "masterplan-download"])
def test_before_the_first_wave_there_are_no_files(client_of: Client, name: str) -> None:
    plan = make_plan(status="approved")
    answer = client_of(plan.owner).get(address(name, plan.pk))
    assert (answer.status_code, answer.json()["detail"]) == (404, "The plan has no files yet.")


def test_a_download_is_a_zip_of_the_files(api: APIClient, build: Build) -> None:
    answer = api.get(address("masterplan-download", build.plan.pk))
    with zipfile.ZipFile(io.BytesIO(answer.getvalue())) as archive:
        texts = {name.split("/", 1)[1]: archive.read(name) for name in archive.namelist()}
    assert texts["app/a.py"] == b"import os\n"
    assert not [name for name in texts if name.startswith((".git/", ".devmatrix"))]


def test_snapshots_tell_of_every_pause(api: APIClient, build: Build) -> None:
    ask_to_pause(plan=build.plan, actor=PERSON)
    (row,) = api.get(address("masterplan-snapshots", build.plan.pk)).json()["results"]
    assert (row["id"], row["reason"]) == (str(ExecutionSnapshot.objects.get().pk), "person")


def test_costs_are_decimals_by_purpose(api: APIClient, build: Build) -> None:
    body = api.get(address("masterplan-cost", build.plan.pk)).json()
    assert (body["spent"], body["reserved"], body["calls"], body["by_purpose"]) == ("0.000000", "0.000000", 0, {})
    assert float(body["hard_limit"]) > float(body["soft_limit"]) > 0


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("status=accepted", {"first"}),
        ("awaiting_decision=true", {"second"}),
        ("wave=1", {"first", "second"}),
        ("wave=2", set()),
        ("path=app/b.py", {"second"}),
        ("kind=import&status=validating", {"second"}),
        ("wave=99999999999999999999", set()),
    ],
)
def test_atoms_are_filtered(api: APIClient, build: Build, query: str, names: set[str]) -> None:
    answer = api.get(f"{address('atoms')}?{query}")
    assert {row["qualname"] for row in answer.json()["results"]} == names


@pytest.mark.parametrize(
    "query",
    ["plan=nonsense", "status=nonsense", "wave=nonsense", "wave=NaN", "wave=1e999", "wave=Infinity", "wave=1.5",
     "wave=-1", "page=nonsense", "page=0", "page_size=-1", "ordering=nonsense", "ordering=plan__owner__password",
     "path=%00", "task=%00", "awaiting_decision=perhaps", "plan=" + "9" * 5000, "cursor=zzz", "path=%ff"],
)  # fmt: skip
def test_nonsense_in_a_query_is_never_an_error_of_ours(api: APIClient, query: str) -> None:
    assert api.get(f"{address('atoms')}?{query}").status_code in (200, 400, 404)


def test_an_atom_shows_its_code_and_its_attempts(api: APIClient, build: Build) -> None:
    AtomAttempt.objects.create(atom=build.atoms["second"], attempt=1, code="import re\n", success=False)
    body = api.get(address("atom", build.atoms["second"].pk)).json()
    assert (body["code"], body["status"], body["awaiting_decision"]) == ("import re\n", "validating", True)
    rows = api.get(address("atom-attempts", build.atoms["second"].pk)).json()["results"]
    assert [(row["attempt"], row["success"]) for row in rows] == [(1, False)]


def test_a_task_shows_the_attempts_at_its_atoms(api: APIClient, build: Build) -> None:
    atom = build.atoms["second"]
    for attempt in (2, 1):
        AtomAttempt.objects.create(atom=atom, attempt=attempt, code=f"x = {attempt}\n", success=attempt == 2)
    rows = api.get(reverse("task-attempts", args=[atom.task_id])).json()["results"]
    mine = [(row["atom"], row["name"], row["attempt"], row["success"]) for row in rows if row["atom"] == str(atom.pk)]
    assert mine == [(str(atom.pk), atom.qualname, 1, False), (str(atom.pk), atom.qualname, 2, True)]


def test_an_atom_is_tried_again_with_a_hint_until_its_attempts_are_gone(api: APIClient, build: Build) -> None:
    where = address("atom-retry", build.atoms["second"].pk)
    assert api.post(where, {"hint": "a list"}, format="json").status_code == 202
    assert (build.atom("second").status, build.atom("second").hint) == ("retrying", "a list")
    assert api.post(where, {"hint": "a list"}, format="json").status_code == 409
    build.set("second", status="validating", awaiting_decision=True, attempts=6)
    assert api.post(where, {}, format="json").json()["code"] == "conflict"


@pytest.mark.parametrize(
    ("wanted", "content_type", "begins"),
    [("json", "application/json", "{"), ("svg", "image/svg+xml", "<svg"), ("mermaid", "text/", "")],
)
def test_a_graph_is_drawn(api: APIClient, build: Build, wanted: str, content_type: str, begins: str) -> None:
    answer = api.get(f"{address('graph-visualize', build.graph.pk)}?format={wanted}")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith(content_type)
    assert answer.content.decode().startswith(begins)
    if wanted == "json":
        json.loads(answer.content)


@pytest.mark.parametrize("wanted", ["pdf", "", "json%00", "api", "<script>"])
def test_a_format_that_does_not_exist_is_refused(api: APIClient, build: Build, wanted: str) -> None:
    answer = api.get(f"{address('graph-visualize', build.graph.pk)}?format={wanted}")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


def test_the_waves_of_a_graph_come_in_order(api: APIClient, build: Build) -> None:
    rows = api.get(address("graph-waves", build.graph.pk)).json()["results"]
    assert [(row["number"], row["atoms_total"]) for row in rows] == [(1, 2)]


def test_a_proposal_is_chosen_once(client_of: Client, tmp_path: Path) -> None:
    analysis = failure(tmp_path / "other")
    client = client_of(analysis.plan.owner)
    where = address("failure-choose", analysis.pk)
    answer = client.post(where, {"proposal": 0}, format="json")
    assert (answer.status_code, answer.json()["choice"]["proposal"]) == (202, 0)
    assert client.post(where, {"proposal": 0}, format="json").status_code == 409


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"proposal": 1},
        {"proposal": 3},
        {"proposal": -1},
        {"proposal": "x"},
        {"proposal": None},
        {"proposal": 10**400},
    ],
)
def test_a_choice_that_is_none_is_refused(client_of: Client, tmp_path: Path, body: dict[str, object]) -> None:
    analysis = failure(tmp_path / "other")
    answer = client_of(analysis.plan.owner).post(address("failure-choose", analysis.pk), body, format="json")
    assert answer.status_code == 400, answer.content
    analysis.refresh_from_db()
    assert analysis.choice is None


WRITES = [
    *[f"masterplan-{verb}" for verb in ("approve", "execute", "pause", "cancel")],
    "atom-retry",
    "failure-choose",
    "execution-start",
]
MALFORMED = [b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b'{"reason": {"a": 1}}', b'{"hint": [1]}',
             b'{"reason": "\\u0000"}', b'{"hint": "\\u0000"}', b'{"masterplan_id": 5}', b"[" * 100_000]  # fmt: skip


@pytest.mark.parametrize("body", MALFORMED, ids=range(len(MALFORMED)))
@pytest.mark.parametrize("name", WRITES)
def test_a_malformed_body_is_never_an_error_of_ours(
    api: APIClient, build: Build, name: str, body: bytes, client_of: Client, tmp_path: Path
) -> None:
    ids = {"atom-retry": build.atoms["second"].pk, "failure-choose": build.plan.pk}
    args = [] if name == "execution-start" else [ids.get(name, build.plan.pk)]
    answer = api.post(address(name, *args), body, content_type="application/json")
    assert answer.status_code < 500, answer.content


@pytest.mark.parametrize("key", ["x" * 201, "a\x01"])
def test_an_unusable_idempotency_key_is_refused(client_of: Client, key: str) -> None:
    plan = make_plan(status="approved")
    answer = client_of(plan.owner).post(address("masterplan-execute", plan.pk), headers={"Idempotency-Key": key})
    assert answer.status_code == 400
    assert not Run.objects.exists()


def test_detail_reads_take_as_many_queries_for_many_atoms_as_for_few(
    client_of: Client, tmp_path: Path, django_assert_max_num_queries: Callable[..., object]
) -> None:
    texts = {f"name_{number}": f"x_{number} = 1\n" for number in range(60)}
    build = make_build({"app/a.py": texts}, workspace=tmp_path / "many")
    build.accept(*texts)
    project_workspace(build.plan)
    client = client_of(StaffFactory())
    for where in [
        address("atoms") + f"?plan={build.plan.pk}",
        address("graph-visualize", build.graph.pk),
        address("graph-waves", build.graph.pk),
        address("masterplan-cost", build.plan.pk),
        address("masterplan-files", build.plan.pk),
    ]:
        with django_assert_max_num_queries(8):  # type: ignore[attr-defined]  # a context manager
            assert client.get(where).status_code == 200


def test_pausing_keeps_the_reason_given(api: APIClient, build: Build) -> None:
    answer = api.post(address("masterplan-pause", build.plan.pk), {"reason": "lunch"}, format="json")
    assert answer.json()["done"] is True
    assert build.current_plan().pause_detail == "lunch"
    assert build.events("masterplan_paused")[0]["detail"] == "lunch"


def test_skipping_a_task_only_says_what_would_be_left_out_when_so_asked(api: APIClient, build: Build) -> None:
    skip = address("task-skip", build.task.pk)
    would = api.post(skip, {"dry_run": True}, format="json").json()
    assert [row["status"] for row in would["skipped"]] == ["in_progress"]
    assert set(build.statuses().values()) == {"accepted", "validating"}
    done = api.post(skip, {"reason": "not needed"}, format="json", headers={"Idempotency-Key": "one"}).json()
    assert done["skipped"] == [{**would["skipped"][0], "status": "skipped"}]
    again = api.post(skip, {"reason": "not needed"}, format="json", headers={"Idempotency-Key": "one"})
    assert (again.json(), again["Idempotent-Replay"]) == (done, "true")
    assert api.post(skip, {}, format="json").json() == {"dry_run": False, "skipped": []}


def test_retrying_a_task_that_is_skipped_names_the_state(api: APIClient, build: Build) -> None:
    api.post(address("task-skip", build.task.pk), {}, format="json")
    answer = api.post(address("task-retry", build.task.pk), {"hint": "x"}, format="json")
    assert (answer.status_code, answer.json()["code"], answer.json()["current"]) == (
        409, "transition_conflict", "skipped"
    )  # fmt: skip


def test_progress_says_how_far_each_level_is_and_where_the_run_stands(api: APIClient, build: Build) -> None:
    Task.objects.filter(pk=build.task.pk).update(code_percent=50)
    shown = api.get(address("masterplan-progress", build.plan.pk)).json()
    assert (shown["status"], shown["stage"], shown["run_status"]) == ("in_progress", "waves", "running")
    assert [row["progress_percent"] for row in shown["phases"]] == ["45.00"]
    assert [row["progress_percent"] for row in shown["milestones"]] == ["45.00"]
    assert [(row["short_id"], row["progress_percent"]) for row in shown["tasks"]] == [(build.task.short_id, 45.0)]


ILLEGAL = [
    ("masterplan-execute", "draft", "in_progress"),
    ("masterplan-execute", "completed", "in_progress"),
    ("masterplan-execute", "in_progress", "in_progress"),
    ("masterplan-approve", "approved", "approved"),
    ("masterplan-pause", "draft", "paused"),
    ("masterplan-pause", "completed", "paused"),
    ("masterplan-resume", "draft", "in_progress"),
    ("masterplan-resume", "cancelled", "in_progress"),
    ("masterplan-cancel", "completed", "cancelled"),
    ("masterplan-cancel", "rejected", "cancelled"),
]


@pytest.mark.parametrize(("name", "status", "wanted"), ILLEGAL)
def test_a_wrong_state_is_409_and_names_the_legal_ones(client_of: Client, name: str, status: str, wanted: str) -> None:
    row = make_plan(status=status)
    answer = client_of(row.owner).post(reverse(name, args=[row.pk]), {"execute": True}, format="json")
    assert answer.status_code == 409, answer.content
    body = answer.json()
    assert body["code"] == "transition_conflict"
    assert (body["current"], body["wanted"], body["legal"]) == (status, wanted, row.machine.targets(status))
