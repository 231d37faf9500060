-- What events cause besides rows: follow-up events, tasks and notices; and the sagas that decide on
-- them over several events.

SET LOCAL search_path TO tidegate;

-- Every effect that was ever caused, so that none is caused twice: not by a repeat, a crash or a
-- replay. Its ID is derived from its cause (EventId.ofEffect). A row stays when the effect is done.
CREATE TABLE effects (
  tenant_id    text        NOT NULL,
  effect_id    uuid        NOT NULL,
  source       text        NOT NULL,
  -- The notification that caused it; of a saga's effect, the instance.
  cause        text        NOT NULL,
  -- The event type whose handler caused it, or "saga:" and the saga's name.
  handler      text        NOT NULL,
  -- Tells the effects of one cause and handler apart.
  effect_key   text        NOT NULL,
  kind         text        NOT NULL CHECK (kind IN ('EVENT', 'TASK', 'NOTICE')),
  -- The follow-up's event type, the task's kind, or the notice's template.
  effect_type  text        NOT NULL,
  -- ISSUED: it was handed over to outbox, tasks or notices; what became of it is told there.
  -- SUPPRESSED: a replay was not to cause it. CANCELLED: a saga took it back before it was done.
  -- COMPENSATED: a saga took it back after it was done.
  status       text        NOT NULL DEFAULT 'ISSUED'
    CHECK (status IN ('ISSUED', 'SUPPRESSED', 'CANCELLED', 'COMPENSATED')),
  -- What undoes a saga's effect once it is done, as JSON; null where nothing does.
  compensation jsonb,
  created_at   timestamptz NOT NULL DEFAULT now(),
  updated_at   timestamptz NOT NULL DEFAULT now(),
  -- The ID alone tells effects apart, since it follows from the cause. Behind the cause it also finds the
  -- effects of one cause, which would else take a second index of two rows an event.
  PRIMARY KEY (tenant_id, source, cause, effect_id)
);

CREATE INDEX effects_created_at ON effects (created_at);

-- Up to when the ledger has forgotten events, and with them which effects they had. A replay of an
-- event that was received before then, and is in the ledger no more, causes none unless it is to
-- cause all. One row at the most; none where nothing was forgotten.
CREATE TABLE effects_horizon (
  is_only         boolean     NOT NULL DEFAULT true CHECK (is_only) PRIMARY KEY,
  received_before timestamptz NOT NULL
);

-- Events that are to be published: the relay publishes a row, then deletes it.
CREATE TABLE outbox (
  -- Of two rows of one aggregate, the second of which was written after the first was committed, the
  -- second has the larger ID.
  outbox_id      bigint      NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- The transaction that wrote the row, or that put it forward again. The relay reads what became
  -- visible between two snapshots, and so skips nothing, whatever the order of commits.
  transaction_id xid8        NOT NULL DEFAULT pg_current_xact_id(),
  tenant_id      text        NOT NULL,
  -- The published event's notification ID: the same however often it is published.
  event_id       uuid        NOT NULL,
  source         text        NOT NULL,
  event_type     text        NOT NULL,
  -- Events of one aggregate are published in their order; it is the ordering key.
  aggregate      text        NOT NULL,
  -- Further attributes of the message: text by name.
  attributes     jsonb       NOT NULL DEFAULT '{}',
  -- The body, as it is published.
  payload        text        NOT NULL,
  created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- When and why Pub/Sub refused it for good. It waits for an operator, and its aggregate with it.
  refused_at     timestamptz,
  refusal        text,
  -- Aggregates are spread over lanes; one relay at a time works on a lane.
  lane           smallint    NOT NULL
    GENERATED ALWAYS AS ((hashtextextended(aggregate, hashtextextended(tenant_id, 0)) & 7)::smallint)
    STORED
);

-- A relay looks for what its last snapshot did not show. So it passes by the dead rows of before.
CREATE INDEX outbox_lane ON outbox (lane, transaction_id);
CREATE INDEX outbox_event_id ON outbox (event_id);
CREATE INDEX outbox_refused ON outbox (tenant_id, aggregate) WHERE refused_at IS NOT NULL;

-- Rows come and go all the time: what is dead is cleared away early.
ALTER TABLE outbox SET (
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
  autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 50000,
  autovacuum_vacuum_cost_delay = 0);

-- Wakes relays when the transaction commits. PostgreSQL commits those one after another that notify,
-- which halved what single rows reached (1,000 commits a second became 500). So while one commits
-- that notifies, the others do not: a relay that was woken looks again every few milliseconds.
CREATE FUNCTION outbox_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF pg_try_advisory_xact_lock(hashtextextended('tidegate outbox notification', 0)) THEN
    PERFORM pg_notify('tidegate_outbox', 'rows');
  END IF;
  RETURN NULL;
END
$$;

-- Deferred, so that a long transaction has the lock only while it commits.
CREATE CONSTRAINT TRIGGER outbox_written AFTER INSERT ON outbox
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION outbox_notify();

-- Work for a person or an agent. Whoever claims a task has it until its lease ends; every claim has
-- a new token, without which nothing can be said of the task.
CREATE TABLE tasks (
  tenant_id    text        NOT NULL,
  -- The effect's ID.
  task_id      uuid        NOT NULL,
  kind         text        NOT NULL,
  status       text        NOT NULL DEFAULT 'OPEN'
    CHECK (status IN ('OPEN', 'CLAIMED', 'COMPLETED', 'FAILED', 'CANCELLED')),
  -- 9 is claimed first.
  priority     smallint    NOT NULL DEFAULT 5 CHECK (priority BETWEEN 0 AND 9),
  -- When it should be done. It is only shown, and orders tasks of one priority.
  due_at       timestamptz,
  -- What it is about; task.completed and the like are published in the order of it.
  aggregate    text        NOT NULL,
  payload      jsonb       NOT NULL,
  -- The source and the cause of the effect, and how deep in a chain of effects it is.
  source       text        NOT NULL,
  cause        text        NOT NULL,
  handler      text        NOT NULL,
  effect_key   text        NOT NULL,
  depth        smallint    NOT NULL DEFAULT 1,
  -- When the cause was true, where that is known: what becomes of the task comes after it.
  as_of        timestamptz,
  -- Who claimed it last, until when, and with which token: one more with each claim.
  claimed_by   text,
  leased_until timestamptz,
  lease_token  bigint      NOT NULL DEFAULT 0,
  -- An open task is not claimed before that: it failed, and is to be tried again later.
  not_before   timestamptz,
  -- Claims so far.
  attempts     integer     NOT NULL DEFAULT 0,
  result       jsonb,
  failure      text,
  created_at   timestamptz NOT NULL DEFAULT now(),
  updated_at   timestamptz NOT NULL DEFAULT now(),
  finished_at  timestamptz,
  PRIMARY KEY (tenant_id, task_id)
);

CREATE INDEX tasks_claimable ON tasks (tenant_id, kind, priority DESC, due_at, created_at)
  WHERE status IN ('OPEN', 'CLAIMED');
CREATE INDEX tasks_created_at ON tasks (tenant_id, created_at DESC, task_id DESC);
CREATE INDEX tasks_task_id ON tasks (task_id);
CREATE INDEX tasks_finished_at ON tasks (finished_at) WHERE finished_at IS NOT NULL;

-- Messages for a person or a system. Each is published as an event of the type notice.created: who
-- delivers messages reads those.
CREATE TABLE notices (
  tenant_id  text        NOT NULL,
  -- The effect's ID, and that of the event.
  notice_id  uuid        NOT NULL,
  template   text        NOT NULL,
  recipient  text        NOT NULL,
  payload    jsonb       NOT NULL,
  source     text        NOT NULL,
  cause      text        NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, notice_id)
);

CREATE INDEX notices_recipient ON notices (tenant_id, recipient, created_at DESC);
CREATE INDEX notices_created_at ON notices (created_at);

-- What a saga has made of its instance's events. Everything here can be worked out again from
-- saga_events.
CREATE TABLE saga_instances (
  tenant_id   text        NOT NULL,
  source      text        NOT NULL,
  saga        text        NOT NULL,
  instance    text        NOT NULL,
  status      text        NOT NULL DEFAULT 'ACTIVE'
    CHECK (status IN ('ACTIVE', 'COMPLETED', 'CANCELLED', 'FAILED')),
  -- Why the last fold failed. The state is then that before the event at which it failed, and
  -- effects and deadlines are those of the last fold that did not fail.
  failure     text,
  state       jsonb       NOT NULL DEFAULT 'null',
  -- What it waits for, in the saga's words, and since when: the time of the event that said so.
  waiting_for text,
  since       timestamptz,
  -- The last event of the fold, and how many there are.
  last_event  text,
  last_type   text,
  events      integer     NOT NULL DEFAULT 0,
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, source, saga, instance)
);

CREATE INDEX saga_instances_waiting ON saga_instances (tenant_id, saga, since) WHERE status = 'ACTIVE';
CREATE INDEX saga_instances_failed ON saga_instances (tenant_id, saga) WHERE status = 'FAILED';
CREATE INDEX saga_instances_instance ON saga_instances (instance, saga);
CREATE INDEX saga_instances_ended ON saga_instances (updated_at)
  WHERE status IN ('COMPLETED', 'CANCELLED');

-- The set of events that an instance is folded from.
CREATE TABLE saga_events (
  tenant_id       text  NOT NULL,
  source          text  NOT NULL,
  saga            text  NOT NULL,
  instance        text  NOT NULL,
  notification_id text  NOT NULL,
  event_type      text  NOT NULL,
  -- The order of the fold.
  version         bytea NOT NULL,
  -- How deep in a chain of effects the event is.
  depth           smallint NOT NULL DEFAULT 0,
  -- The version of the body's schema, where only an attribute says it.
  schema_version  text,
  -- The body, compressed: read it with payload_body or payload_json.
  payload         bytea NOT NULL,
  PRIMARY KEY (tenant_id, source, saga, instance, notification_id)
);

-- The times at which sagas want to be told that time has passed: the relay then publishes
-- saga.deadline.
CREATE TABLE saga_deadlines (
  tenant_id   text        NOT NULL,
  source      text        NOT NULL,
  saga        text        NOT NULL,
  instance    text        NOT NULL,
  deadline    text        NOT NULL,
  due_at      timestamptz NOT NULL,
  -- The event's notification ID, derived from all of the above.
  event_id    uuid        NOT NULL,
  depth       smallint    NOT NULL DEFAULT 1,
  -- When the relay was told to publish the event. The row goes once the event is in the set, or
  -- the deadline is taken back.
  emitted_at  timestamptz,
  PRIMARY KEY (tenant_id, source, saga, instance, deadline, due_at)
);

CREATE INDEX saga_deadlines_due ON saga_deadlines (due_at) WHERE emitted_at IS NULL;

-- Wakes relays: a new one may be due before all others.
CREATE FUNCTION saga_deadlines_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('tidegate_outbox', 'deadline');
  RETURN NULL;
END
$$;

CREATE TRIGGER saga_deadlines_written AFTER INSERT OR UPDATE OF due_at ON saga_deadlines
FOR EACH STATEMENT EXECUTE FUNCTION saga_deadlines_notify();
