"""Progress counts what is under way: the code of a task by its share, not only tasks that are done."""

from django.db import migrations, models

PHASES = """
CREATE OR REPLACE VIEW masterplan_phase_progress AS
SELECT phase.id AS phase_id,
       phase.plan_id,
       phase.short_id,
       phase.number,
       phase.name,
       phase.status,
       {counts}
FROM planning_phase phase
LEFT JOIN planning_milestone milestone ON milestone.phase_id = phase.id
LEFT JOIN planning_task task ON task.milestone_id = milestone.id
GROUP BY phase.id
"""

MILESTONES = """
CREATE OR REPLACE VIEW masterplan_milestone_progress AS
SELECT milestone.id AS milestone_id,
       milestone.plan_id,
       milestone.phase_id,
       milestone.short_id,
       milestone.number,
       milestone.name,
       milestone.status,
       {counts}
FROM planning_milestone milestone
LEFT JOIN planning_task task ON task.milestone_id = milestone.id
GROUP BY milestone.id
"""

COUNTS = """count(task.id) AS total_tasks,
       count(task.id) FILTER (WHERE task.status = 'done') AS completed_tasks,
       count(task.id) FILTER (WHERE task.status = 'failed') AS failed_tasks,
       count(task.id) FILTER (WHERE task.status = 'blocked') AS blocked_tasks,
       count(task.id) FILTER (WHERE task.status = 'skipped') AS skipped_tasks,
       {progress} AS progress_percent,
       coalesce(sum(task.estimated_minutes), 0) AS estimated_minutes,
       coalesce(sum(task.actual_minutes), 0) AS actual_minutes,
       coalesce(sum(task.story_points), 0) AS story_points,
       coalesce(sum(task.story_points) FILTER (WHERE task.status = 'done'), 0) AS completed_story_points"""

BEFORE = """CASE WHEN count(task.id) = 0 THEN 0
            ELSE round(100.0 * count(task.id) FILTER (WHERE task.status IN ('done', 'skipped')) / count(task.id), 2)
       END"""

AFTER = """coalesce(round(avg(CASE WHEN task.status IN ('done', 'skipped') THEN 100
                               WHEN task.status = 'tested' THEN 95
                               WHEN task.status = 'ready_for_test' THEN 90
                               ELSE 0.9 * task.code_percent END) FILTER (WHERE task.id IS NOT NULL), 2), 0)"""


def views(progress: str) -> str:
    counts = COUNTS.format(progress=progress)
    return ";".join(view.format(counts=counts) for view in (PHASES, MILESTONES))


class Migration(migrations.Migration):
    dependencies = [("planning", "0003_service_design")]

    operations = [
        migrations.AddField("task", "code_percent", models.DecimalField(decimal_places=2, default=0, max_digits=5)),
        migrations.RunSQL(views(AFTER), views(BEFORE)),
    ]
