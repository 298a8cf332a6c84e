"""Below ``/api/v2/review/``."""

from __future__ import annotations

from django.urls import path

from review.api import decisions, views

app_name = "review"
urlpatterns = [
    path("queue/", views.QueueView.as_view(), name="queue"),
    path("approve/", decisions.ApproveView.as_view(), name="approve"),
    path("reject/", decisions.RejectView.as_view(), name="reject"),
    path("edit/", decisions.EditView.as_view(), name="edit"),
    path("regenerate/", decisions.RegenerateView.as_view(), name="regenerate"),
    path("undo/", decisions.UndoView.as_view(), name="undo"),
    path("assign/", views.AssignView.as_view(), name="assign"),
    path("release/", views.ReleaseView.as_view(), name="release"),
    path("bulk/", views.BulkView.as_view(), name="bulk"),
    path("create/<uuid:atom_id>/", views.CreateView.as_view(), name="create"),
    path("bulk-create/<uuid:masterplan_id>/", views.BulkCreateView.as_view(), name="bulk-create"),
    path("statistics/<uuid:masterplan_id>/", views.StatisticsView.as_view(), name="statistics"),
    path("<uuid:review_id>/", views.ReviewView.as_view(), name="detail"),
]
