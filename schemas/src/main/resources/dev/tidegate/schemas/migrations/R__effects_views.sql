-- What waits to be done: tasks, sagas, and events on their way to Pub/Sub; and what was caused.
--
-- Repeatable: it runs again whenever this file changes. CREATE OR REPLACE VIEW lets a view gain
-- columns at its end only; a column that goes, moves or changes its type needs a versioned migration
-- that drops the view first.

SET LOCAL search_path TO tidegate;

CREATE OR REPLACE VIEW tasks_open AS
SELECT
  tenant_id,
  kind,
  count(*) FILTER (WHERE NOT is_held) AS open,
  count(*) FILTER (WHERE is_held) AS claimed,
  now() - min(created_at) AS oldest_age,
  count(*) FILTER (WHERE due_at < now()) AS overdue
FROM (
  SELECT tenant_id, kind, created_at, due_at, status = 'CLAIMED' AND leased_until > now() AS is_held
  FROM tasks
  WHERE status IN ('OPEN', 'CLAIMED')) AS unfinished
GROUP BY tenant_id, kind;

COMMENT ON VIEW tasks_open IS
  'Tasks that are not finished, by kind. A claim whose lease has ended counts as open.';
COMMENT ON COLUMN tasks_open.open IS 'How many tasks anybody may claim.';
COMMENT ON COLUMN tasks_open.claimed IS 'How many tasks somebody has claimed and still holds.';
COMMENT ON COLUMN tasks_open.oldest_age IS 'The time since the oldest of these tasks was made.';
COMMENT ON COLUMN tasks_open.overdue IS 'How many tasks should be done by now.';

CREATE OR REPLACE VIEW sagas_waiting AS
SELECT tenant_id, saga, waiting_for, count(*) AS instances, min(since) AS oldest_since
FROM saga_instances
WHERE status = 'ACTIVE' AND waiting_for IS NOT NULL
GROUP BY tenant_id, saga, waiting_for;

COMMENT ON VIEW sagas_waiting IS
  'Instances of sagas that wait for something, by what they wait for. Times are those of the '
  'events that said so.';
COMMENT ON COLUMN sagas_waiting.instances IS 'How many instances wait for it.';
COMMENT ON COLUMN sagas_waiting.oldest_since IS 'Since when the first of them waits.';

CREATE OR REPLACE VIEW effects_by_kind AS
SELECT
  tenant_id,
  kind,
  effect_type,
  status,
  (created_at AT TIME ZONE 'UTC')::date AS day,
  count(*) AS effects
FROM effects
-- Older ones would make it dear, and tell nothing of today.
WHERE created_at >= now() - interval '7 days'
GROUP BY tenant_id, kind, effect_type, status, (created_at AT TIME ZONE 'UTC')::date;

COMMENT ON VIEW effects_by_kind IS
  'Effects of the last seven days, by the day in UTC on which they were caused.';
COMMENT ON COLUMN effects_by_kind.day IS 'The day (UTC) on which they were caused.';
COMMENT ON COLUMN effects_by_kind.effects IS 'How many there are.';

CREATE OR REPLACE VIEW relay_lag AS
SELECT
  count(*) FILTER (WHERE refused_at IS NULL) AS waiting,
  now() - min(created_at) FILTER (WHERE refused_at IS NULL) AS oldest_age,
  count(refused_at) AS refused
FROM outbox;

COMMENT ON VIEW relay_lag IS
  'How far the relay is behind, in one row. A refused event waits for an operator. What follows '
  'it in its aggregate waits with it, and counts as waiting.';
COMMENT ON COLUMN relay_lag.waiting IS 'How many events are to be published.';
COMMENT ON COLUMN relay_lag.oldest_age IS
  'The time since the first of them was written. Null where there is none.';
COMMENT ON COLUMN relay_lag.refused IS 'How many events Pub/Sub refused for good.';

SELECT comment_common_columns('tasks_open', 'sagas_waiting', 'effects_by_kind', 'relay_lag');
