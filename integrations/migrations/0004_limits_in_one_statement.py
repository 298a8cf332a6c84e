"""What a call takes from the limits before it and settles after it: one round trip each, in the database's own words."""

from django.db import migrations

TAKE = """
-- Takes an amount from the plan's limit and from that of everything, or from neither: then the limits without room are
-- answered. Both rows are locked before they are looked at, the plan's always first, so that nobody deadlocks.
CREATE FUNCTION llm_take(plan uuid, amount numeric, default_hard numeric) RETURNS SETOF integrations_costlimit AS $$
BEGIN
  IF amount = 0 THEN
    RETURN;
  END IF;
  IF (SELECT count(*) FROM integrations_costlimit WHERE plan_id = plan OR plan_id IS NULL) < 1 + num_nonnulls(plan) THEN
    INSERT INTO integrations_costlimit (id, created_at, updated_at, plan_id, spent, in_flight)
    VALUES (gen_random_uuid(), now(), now(), plan, 0, 0), (gen_random_uuid(), now(), now(), NULL, 0, 0)
    ON CONFLICT DO NOTHING;
  END IF;
  PERFORM FROM integrations_costlimit WHERE plan_id = plan OR plan_id IS NULL ORDER BY plan_id NULLS LAST FOR UPDATE;
  RETURN QUERY
    SELECT * FROM integrations_costlimit
    WHERE (plan_id = plan OR plan_id IS NULL) AND spent + in_flight + amount > coalesce(hard, default_hard)
    ORDER BY plan_id NULLS LAST;
  IF NOT FOUND THEN
    UPDATE integrations_costlimit SET in_flight = in_flight + amount WHERE plan_id = plan OR plan_id IS NULL;
  END IF;
END $$ LANGUAGE plpgsql
"""

SETTLE = """
-- Gives back to the limits what a call had taken and charges what it cost; answers them as they stand then.
-- Lazily: the commit does not wait for the disk. Should the server crash in that moment, the call is in flight again and
-- is lost at its worst case later: more than it cost, never less. Whatever is committed after it keeps it, too.
CREATE FUNCTION llm_settle(plan uuid, taken numeric, cost numeric, lazily boolean)
RETURNS SETOF integrations_costlimit AS $$
BEGIN
  IF lazily THEN
    SET LOCAL synchronous_commit = off;
  END IF;
  IF taken = 0 AND cost = 0 THEN
    RETURN;
  END IF;
  PERFORM FROM integrations_costlimit WHERE plan_id = plan OR plan_id IS NULL ORDER BY plan_id NULLS LAST FOR UPDATE;
  RETURN QUERY
    UPDATE integrations_costlimit SET in_flight = in_flight - taken, spent = spent + cost
    WHERE plan_id = plan OR plan_id IS NULL
    RETURNING *;
END $$ LANGUAGE plpgsql
"""


class Migration(migrations.Migration):
    dependencies = [("integrations", "0003_memory_lookups_and_outcomes")]

    operations = [
        migrations.RunSQL(TAKE, "DROP FUNCTION llm_take(uuid, numeric, numeric)"),
        migrations.RunSQL(SETTLE, "DROP FUNCTION llm_settle(uuid, numeric, numeric, boolean)"),
    ]
