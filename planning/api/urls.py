"""The planning half of API v1; included below ``api/v1/``. Routes listed before it win."""

from __future__ import annotations

from django.urls import path

from planning.api.views import discoveries, jira, places, plan_parts, plans, system, tasks

urlpatterns = [
    path("auth/token/", system.TokenView.as_view(), name="auth-token"),
    path("health/", system.HealthView.as_view(), name="health"),
    path("ready/", system.ReadyView.as_view(), name="ready"),
    path("workspaces/", places.WorkspaceList.as_view(), name="workspaces"),
    path("workspaces/<uuid:pk>/", places.WorkspaceDetail.as_view(), name="workspace"),
    path("conversations/", places.ConversationList.as_view(), name="conversations"),
    path("conversations/<uuid:pk>/", places.ConversationDetail.as_view(), name="conversation"),
    path("conversations/<uuid:pk>/messages/", places.MessageList.as_view(), name="conversation-messages"),
    path("conversations/<uuid:pk>/events/", places.ConversationEvents.as_view(), name="conversation-events"),
    path("discoveries/", discoveries.DiscoveryList.as_view(), name="discoveries"),
    path("discoveries/<uuid:pk>/", discoveries.DiscoveryDetail.as_view(), name="discovery"),
    path("discoveries/<uuid:pk>/answers/", discoveries.DiscoveryAnswers.as_view(), name="discovery-answers"),
    path("discoveries/<uuid:pk>/validate/", discoveries.DiscoveryValidate.as_view(), name="discovery-validate"),
    path("discoveries/<uuid:pk>/cancel/", discoveries.DiscoveryCancel.as_view(), name="discovery-cancel"),
    path("discoveries/<uuid:pk>/retry/", discoveries.DiscoveryRetry.as_view(), name="discovery-retry"),
    path("masterplans/", plans.PlanList.as_view(), name="masterplans"),
    path("masterplans/<uuid:pk>/", plans.PlanDetail.as_view(), name="masterplan"),
    path("masterplans/<uuid:pk>/approve/", plans.PlanApprove.as_view(), name="masterplan-approve"),
    path("masterplans/<uuid:pk>/reject/", plans.PlanReject.as_view(), name="masterplan-reject"),
    path("masterplans/<uuid:pk>/progress/", plan_parts.PlanProgress.as_view(), name="masterplan-progress"),
    path(
        "masterplans/<uuid:pk>/executable-tasks/",
        plan_parts.PlanExecutableTasks.as_view(),
        name="masterplan-executable-tasks",
    ),
    path("masterplans/<uuid:pk>/history/", plan_parts.PlanHistoryList.as_view(), name="masterplan-history"),
    path("masterplans/<uuid:pk>/versions/", plan_parts.PlanVersionList.as_view(), name="masterplan-versions"),
    path(
        "masterplans/<uuid:pk>/versions/<int:number>/",
        plan_parts.PlanVersionDetail.as_view(),
        name="masterplan-version",
    ),
    path(
        "masterplans/<uuid:pk>/versions/<int:before>/diff/<int:after>/",
        plan_parts.PlanVersionDiff.as_view(),
        name="masterplan-version-diff",
    ),
    path(
        "masterplans/<uuid:pk>/versions/<int:number>/restore/",
        plan_parts.PlanVersionRestore.as_view(),
        name="masterplan-version-restore",
    ),
    path("masterplans/<uuid:pk>/tasks/", tasks.PlanTasks.as_view(), name="masterplan-tasks"),
    path("masterplans/<uuid:pk>/export/jira/", jira.JiraExport.as_view(), name="masterplan-jira"),
    path("masterplans/<uuid:pk>/export/jira.csv", jira.JiraCSV.as_view(), name="masterplan-jira-csv"),
    path("masterplans/<uuid:pk>/events/", plan_parts.PlanEvents.as_view(), name="masterplan-events"),
    path("tasks/<uuid:pk>/", tasks.TaskDetail.as_view(), name="task"),
    path("tasks/<uuid:pk>/move/", tasks.TaskMove.as_view(), name="task-move"),
]
