"""The list of plans, and the form that asks for a new project."""

from __future__ import annotations

from typing import cast

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from common.configuration import configuration
from common.errors import DevMatrixError
from execution.live.selectors.lists import listed_plans, open_discoveries
from planning.services.intake import start_discovery
from planning.states import PlanStatus

PLANS_ON_A_PAGE = 25


@require_GET
@login_required
def plans(request: HttpRequest) -> HttpResponse:
    return _page(request)


@require_http_methods(["GET", "POST"])
@login_required
def ask(request: HttpRequest) -> HttpResponse:
    """A request in plain words starts a discovery; one that is refused is shown again with the reason."""
    if request.method == "GET":
        return redirect("plans")
    text = request.POST.get("request", "")
    unattended = request.POST.get("questions") != "ask"
    try:
        discovery = start_discovery(
            owner=cast("User", request.user), request=text, unattended=unattended, auto_plan=True, engine_options=None
        )
    except DevMatrixError as error:
        return _page(request, text=text, unattended=unattended, error=error)
    return redirect("discovery-page", discovery.pk)


def _page(
    request: HttpRequest, *, text: str = "", unattended: bool = False, error: DevMatrixError | None = None
) -> HttpResponse:
    user = cast("User", request.user)
    search, status = request.GET.get("q", "").strip(), request.GET.get("status", "")
    page = Paginator(listed_plans(user, search=search, status=status), PLANS_ON_A_PAGE).get_page(
        request.GET.get("page")
    )
    context = {
        "page": page,
        "search": search,
        "status": status,
        "statuses": PlanStatus.choices,
        "discoveries": open_discoveries(user)[:10],
        "text": text,
        "unattended": unattended,
        "error": error,
        "max_chars": configuration().max_request_chars,
    }
    return render(request, "live/plans.html", context, status=error.status if error else 200)
