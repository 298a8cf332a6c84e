"""What a plan costs, was expected to and may: read by those who see the plan, limits set by staff."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.errors import NotPermitted
from integrations.llm.cost_limits import limit_status, set_limits
from integrations.llm.costs import cost_share, plan_spending
from integrations.llm.estimates import Outcome, outcomes_of
from planning.api.people import actor_of, person
from planning.models import MasterPlan
from planning.selectors.access import plan_for
from planning.selectors.costs import cost_tree


def dollars(**options: Any) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=14, decimal_places=6, **options)


class OutcomeSerializer(serializers.Serializer[Outcome]):
    """The estimate of one purpose and what came of it; `error` above zero means that it cost more."""

    purpose = serializers.CharField()
    expected_calls = serializers.DecimalField(max_digits=10, decimal_places=2)
    calls = serializers.IntegerField()
    estimated = dollars()
    spent = dollars()
    error = dollars()
    error_percent = serializers.FloatField(allow_null=True)


class TaskCostSerializer(serializers.Serializer[Any]):
    short_id = serializers.CharField()
    name = serializers.CharField()
    cost = dollars()


class MilestoneCostSerializer(TaskCostSerializer):
    parts = TaskCostSerializer(many=True)


class PhaseCostSerializer(TaskCostSerializer):
    parts = MilestoneCostSerializer(many=True)


class CostSerializer(serializers.Serializer[Any]):
    """Dollars and tokens of a plan's build, with its estimate and limits. `planning` is what making the plan cost."""

    spent = dollars()
    reserved = dollars()
    planning = dollars()
    estimated = dollars()
    error = dollars()
    error_percent = serializers.FloatField(allow_null=True)
    soft_limit = dollars()
    hard_limit = dollars()
    remaining = dollars()
    calls = serializers.IntegerField()
    unpriced_calls = serializers.IntegerField()
    tokens_in = serializers.IntegerField()
    tokens_out = serializers.IntegerField()
    cache_share = serializers.FloatField()
    by_purpose = serializers.DictField(child=dollars())
    outcomes = OutcomeSerializer(many=True)
    phases = PhaseCostSerializer(many=True)
    elsewhere = dollars()


class LimitSerializer(serializers.Serializer[Any]):
    """`null` is the default of the settings."""

    soft = dollars(allow_null=True, min_value=Decimal(0))
    hard = dollars(allow_null=True, min_value=Decimal(0))
    reason = serializers.CharField(max_length=2_000, required=False, default="", allow_blank=True)


class LimitStatusSerializer(serializers.Serializer[Any]):
    scope = serializers.CharField()
    spent = dollars()
    in_flight = dollars()
    soft = dollars()
    hard = dollars()
    remaining = dollars()


class Cost(APIView):
    @extend_schema(operation_id="masterplans_cost", responses=CostSerializer)
    def get(self, request: Request, pk: uuid.UUID) -> Response:
        """What was spent, by purpose and by phase, milestone and task; what was expected; what may be."""
        return Response(CostSerializer(cost_of(plan_for(request.user, pk))).data)


class CostLimit(APIView):
    @extend_schema(operation_id="masterplans_cost_limit", request=LimitSerializer, responses=LimitStatusSerializer)
    def put(self, request: Request, pk: uuid.UUID) -> Response:
        """Set the plan's limits (staff), in force with the next call. A paused plan goes on when it is resumed."""
        plan = plan_for(request.user, pk)
        if not person(request).is_staff:
            raise NotPermitted("Limits are raised by staff.", hint="Ask an administrator.")
        given = LimitSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        status = set_limits(plan.pk, actor=actor_of(request), **given.validated_data)
        return Response(LimitStatusSerializer({**asdict(status), "remaining": status.remaining}).data)


def cost_of(plan: MasterPlan) -> dict[str, Any]:
    """Seven queries, whatever the size of the plan."""
    spent, limits, tree = plan_spending(plan.pk), limit_status(plan.pk), cost_tree(plan)
    whole = Outcome("", Decimal(0), spent.calls, plan.estimated_cost, spent.cost)
    return {
        "spent": spent.cost,
        "reserved": spent.in_flight,
        "planning": plan.generation_cost,
        "estimated": plan.estimated_cost,
        "error": whole.error,
        "error_percent": whole.error_percent,
        "soft_limit": limits.soft,
        "hard_limit": limits.hard,
        "remaining": limits.remaining,
        "calls": spent.calls,
        "unpriced_calls": spent.unpriced_calls,
        "tokens_in": spent.tokens_in,
        "tokens_out": spent.tokens_out,
        "cache_share": spent.cache_share,
        "by_purpose": cost_share(plan.pk),
        "outcomes": outcomes_of(plan.pk),
        "phases": tree.phases,
        "elsewhere": tree.elsewhere,
    }
