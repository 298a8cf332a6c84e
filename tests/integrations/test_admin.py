"""The admin: the ledger is read, limits are set by staff, totals by nobody."""

from __future__ import annotations

import uuid
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from common.models import PlanEvent, PlanHistory
from integrations.models import CostEstimate, CostLimit, JiraExport, JiraMapping, LearningRecord, LearningUse, LLMCall
from tests.factories import StaffFactory
from tests.integrations.test_costs import call

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("model", [LLMCall, LearningRecord, LearningUse, JiraExport, JiraMapping])
def test_records_are_listed_and_not_added_by_hand(admin_client: Client, model: type) -> None:
    name = model.__name__.lower()
    assert admin_client.get(reverse(f"admin:integrations_{name}_changelist")).status_code == 200
    assert admin_client.get(reverse(f"admin:integrations_{name}_add")).status_code == 403


def test_a_call_is_shown_and_not_changed(admin_client: Client) -> None:
    call = LLMCall.objects.create(purpose="x", provider="offline", model="offline-1", prompt_hash="x")
    page = reverse("admin:integrations_llmcall_change", args=[call.pk])
    assert admin_client.get(page).status_code == 200
    assert admin_client.post(page, {"cost": "5"}).status_code == 403


@pytest.fixture
def staff_client() -> Client:
    """Staff without any permission of their own."""
    client = Client()
    client.force_login(StaffFactory(username="rosa"))
    return client


def test_staff_raise_a_limit_and_cannot_touch_its_totals(staff_client: Client) -> None:
    plan = uuid.uuid4()
    limit = CostLimit.objects.create(plan_id=plan, spent=Decimal(7))
    page = reverse("admin:integrations_costlimit_change", args=[limit.pk])
    posted = {"soft": "60", "hard": "120", "spent": "0", "in_flight": "0", "plan_id": str(uuid.uuid4())}
    assert staff_client.post(page, {**posted, "reason": "The board agreed."}).status_code == 302
    limit.refresh_from_db()
    assert (limit.soft, limit.hard, limit.spent, limit.plan_id) == (Decimal(60), Decimal(120), Decimal(7), plan)
    row = PlanHistory.objects.get(plan_id=plan)
    assert (row.actor_name, row.reason, row.before["hard"], row.after["hard"]) == (
        "rosa",
        "The board agreed.",
        None,
        "120",
    )
    assert PlanEvent.objects.get(stream_id=plan).type == "cost_updated"


def test_staff_give_a_plan_limits_that_it_had_not(staff_client: Client) -> None:
    plan = uuid.uuid4()
    posted = {"plan_id": str(plan), "soft": "", "hard": "120"}
    assert staff_client.post(reverse("admin:integrations_costlimit_add"), posted).status_code == 302
    assert CostLimit.objects.get(plan_id=plan).hard == 120


def test_the_limits_of_everything_are_set_by_administrators(staff_client: Client, admin_client: Client) -> None:
    limit = CostLimit.objects.create(plan_id=None)
    page = reverse("admin:integrations_costlimit_change", args=[limit.pk])
    assert staff_client.get(page).status_code == 200
    assert staff_client.post(page, {"soft": "", "hard": "500"}).status_code == 403
    limit.delete()
    assert staff_client.post(reverse("admin:integrations_costlimit_add"), {"hard": "500"}).status_code == 403
    assert not CostLimit.objects.exists()
    assert admin_client.post(reverse("admin:integrations_costlimit_add"), {"hard": "500"}).status_code == 302
    assert CostLimit.objects.get(plan_id=None).hard == 500


def test_estimates_are_listed_with_what_was_spent(admin_client: Client) -> None:
    plan = uuid.uuid4()
    CostEstimate.objects.create(plan_id=plan, moment="approved", purpose="task_code", calls=2, cost=Decimal(3))
    call("1.25", plan_id=plan)
    call("4", plan_id=plan, purpose="atom_retry")
    page = admin_client.get(reverse("admin:integrations_costestimate_changelist")).content.decode()
    assert "1.25" in page
    assert "-1.75" in page


def test_a_soft_limit_above_the_hard_one_is_refused(admin_client: Client) -> None:
    limit = CostLimit.objects.create(plan_id=uuid.uuid4())
    page = reverse("admin:integrations_costlimit_change", args=[limit.pk])
    assert admin_client.post(page, {"soft": "60", "hard": "50"}).status_code == 200
    limit.refresh_from_db()
    assert limit.hard is None


def test_a_limit_with_its_totals_is_not_deleted(admin_client: Client) -> None:
    limit = CostLimit.objects.create(plan_id=uuid.uuid4())
    assert admin_client.post(reverse("admin:integrations_costlimit_delete", args=[limit.pk])).status_code == 403
