"""The execution half of the API. Its v1 routes are listed before those of planning and win."""

from __future__ import annotations

from django.urls import URLPattern, path

from execution.api import atoms, costs, flags, memory, metrics, modifications, plans, tasks, waves

v1: list[URLPattern] = [
    path("masterplans/<uuid:pk>/approve/", plans.ApproveAndBuild.as_view(), name="masterplan-approve"),
    path("masterplans/<uuid:pk>/execute/", plans.Execute.as_view(), name="masterplan-execute"),
    path("masterplans/<uuid:pk>/progress/", plans.Progress.as_view(), name="masterplan-progress"),
    path("masterplans/<uuid:pk>/pause/", plans.Pause.as_view(), name="masterplan-pause"),
    path("masterplans/<uuid:pk>/resume/", plans.Resume.as_view(), name="masterplan-resume"),
    path("masterplans/<uuid:pk>/cancel/", plans.Cancel.as_view(), name="masterplan-cancel"),
    path("masterplans/<uuid:pk>/snapshots/", plans.Snapshots.as_view(), name="masterplan-snapshots"),
    path("masterplans/<uuid:pk>/cost/", costs.Cost.as_view(), name="masterplan-cost"),
    path("masterplans/<uuid:pk>/cost-limit/", costs.CostLimit.as_view(), name="masterplan-cost-limit"),
    path("masterplans/<uuid:pk>/report/", plans.ReportView.as_view(), name="masterplan-report"),
    path("masterplans/<uuid:pk>/download/", plans.Download.as_view(), name="masterplan-download"),
    path("masterplans/<uuid:pk>/files/", plans.Files.as_view(), name="masterplan-files"),
    path("masterplans/<uuid:pk>/files/<path:path>", plans.File.as_view(), name="masterplan-file"),
    path(
        "masterplans/<uuid:pk>/modifications/",
        modifications.PlanModifications.as_view(),
        name="masterplan-modifications",
    ),
    path(
        "masterplans/<uuid:pk>/versions/<int:number>/restore/",
        modifications.RestoreVersion.as_view(),
        name="masterplan-version-restore",
    ),
    path("modifications/<uuid:pk>/", modifications.ModificationDetail.as_view(), name="modification"),
    path("modifications/<uuid:pk>/approve/", modifications.ModificationApprove.as_view(), name="modification-approve"),
    path("modifications/<uuid:pk>/reject/", modifications.ModificationReject.as_view(), name="modification-reject"),
    path("modifications/<uuid:pk>/adjust/", modifications.ModificationAdjust.as_view(), name="modification-adjust"),
    path("tasks/<uuid:pk>/retry/", tasks.RetryTask.as_view(), name="task-retry"),
    path("tasks/<uuid:pk>/fix/", tasks.FixTask.as_view(), name="task-fix"),
    path("tasks/<uuid:pk>/skip/", tasks.SkipTask.as_view(), name="task-skip"),
    path("failures/<uuid:pk>/", atoms.FailureDetail.as_view(), name="failure"),
    path("failures/<uuid:pk>/choose/", atoms.FailureChoose.as_view(), name="failure-choose"),
]

v2: list[URLPattern] = [
    path("atoms/", atoms.AtomList.as_view(), name="atoms"),
    path("atoms/<uuid:pk>/", atoms.AtomDetail.as_view(), name="atom"),
    path("atoms/<uuid:pk>/attempts/", atoms.AttemptList.as_view(), name="atom-attempts"),
    path("graphs/<uuid:pk>/", atoms.GraphDetail.as_view(), name="graph"),
    path("graphs/<uuid:pk>/waves/", atoms.GraphWaves.as_view(), name="graph-waves"),
    path("graphs/<uuid:pk>/visualize/", atoms.GraphPicture.as_view(), name="graph-visualize"),
    path("execution/start/", plans.StartExecution.as_view(), name="execution-start"),
    path("execution/status/<uuid:pk>/", plans.ExecutionStatus.as_view(), name="execution-status"),
    path("execution/waves/", waves.PlanWaves.as_view(), name="execution-waves"),
    path("execution/waves/<uuid:pk>/execute/", waves.ExecuteWave.as_view(), name="wave-execute"),
    path("execution/waves/<uuid:pk>/retry/", waves.RetryWave.as_view(), name="wave-retry"),
    path("retry/<uuid:pk>/", atoms.RetryAtom.as_view(), name="atom-retry"),
    path("memory/search/", memory.MemorySearch.as_view(), name="memory-search"),
    path("memory/stats/", memory.MemoryStats.as_view(), name="memory-stats"),
    path("metrics/", metrics.MetricsView.as_view(), name="metrics-json"),
    path("flags/", flags.FlagsView.as_view(), name="flags"),
]
