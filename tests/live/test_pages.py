"""The pages without a browser: who sees what, what is refused, and that nothing foreign or unescaped is in them."""

from __future__ import annotations

import json
import re
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models import F
from django.test import Client
from django.utils import timezone
from pytest_django.asserts import assertNumQueries

from common.actors import SYSTEM, Actor
from common.models import PlanEvent
from common.transitions import transition
from execution.gates.gates import override_gate
from execution.live.selectors.atom_log import atom_log
from execution.live.selectors.results import gates_of
from execution.live.signing_in import SignInThrottle
from execution.models import Atom, AtomDependency, GateResult, Wave
from execution.services.pausing import pause_now
from execution.services.runs import resume_run
from integrations.models import LLMCall
from planning.models import DiscoveryDocument, MasterPlan
from tests.factories import DiscoveryFactory, DiscoveryQuestionFactory, MasterPlanFactory, StaffFactory, UserFactory
from tests.live.building import busy_plan, cut, ordered, readable_plan, spent, started, tell

pytestmark = pytest.mark.django_db

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7|add:7 }}\u202e"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def document_in(html: str) -> dict[str, Any]:
    found = re.search(r'<script id="document" type="application/json">(.*?)</script>', html, re.DOTALL)
    assert found is not None
    content: dict[str, Any] = json.loads(found[1])
    return content


@pytest.fixture
def plan(owner: User) -> MasterPlan:
    return readable_plan(tasks=8, discovery__conversation__workspace__owner=owner)


@pytest.mark.parametrize(
    "path", ["/", "/plans/", "/plans/{plan}/", "/discoveries/{discovery}/", "/chat/", "/chat/{chat}/"]
)
def test_pages_send_strangers_to_the_login(client: Client, plan: MasterPlan, path: str) -> None:
    address = path.format(plan=plan.pk, discovery=plan.discovery_id, chat=plan.conversation_id)
    response = client.get(address)
    assert (response.status_code, response["Location"]) == (302, f"/login/?next={address}")


def test_a_person_signs_in_and_out(client: Client, owner: User) -> None:
    owner.set_password("correct horse battery")
    owner.save()
    refused = client.post("/login/", {"username": "ana", "password": "wrong"})
    assert "Please enter a correct username" in refused.content.decode()
    assert 'value="ana"' in refused.content.decode()
    response = client.post("/login/", {"username": "ana", "password": "correct horse battery"})
    assert (response.status_code, response["Location"]) == (302, "/")
    assert client.get("/").status_code == 200
    assert client.post("/logout/")["Location"] == "/login/"
    assert client.get("/").status_code == 302


def test_passwords_cannot_be_tried_without_end(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SignInThrottle, "rate", "2/min", raising=False)
    tries = [
        client.post("/login/", {"username": "ana", "password": "x"}, headers={"X-Forwarded-For": "203.0.113.9"})
        for _ in range(3)
    ]
    assert [response.status_code for response in tries] == [200, 200, 429]
    assert "Too many tries. Wait " in tries[2].content.decode()


def test_a_plan_of_somebody_else_is_not_there(plan: MasterPlan) -> None:
    client = signed_in(UserFactory())
    atom = cut(plan, atoms=1)[0]
    for path in ("", "state/", f"atoms/{atom.pk}/"):
        assert client.get(f"/plans/{plan.pk}/{path}").status_code == 404
    assert client.post(f"/plans/{plan.pk}/control/approve/").status_code == 404
    assert client.get(f"/discoveries/{plan.discovery_id}/state/").status_code == 404
    assert client.get(f"/plans/{uuid.uuid4()}/").status_code == 404


def test_staff_watch_and_only_superusers_control_what_belongs_to_others(plan: MasterPlan) -> None:
    client = signed_in(StaffFactory())
    html = client.get(f"/plans/{plan.pk}/").content.decode()
    assert "You are watching; only the owner changes it." in html
    assert "data-action" not in html
    assert client.post(f"/plans/{plan.pk}/control/approve/").status_code == 403
    assert signed_in(StaffFactory(is_superuser=True)).post(f"/plans/{plan.pk}/control/approve/").status_code == 302


def test_a_script_that_is_signed_out_is_told_so(client: Client, plan: MasterPlan) -> None:
    response = client.get(f"/plans/{plan.pk}/state/", headers={"Accept": "application/json"})
    assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")


def test_hostile_names_and_code_are_shown_as_text(owner: User, plan: MasterPlan) -> None:
    MasterPlan.objects.filter(pk=plan.pk).update(project_name=HOSTILE[:120], description=HOSTILE)
    plan.tasks.update(title=HOSTILE)
    atom = cut(plan, atoms=1)[0]
    atom.revisions.update(text=HOSTILE)
    Atom.objects.filter(pk=atom.pk).update(qualname=HOSTILE, path=HOSTILE)
    spent(Atom.objects.get(pk=atom.pk))
    client = signed_in(owner)
    for path in ("/", f"/plans/{plan.pk}/", f"/plans/{plan.pk}/atoms/{atom.pk}/"):
        html = client.get(path).content.decode()
        assert "<script>" not in html
        assert "<img src=x" not in html
        assert "14" not in re.findall(r"onerror=alert\(2\)&gt;(.{0,4})", html)
    assert document_in(client.get(f"/plans/{plan.pk}/").content.decode())["plan"]["description"] == HOSTILE
    panel = client.get(f"/plans/{plan.pk}/atoms/{atom.pk}/").content.decode()
    assert "\u27e6" in panel, "a character that turns text around is shown by its number"


def test_pages_load_nothing_from_elsewhere_under_a_strict_policy(owner: User, plan: MasterPlan) -> None:
    client = signed_in(owner)
    for path in ("/", f"/plans/{plan.pk}/", "/login/"):
        response = (client if path != "/login/" else Client()).get(path)
        html = re.sub(r'<script id="document".*?</script>', "", response.content.decode(), flags=re.DOTALL)
        assert re.findall(r"""(?:src|href|action)=["']?(?:https?:)?//""", html) == []
        assert re.findall(r"\son\w+=|style=|<style|<script(?! src=)", html) == []
        policy = response["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert "object-src 'none'" in policy


def test_the_document_is_read_in_a_fixed_number_of_queries(owner: User) -> None:
    small = busy_plan(owner, tasks=8, atoms=100, waves=6)
    large = busy_plan(owner, tasks=24, atoms=200, waves=8)
    client = signed_in(owner)
    client.get(f"/plans/{small.pk}/state/")
    for plan in (small, large):
        with assertNumQueries(24):
            client.get(f"/plans/{plan.pk}/state/")


def test_the_document_says_which_events_it_stands_for(owner: User, plan: MasterPlan) -> None:
    run = started(plan)
    tell(plan, "cost_updated", spent="0.5")
    document = signed_in(owner).get(f"/plans/{plan.pk}/state/").json()
    last = PlanEvent.objects.filter(stream_id=plan.pk).latest("seq")
    assert document["seq"] == last.seq == document["events"][-1]["seq"]
    assert (document["plan"]["status"], document["plan"]["stage"]) == ("in_progress", run.stage)
    assert [len(phase["milestones"][0]["tasks"]) for phase in document["phases"]] == [2, 2, 2, 2]


def test_reviews_that_wait_are_read_from_the_log(owner: User, plan: MasterPlan) -> None:
    first, second = str(uuid.uuid4()), str(uuid.uuid4())
    for review in (first, second):
        tell(plan, "review_created", review_id=review, atom_id=first, confidence=0.4, status="pending")
    tell(plan, "review_updated", review_id=first, atom_id=first, confidence=0.4, status="approved")
    document = signed_in(owner).get(f"/plans/{plan.pk}/state/").json()
    assert [review["review_id"] for review in document["reviews"]] == [second]


def test_the_panel_of_an_atom_shows_code_attempts_and_what_is_wrong(owner: User, plan: MasterPlan) -> None:
    atom = cut(plan, atoms=2)[0]
    spent(atom)
    html = signed_in(owner).get(f"/plans/{plan.pk}/atoms/{atom.pk}/").content.decode()
    assert "Needs a decision" in html
    assert '<span class="nf">total_of</span>' in html
    assert html.split("<h3>Attempts</h3>")[1].split("</section>")[0].count("Attempt ") == 3
    assert "Give sum a Decimal to start from." in html


def test_the_panel_of_an_atom_tells_what_happened_to_it_in_order(owner: User, plan: MasterPlan) -> None:
    atom, other = cut(plan, atoms=2)
    transition(atom, "running", actor=Actor("user", "7", "bea"), reason="<b>now</b>")
    for about in (atom, other):
        LLMCall.objects.create(
            purpose="atom_code", provider="anthropic", model=f"model of {about.name}", prompt_hash="x", attempt=2,
            atom_id=about.pk, tokens_in=900, tokens_out=70, cost=Decimal("0.0042"), duration_ms=1500,
            error_code="overloaded", reservation="settled", settled_at=timezone.now(),
        )  # fmt: skip
    spent(atom)
    with assertNumQueries(3):
        lines = atom_log(atom.pk, list(atom.attempt_rows.order_by("attempt")[:0]))
    assert [line.what for line in lines] == [
        "Text 1, cut from the draft of its task",
        "Is worked on",
        "Asked model of part_1: atom code",
    ]
    assert lines[2].detail == "attempt 2, 1.5 s, 900 + 70 tokens, 0.0042 dollars, overloaded"
    assert [line.bad for line in lines] == [False, False, True]
    log = signed_in(owner).get(f"/plans/{plan.pk}/atoms/{atom.pk}/").content.decode().split("<h3>Log</h3>")[1]
    told = [
        "cut from the draft",
        "&lt;b&gt;now&lt;/b&gt;",
        "Asked model of part_1",
        "Attempt 1 failed",
        "Attempt 3 failed",
    ]
    places = [log.index(words) for words in told]
    assert places == sorted(places)
    assert "model of part_2" not in log


def test_a_gate_is_told_with_what_fails_who_is_suspected_and_who_let_it_pass(owner: User) -> None:
    plan = busy_plan(owner, tasks=8, atoms=100)
    atom = plan.atoms.order_by("number")[0]
    row = {"test": "t", "requirement": "Others are kept out", "priority": "must", "node_id": "", "error": "200"}
    GateResult.objects.filter(plan=plan).update(failing=[row], suspects=[{"atom": str(atom.pk), "label": atom.label()}])
    before = gates_of(plan.pk)[0]
    assert (before["overridden"], before["failing"], before["suspects"][0]["atom"]) == (
        False, ["Others are kept out"], str(atom.pk),
    )  # fmt: skip
    override_gate(plan=plan, reason="Known and harmless.", user=StaffFactory(username="rita"))
    with assertNumQueries(1):
        after = gates_of(plan.pk)[0]
    assert (after["overridden"], after["overridden_by"], after["override_reason"]) == (
        True, "rita", "Known and harmless.",
    )  # fmt: skip


def test_the_panel_of_a_task_shows_what_it_is_for_and_whether_it_is_done(owner: User, plan: MasterPlan) -> None:
    task = plan.tasks.order_by("number")[1]
    check = {"name": "types", "group": "quality", "required": True, "verdict": "failed", "why": "mypy found one."}
    type(task).objects.filter(pk=task.pk).update(
        description="Rows & columns.",
        acceptance_criteria=[{"text": "It <lists>.", "priority": "must"}],
        postconditions=[{"kind": "class_available", "subject": "app.models.Task", "critical": True}],
        definition_of_done={"checks": [{**check, "name": "syntax_valid", "verdict": "passed", "why": ""}, check]},
    )
    html = signed_in(owner).get(f"/plans/{plan.pk}/tasks/{task.pk}/").content.decode()
    assert "Rows &amp; columns." in html
    assert "It &lt;lists&gt;." in html
    assert "class_available <bdi>app.models.Task</bdi>" in html
    assert html.index("mypy found one.") < html.index("syntax valid"), "what failed comes first"
    assert "The plan is draft." in html
    assert "Approve the plan." in html


def test_the_panel_says_why_an_atom_waits_and_what_unblocks_it(owner: User, plan: MasterPlan) -> None:
    started(plan)
    atoms = cut(plan, atoms=3)
    graph = ordered(plan, atoms, waves=3)[0].graph
    AtomDependency.objects.create(graph=graph, source=atoms[0], target=atoms[1], type="data")
    Wave.objects.filter(graph=graph, number=1).update(status="running")
    client = signed_in(owner)

    def panel(atom: Atom) -> str:
        return client.get(f"/plans/{plan.pk}/atoms/{atom.pk}/").content.decode()

    assert "It is in wave 3; wave 1 is under way." in panel(atoms[2])
    spent(atoms[0])
    Atom.objects.filter(pk=atoms[1].pk).update(status="blocked")
    assert "Its 3 attempts were in vain" in panel(atoms[0])
    assert f"It needs {atoms[0].label()}, which failed." in panel(atoms[1])
    Atom.objects.update(status="running", awaiting_decision=False)
    assert "Why it waits" not in panel(atoms[2])


def test_the_panel_of_a_blocked_task_says_what_is_missing_and_offers_a_retry(owner: User, plan: MasterPlan) -> None:
    started(plan)
    task = plan.tasks.order_by("number")[0]
    plan.tasks.filter(pk=task.pk).update(status="blocked", last_error="It needs app/b.py.")
    html = signed_in(owner).get(f"/plans/{plan.pk}/tasks/{task.pk}/").content.decode()
    assert "It needs app/b.py." in html
    assert "It has its turn when that is there; or skip it." in html
    assert "Try this task again" in html


def test_a_retry_says_its_cost_before_it_is_made(owner: User, plan: MasterPlan) -> None:
    started(plan)
    atom = cut(plan, atoms=1)[0]
    spent(atom)
    task = plan.tasks.exclude(pk=atom.task_id).first()
    assert task is not None
    client, json_wanted = signed_in(owner), {"Accept": "application/json"}
    for address in (f"atoms/{atom.pk}", f"tasks/{task.pk}"):
        told = client.post(f"/plans/{plan.pk}/{address}/retry/", {"dry_run": "1"}, headers=json_wanted).json()
        assert (told["calls"], told["attempts_left"], told["fits"], told["unpriced"]) == (1, 3, True, False)
        assert Decimal(told["cost"]) >= 0
    atom.refresh_from_db()
    assert (atom.status, atom.awaiting_decision) == ("validating", True), "nothing was tried"
    client.post(f"/plans/{plan.pk}/atoms/{atom.pk}/retry/", {"hint": "Begin at zero."}, headers=json_wanted)
    atom.refresh_from_db()
    assert (atom.status, atom.hint) == ("retrying", "Begin at zero.")


def test_a_plan_goes_on_from_an_earlier_point_that_its_page_offers(owner: User, plan: MasterPlan) -> None:
    run = started(plan)
    cut(plan, atoms=2)
    Atom.objects.update(status="accepted", accepted=F("current"))
    pause_now(run, reason="person", detail="First.", actor=SYSTEM)
    resume_run(plan=plan, actor=SYSTEM)
    pause_now(run, reason="person", detail="Second.", actor=SYSTEM)
    first = plan.snapshots.order_by("created_at")[0]
    client, json_wanted = signed_in(owner), {"Accept": "application/json"}
    place = f"/plans/{plan.pk}/control/resume/"
    assert client.post(place, {"snapshot": "nonsense"}, headers=json_wanted).status_code == 400
    assert client.post(place, {"snapshot": str(uuid.uuid4())}, headers=json_wanted).status_code == 404
    assert client.post(place, {"snapshot": str(first.pk)}, headers=json_wanted).json()["status"] == "in_progress"
    plan.refresh_from_db()
    assert plan.version == 2


def test_the_picture_of_a_graph_comes_as_places_that_the_browser_keeps(owner: User, plan: MasterPlan) -> None:
    atoms = cut(plan, atoms=40)
    graph = ordered(plan, atoms, waves=2)[0].graph
    AtomDependency.objects.create(graph=graph, source=atoms[0], target=atoms[39], type="data")
    AtomDependency.objects.create(
        graph=graph, source=atoms[39], target=atoms[0], type="type", broken=True, reason="A cycle."
    )
    client = signed_in(owner)
    answer = client.get(f"/plans/{plan.pk}/graphs/{graph.pk}/")
    layout = answer.json()
    assert "immutable" in answer["Cache-Control"]
    assert (len(layout["atoms"]), len(set(zip(layout["x"], layout["y"], strict=True)))) == (40, 40)
    place = {atom: index for index, atom in enumerate(layout["atoms"])}
    first, last = place[str(atoms[0].pk)], place[str(atoms[39].pk)]
    assert layout["edges"] == [[first, last, 1], [last, first, 3, "A cycle."]]
    assert [wave["atoms"] for wave in layout["waves"]] == [23, 17]
    assert client.get(f"/plans/{plan.pk}/graphs/{uuid.uuid4()}/").status_code == 404


def test_atoms_that_a_later_version_replaced_are_no_part_of_the_plan(owner: User, plan: MasterPlan) -> None:
    atoms = cut(plan, atoms=3)
    Atom.objects.filter(pk=atoms[0].pk).update(status="skipped")
    skipped = atoms[2].task
    Atom.objects.filter(pk=atoms[2].pk).update(status="skipped")
    type(skipped).objects.filter(pk=skipped.pk).update(status="skipped")
    shown = signed_in(owner).get(f"/plans/{plan.pk}/state/").json()["atoms"]
    assert [atom["id"] for atom in shown] == [str(atoms[1].pk), str(atoms[2].pk)], "what a person skipped was wanted"


def test_an_atom_of_a_megabyte_is_shown_in_part_and_says_so(owner: User, plan: MasterPlan) -> None:
    atom = cut(plan, atoms=1)[0]
    atom.revisions.update(text="x = '" + "y" * 1_000_000 + "'\n")
    answer = signed_in(owner).get(f"/plans/{plan.pk}/atoms/{atom.pk}/")
    assert "The first 200000 of 1000007 characters" in answer.content.decode()
    assert len(answer.content) < 300_000


def test_buttons_do_what_they_say_and_refuse_in_words(owner: User, plan: MasterPlan) -> None:
    client = signed_in(owner)
    json_wanted = {"Accept": "application/json"}
    unread = [client.post(f"/plans/{plan.pk}/control/approve/", {"version": one}) for one in ("0", "2", "one")]
    assert [answer.status_code for answer in unread] == [400, 400, 400]
    approved = client.post(f"/plans/{plan.pk}/control/approve/", {"version": "1"}, headers=json_wanted)
    assert (approved.status_code, approved.json()["status"]) == (200, "approved")
    again = client.post(f"/plans/{plan.pk}/control/approve/", headers=json_wanted)
    assert (again.status_code, again.json()["code"], again.json()["current"]) == (
        409,
        "transition_conflict",
        "approved",
    )
    assert client.post(f"/plans/{plan.pk}/control/explode/", headers=json_wanted).status_code == 400
    refused = client.post(f"/plans/{plan.pk}/control/pause/")
    assert refused.status_code == 409
    assert "Not possible in this state" in refused.content.decode()
    cancelled = client.post(f"/plans/{plan.pk}/control/cancel/", {"reason": "Too dear."})
    assert cancelled["Location"] == f"/plans/{plan.pk}/"
    plan.refresh_from_db()
    assert (plan.status, plan.cancellation_reason) == ("cancelled", "Too dear.")


def test_a_button_without_its_token_is_refused(owner: User, plan: MasterPlan) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    assert client.post(f"/plans/{plan.pk}/control/approve/").status_code == 403


def test_what_went_wrong_is_said_in_the_look_of_the_pages(
    owner: User, plan: MasterPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client(raise_request_exception=False, enforce_csrf_checks=True)
    client.force_login(owner)
    answers = {404: client.get("/nowhere/"), 403: client.post(f"/plans/{plan.pk}/control/pause/")}
    monkeypatch.setattr("execution.live.pages.plan.plan_document", lambda plan: 1 / 0)
    answers[500] = client.get(f"/plans/{plan.pk}/")
    for status, words in {404: "Nothing here", 403: "Send it once more", 500: "Something broke"}.items():
        answer = answers[status]
        assert (answer.status_code, f"<h1>{words}</h1>" in answer.content.decode()) == (status, True)
        assert 'class="button primary" href="/"' in answer.content.decode(), "there is a way on"


def test_a_way_out_of_a_failure_is_chosen_once(owner: User, plan: MasterPlan) -> None:
    started(plan)
    atom = cut(plan, atoms=1)[0]
    failure = spent(atom)
    client = signed_in(owner)
    address = f"/plans/{plan.pk}/failures/{failure.pk}/choose/"
    assert client.post(address, {"proposal": "x"}).status_code == 400
    assert client.post(address, {"proposal": "7"}).status_code == 400
    assert client.post(address, {"action": "fix"}).status_code == 400
    assert client.post(address, {"proposal": "0"}).status_code == 302
    assert client.post(address, {"proposal": "1"}, headers={"Accept": "application/json"}).status_code == 409
    atom.refresh_from_db()
    failure.refresh_from_db()
    assert (atom.status, atom.awaiting_decision) == ("retrying", False)
    assert failure.choice is not None
    assert (failure.choice["proposal"], failure.choice["by"]) == (0, "ana")


def test_a_failed_task_is_tried_again_or_skipped_by_its_owner_only(owner: User, plan: MasterPlan) -> None:
    started(plan)
    tasks = list(plan.tasks.order_by("number"))
    type(tasks[0]).objects.filter(pk__in=[task.pk for task in tasks[:2]]).update(status="failed")
    retry, skip = (f"/plans/{plan.pk}/tasks/{tasks[index].pk}/{word}/" for index, word in enumerate(["retry", "skip"]))
    json_answer = {"Accept": "application/json"}
    assert signed_in(UserFactory()).post(retry).status_code == 404
    assert signed_in(StaffFactory()).post(skip).status_code == 403
    client = signed_in(owner)
    assert client.post(f"/plans/{plan.pk}/tasks/{uuid.uuid4()}/skip/").status_code == 404
    assert client.post(retry, {"hint": "use a list"}).status_code == 302
    would = client.post(skip, {"dry_run": "1"}, headers=json_answer).json()["skipped"]
    assert [task.status for task in plan.tasks.order_by("number")[:3]] == ["pending", "failed", "pending"]
    assert client.post(skip, headers=json_answer).json()["skipped"] == would
    assert [line.split()[0] for line in would] == [task.short_id for task in tasks[1:]]
    assert {task.status for task in plan.tasks.order_by("number")[1:]} == {"skipped"}


def test_plans_are_found_by_words_and_state(owner: User, plan: MasterPlan) -> None:
    shop = MasterPlanFactory(project_name="Garden shop", discovery__conversation__workspace__owner=owner)
    MasterPlanFactory(project_name="Of somebody else")
    client = signed_in(owner)

    def names(query: str) -> list[str]:
        return [row.project_name for row in client.get(f"/?{query}").context["page"]]

    assert names("") == ["Garden shop", "Task tracker"]
    assert names("q=garden") == ["Garden shop"]
    assert names("status=draft&q=task") == ["Garden shop", "Task tracker"]
    assert names("status=completed") == []
    assert names("status=nonsense") == []
    assert names("q=%00garden") == ["Garden shop"]
    assert names("page=99") == ["Garden shop", "Task tracker"]
    assert shop.status == "draft"


def test_asking_starts_a_discovery_and_goes_to_its_page(owner: User, django_capture_on_commit_callbacks: Any) -> None:
    client = signed_in(owner)
    response = client.post("/ask/", {"request": "Create a REST API for plants", "questions": "ask"})
    discovery = DiscoveryDocument.objects.get()
    assert response["Location"] == f"/discoveries/{discovery.pk}/"
    assert (discovery.owner, discovery.unattended, discovery.auto_plan) == (owner, False, True)
    assert "Create a REST API for plants" in client.get("/").content.decode()


@pytest.mark.parametrize(("text", "status"), [("  ", 400), ("!!!", 400), ("x" * 20_001, 413), ("a\x00b", 400)])
def test_a_request_that_cannot_be_read_is_shown_again(owner: User, text: str, status: int) -> None:
    response = signed_in(owner).post("/ask/", {"request": text})
    assert response.status_code == status
    assert 'role="alert"' in response.content.decode()
    assert response.context["text"] == text
    assert DiscoveryDocument.objects.count() == 0


def test_questions_are_answered_and_what_is_left_out_gets_its_default(owner: User) -> None:
    discovery = DiscoveryFactory(conversation__workspace__owner=owner, status="awaiting_answers")
    DiscoveryQuestionFactory(discovery=discovery, key="roles")
    DiscoveryQuestionFactory(discovery=discovery, key="scale", default="Small")
    client = signed_in(owner)
    document = document_in(client.get(f"/discoveries/{discovery.pk}/").content.decode())
    assert [question["key"] for question in document["questions"]] == ["roles", "scale"]
    client.post(f"/discoveries/{discovery.pk}/answer/", {"answer.roles": "Owners", "answer.scale": " "})
    discovery.refresh_from_db()
    answers = discovery.questions.values_list("key", "answer", "answered_by")
    assert (discovery.status, list(answers)) == (
        "in_progress",
        [("roles", "Owners", "user"), ("scale", "Small", "default")],
    )
    late = client.post(f"/discoveries/{discovery.pk}/defaults/", headers={"Accept": "application/json"})
    assert (late.status_code, late.json()["code"]) == (409, "step_not_possible")


def test_a_discovery_with_a_plan_leads_to_it(owner: User, plan: MasterPlan) -> None:
    response = signed_in(owner).get(f"/discoveries/{plan.discovery_id}/")
    assert response["Location"] == f"/plans/{plan.pk}/"


def test_a_failed_step_is_shown_and_can_be_tried_again_or_given_up(owner: User) -> None:
    discovery = DiscoveryFactory(
        conversation__workspace__owner=owner, error={"detail": "No answer.", "hint": "Try again."}
    )
    client = signed_in(owner)
    document = client.get(f"/discoveries/{discovery.pk}/state/").json()
    assert document["error"] == {"detail": "No answer.", "hint": "Try again."}
    client.post(f"/discoveries/{discovery.pk}/retry/")
    assert client.get(f"/discoveries/{discovery.pk}/state/").json()["error"] is None
    client.post(f"/discoveries/{discovery.pk}/cancel/")
    discovery.refresh_from_db()
    assert discovery.status == "cancelled"
    assert client.post(f"/discoveries/{discovery.pk}/nonsense/").status_code == 400


def test_a_finished_plan_has_its_report(owner: User, plan: MasterPlan) -> None:
    run = started(plan)
    report = {"summary": "It runs.", "built": {"files": 3}, "tests": {"ran": True}, "times": {"total_seconds": 9.5}}
    type(run).objects.filter(pk=run.pk).update(report=report, precision="0.9800")
    document = signed_in(owner).get(f"/plans/{plan.pk}/state/").json()
    assert (document["report"]["summary"], document["report"]["precision"]) == ("It runs.", 0.98)
