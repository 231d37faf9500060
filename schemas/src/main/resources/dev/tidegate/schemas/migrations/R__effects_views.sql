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
  'Tasks that are not finished. A claim whose lease has ended counts as open: anybody may claim the task. '
  'oldest_age is the time since the first of them was made; overdue counts those that should be done by now.';

CREATE OR REPLACE VIEW sagas_waiting AS
SELECT tenant_id, saga, waiting_for, count(*) AS instances, min(since) AS oldest_since
FROM saga_instances
WHERE status = 'ACTIVE' AND waiting_for IS NOT NULL
GROUP BY tenant_id, saga, waiting_for;

COMMENT ON VIEW sagas_waiting IS
  'Instances of sagas that wait for something. oldest_since is since when the first of them does, by the '
  'time of the event that said so.';

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

CREATE OR REPLACE VIEW relay_lag AS
SELECT
  count(*) FILTER (WHERE refused_at IS NULL) AS waiting,
  now() - min(created_at) FILTER (WHERE refused_at IS NULL) AS oldest_age,
  count(refused_at) AS refused
FROM outbox;

COMMENT ON VIEW relay_lag IS
  'How far the relay is behind, in one row. waiting counts the events that are to be published; oldest_age is '
  'the time since the first of them was written, and null where there is none. refused counts those that '
  'Pub/Sub refused for good: they wait for an operator. What follows one of them in its aggregate waits with '
  'it, and counts as waiting.';
