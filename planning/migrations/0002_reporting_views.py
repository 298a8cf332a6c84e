"""The three reporting views, in SQL, usable from any tool."""

from django.db import migrations

PHASES = """
CREATE VIEW masterplan_phase_progress AS
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
CREATE VIEW masterplan_milestone_progress AS
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

# A task counts as settled when it is done or skipped, which is when a plan counts as completed.
COUNTS = """count(task.id) AS total_tasks,
       count(task.id) FILTER (WHERE task.status = 'done') AS completed_tasks,
       count(task.id) FILTER (WHERE task.status = 'failed') AS failed_tasks,
       count(task.id) FILTER (WHERE task.status = 'blocked') AS blocked_tasks,
       count(task.id) FILTER (WHERE task.status = 'skipped') AS skipped_tasks,
       CASE WHEN count(task.id) = 0 THEN 0
            ELSE round(100.0 * count(task.id) FILTER (WHERE task.status IN ('done', 'skipped')) / count(task.id), 2)
       END AS progress_percent,
       coalesce(sum(task.estimated_minutes), 0) AS estimated_minutes,
       coalesce(sum(task.actual_minutes), 0) AS actual_minutes,
       coalesce(sum(task.story_points), 0) AS story_points,
       coalesce(sum(task.story_points) FILTER (WHERE task.status = 'done'), 0) AS completed_story_points"""

EXECUTABLE = """
CREATE VIEW masterplan_executable_tasks AS
SELECT task.id AS task_id,
       task.plan_id,
       task.milestone_id,
       task.short_id,
       task.number,
       task.title,
       task.priority,
       task.complexity,
       task.estimated_minutes,
       task.created_at,
       row_number() OVER (
           PARTITION BY task.plan_id
           ORDER BY array_position(ARRAY['critical', 'high', 'medium', 'low'], task.priority::text),
                    task.created_at, task.number
       ) AS position
FROM planning_task task
WHERE task.status = 'pending'
  AND NOT EXISTS (
      SELECT 1
      FROM planning_taskdependency dependency
      JOIN planning_task needed ON needed.id = dependency.needs_id
      WHERE dependency.task_id = task.id AND needed.status <> 'done'
  )
"""


class Migration(migrations.Migration):
    dependencies = [("planning", "0001_initial")]

    operations = [
        migrations.RunSQL(PHASES.format(counts=COUNTS), "DROP VIEW masterplan_phase_progress"),
        migrations.RunSQL(MILESTONES.format(counts=COUNTS), "DROP VIEW masterplan_milestone_progress"),
        migrations.RunSQL(EXECUTABLE, "DROP VIEW masterplan_executable_tasks"),
    ]
