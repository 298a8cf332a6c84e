"""Addresses of the pages, at the root."""

from __future__ import annotations

from django.contrib.auth.views import LogoutView
from django.urls import path

from execution.live.pages import chats, discoveries, plan, plans
from execution.live.signing_in import SignIn

urlpatterns = [
    path("", plans.plans, name="plans"),
    path("plans/", plans.plans, name="plan-list"),
    path("ask/", plans.ask, name="ask"),
    path("chat/", chats.chats, name="chats"),
    path("chat/<uuid:conversation_id>/", chats.chat_page, name="chat-page"),
    path("chat/<uuid:conversation_id>/state/", chats.chat_state, name="chat-state"),
    path("chat/<uuid:conversation_id>/earlier/<uuid:message_id>/", chats.earlier_messages, name="chat-earlier"),
    path("login/", SignIn.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("discoveries/<uuid:discovery_id>/", discoveries.discovery_page, name="discovery-page"),
    path("discoveries/<uuid:discovery_id>/state/", discoveries.discovery_state, name="discovery-state"),
    path("discoveries/<uuid:discovery_id>/<slug:action>/", discoveries.discovery_step, name="discovery-step"),
    path("plans/<uuid:plan_id>/", plan.plan_page, name="plan-page"),
    path("plans/<uuid:plan_id>/state/", plan.plan_state, name="plan-state"),
    path("plans/<uuid:plan_id>/control/<slug:action>/", plan.control, name="plan-control"),
    path("plans/<uuid:plan_id>/atoms/<uuid:atom_id>/", plan.atom_panel, name="atom-panel"),
    path("plans/<uuid:plan_id>/atoms/<uuid:atom_id>/retry/", plan.retry_atom, name="page-atom-retry"),
    path("plans/<uuid:plan_id>/graphs/<uuid:graph_id>/", plan.graph_layout, name="graph-layout"),
    path("plans/<uuid:plan_id>/tasks/<uuid:task_id>/", plan.task_panel, name="task-panel"),
    path("plans/<uuid:plan_id>/tasks/<uuid:task_id>/retry/", plan.retry, name="page-task-retry"),
    path("plans/<uuid:plan_id>/tasks/<uuid:task_id>/skip/", plan.skip, name="page-task-skip"),
    path("plans/<uuid:plan_id>/failures/<uuid:failure_id>/choose/", plan.choose_way_out, name="choose-proposal"),
]
