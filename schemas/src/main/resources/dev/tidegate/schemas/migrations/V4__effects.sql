-- What events cause besides rows: follow-up events, tasks and notices; and the sagas that decide on
-- them over several events.

SET LOCAL search_path TO tidegate;

-- IDs are derived from causes (EventId.ofEffect).
CREATE TABLE effects (
  tenant_id    text        NOT NULL,
  effect_id    uuid        NOT NULL,
  source       text        NOT NULL,
  cause        text        NOT NULL,
  handler      text        NOT NULL,
  effect_key   text        NOT NULL,
  kind         text        NOT NULL CHECK (kind IN ('EVENT', 'TASK', 'NOTICE')),
  effect_type  text        NOT NULL,
  status       text        NOT NULL DEFAULT 'ISSUED'
    CHECK (status IN ('ISSUED', 'SUPPRESSED', 'CANCELLED', 'COMPENSATED')),
  compensation jsonb,
  created_at   timestamptz NOT NULL DEFAULT now(),
  updated_at   timestamptz NOT NULL DEFAULT now(),
  -- The ID alone tells effects apart, since it follows from the cause. Behind the cause it also finds the
  -- effects of one cause, which would else take a second index of two rows an event.
  PRIMARY KEY (tenant_id, source, cause, effect_id)
);

COMMENT ON TABLE effects IS
  'Every effect that an event or a saga ever caused, so that none is caused twice: not by a '
  'repeat, a crash or a replay. A row stays when the effect is done.';
COMMENT ON COLUMN effects.effect_id IS 'The ID of the effect. It is derived from its cause.';
COMMENT ON COLUMN effects.source IS 'The source of the event that caused it.';
COMMENT ON COLUMN effects.cause IS
  'The notification that caused it. For the effect of a saga: the instance.';
COMMENT ON COLUMN effects.handler IS
  'The event type whose handler caused it, or saga: and the name of the saga.';
COMMENT ON COLUMN effects.effect_key IS 'Tells the effects of one cause and handler apart.';
COMMENT ON COLUMN effects.kind IS 'EVENT (a follow-up event), TASK or NOTICE.';
COMMENT ON COLUMN effects.effect_type IS
  'The type of the follow-up event, the kind of the task, or the template of the notice.';
COMMENT ON COLUMN effects.status IS
  'ISSUED: it was handed over to outbox, tasks or notices, which tell what became of it. '
  'SUPPRESSED: a replay was not to cause it. CANCELLED: a saga took it back before it was done. '
  'COMPENSATED: a saga took it back after it was done.';
COMMENT ON COLUMN effects.compensation IS
  'What undoes the effect of a saga once it is done: a JSON object. Null where nothing does.';
COMMENT ON COLUMN effects.created_at IS 'When it was caused.';
COMMENT ON COLUMN effects.updated_at IS 'When this row changed last.';

CREATE INDEX effects_created_at ON effects (created_at);

CREATE TABLE effects_horizon (
  is_only         boolean     NOT NULL DEFAULT true CHECK (is_only) PRIMARY KEY,
  received_before timestamptz NOT NULL
);

COMMENT ON TABLE effects_horizon IS
  'Up to when the ledger has forgotten events, and with them which effects they had. One row at '
  'the most, and none where nothing was forgotten. A replay of an event from before that time, '
  'which the ledger has no more, causes no effects unless it is to cause all.';
COMMENT ON COLUMN effects_horizon.is_only IS 'Always true: it keeps the table to one row.';
COMMENT ON COLUMN effects_horizon.received_before IS
  'Events that were received before this time may be forgotten.';

CREATE TABLE outbox (
  -- Of two rows of one aggregate, the second of which was written after the first was committed, the
  -- second has the larger ID.
  outbox_id      bigint      NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- The relay reads what became visible between two snapshots, and so skips nothing, whatever the order
  -- of commits.
  transaction_id xid8        NOT NULL DEFAULT pg_current_xact_id(),
  tenant_id      text        NOT NULL,
  event_id       uuid        NOT NULL,
  source         text        NOT NULL,
  event_type     text        NOT NULL,
  aggregate      text        NOT NULL,
  attributes     jsonb       NOT NULL DEFAULT '{}',
  payload        text        NOT NULL,
  created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  refused_at     timestamptz,
  refusal        text,
  lane           smallint    NOT NULL
    GENERATED ALWAYS AS ((hashtextextended(aggregate, hashtextextended(tenant_id, 0)) & 7)::smallint)
    STORED
);

COMMENT ON TABLE outbox IS
  'Events that are to be published. The relay publishes a row and then deletes it.';
COMMENT ON COLUMN outbox.outbox_id IS 'The order of the rows of one aggregate.';
COMMENT ON COLUMN outbox.transaction_id IS
  'The transaction that wrote the row, or that put it forward again.';
COMMENT ON COLUMN outbox.event_id IS
  'The notification ID of the published event. It stays the same however often the event is '
  'published.';
COMMENT ON COLUMN outbox.source IS 'The source of the event.';
COMMENT ON COLUMN outbox.event_type IS 'The type of the event.';
COMMENT ON COLUMN outbox.aggregate IS
  'What the event belongs to. Events of one aggregate are published in their order: it is the '
  'ordering key.';
COMMENT ON COLUMN outbox.attributes IS 'Further attributes of the message: text by name.';
COMMENT ON COLUMN outbox.payload IS 'The body as it is published.';
COMMENT ON COLUMN outbox.created_at IS 'When the row was written.';
COMMENT ON COLUMN outbox.refused_at IS
  'When Pub/Sub refused it for good. It then waits for an operator, and its aggregate waits with '
  'it. Null where it was not refused.';
COMMENT ON COLUMN outbox.refusal IS 'Why Pub/Sub refused it. Null where it did not.';
COMMENT ON COLUMN outbox.lane IS
  'Which lane its aggregate is on. One relay at a time works on a lane.';

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

COMMENT ON FUNCTION outbox_notify IS 'The trigger that wakes relays when there are events to publish.';

-- Deferred, so that a long transaction has the lock only while it commits.
CREATE CONSTRAINT TRIGGER outbox_written AFTER INSERT ON outbox
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION outbox_notify();

CREATE TABLE tasks (
  tenant_id    text        NOT NULL,
  task_id      uuid        NOT NULL,
  kind         text        NOT NULL,
  status       text        NOT NULL DEFAULT 'OPEN'
    CHECK (status IN ('OPEN', 'CLAIMED', 'COMPLETED', 'FAILED', 'CANCELLED')),
  priority     smallint    NOT NULL DEFAULT 5 CHECK (priority BETWEEN 0 AND 9),
  due_at       timestamptz,
  aggregate    text        NOT NULL,
  payload      jsonb       NOT NULL,
  source       text        NOT NULL,
  cause        text        NOT NULL,
  handler      text        NOT NULL,
  effect_key   text        NOT NULL,
  depth        smallint    NOT NULL DEFAULT 1,
  as_of        timestamptz,
  claimed_by   text,
  leased_until timestamptz,
  lease_token  bigint      NOT NULL DEFAULT 0,
  not_before   timestamptz,
  attempts     integer     NOT NULL DEFAULT 0,
  result       jsonb,
  failure      text,
  created_at   timestamptz NOT NULL DEFAULT now(),
  updated_at   timestamptz NOT NULL DEFAULT now(),
  finished_at  timestamptz,
  PRIMARY KEY (tenant_id, task_id)
);

COMMENT ON TABLE tasks IS
  'Work for a person or an agent. Who claims a task has it until its lease ends.';
COMMENT ON COLUMN tasks.task_id IS 'The ID of the task. It is the ID of its effect.';
COMMENT ON COLUMN tasks.kind IS 'The kind of task.';
COMMENT ON COLUMN tasks.status IS 'OPEN, CLAIMED, COMPLETED, FAILED or CANCELLED.';
COMMENT ON COLUMN tasks.priority IS 'From 0 to 9. 9 is claimed first.';
COMMENT ON COLUMN tasks.due_at IS
  'When it should be done. It is shown, and orders tasks of one priority. Null where there is no '
  'such time.';
COMMENT ON COLUMN tasks.aggregate IS
  'What the task is about. Events about it, such as task.completed, are published in the order of '
  'this.';
COMMENT ON COLUMN tasks.payload IS 'What there is to do: a JSON object.';
COMMENT ON COLUMN tasks.source IS 'The source of the effect.';
COMMENT ON COLUMN tasks.cause IS 'The cause of the effect.';
COMMENT ON COLUMN tasks.handler IS 'The handler of the effect.';
COMMENT ON COLUMN tasks.effect_key IS 'The key of the effect.';
COMMENT ON COLUMN tasks.depth IS
  'How deep in a chain of effects it is. 1 for what an event from outside causes.';
COMMENT ON COLUMN tasks.as_of IS
  'When its cause was true. What becomes of the task comes after this time. Null where it is not '
  'known.';
COMMENT ON COLUMN tasks.claimed_by IS 'Who claimed it last. Null where nobody did.';
COMMENT ON COLUMN tasks.leased_until IS 'Until when that claim holds. Null where there is none.';
COMMENT ON COLUMN tasks.lease_token IS
  'The token of the last claim: one more with each claim. Without it nobody can report on the '
  'task.';
COMMENT ON COLUMN tasks.not_before IS
  'An open task is not claimed before this time: it failed, and is to be tried again later. Null '
  'where it may be claimed.';
COMMENT ON COLUMN tasks.attempts IS 'How often it was claimed.';
COMMENT ON COLUMN tasks.result IS 'What came of it, as JSON. Null before it is completed.';
COMMENT ON COLUMN tasks.failure IS 'Why it failed last. Null where it did not.';
COMMENT ON COLUMN tasks.created_at IS 'When it was made.';
COMMENT ON COLUMN tasks.updated_at IS 'When this row changed last.';
COMMENT ON COLUMN tasks.finished_at IS 'When it ended. Null before that.';

CREATE INDEX tasks_claimable ON tasks (tenant_id, kind, priority DESC, due_at, created_at)
  WHERE status IN ('OPEN', 'CLAIMED');
CREATE INDEX tasks_created_at ON tasks (tenant_id, created_at DESC, task_id DESC);
CREATE INDEX tasks_task_id ON tasks (task_id);
CREATE INDEX tasks_finished_at ON tasks (finished_at) WHERE finished_at IS NOT NULL;

CREATE TABLE notices (
  tenant_id  text        NOT NULL,
  notice_id  uuid        NOT NULL,
  template   text        NOT NULL,
  recipient  text        NOT NULL,
  payload    jsonb       NOT NULL,
  source     text        NOT NULL,
  cause      text        NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, notice_id)
);

COMMENT ON TABLE notices IS
  'Messages for a person or a system. Each is published as an event of the type notice.created. '
  'Who delivers messages reads those.';
COMMENT ON COLUMN notices.notice_id IS
  'The ID of the notice. It is the ID of its effect and of the published event.';
COMMENT ON COLUMN notices.template IS 'Which kind of message it is.';
COMMENT ON COLUMN notices.recipient IS 'Whom it is for.';
COMMENT ON COLUMN notices.payload IS 'What it says: a JSON object.';
COMMENT ON COLUMN notices.source IS 'The source of the effect.';
COMMENT ON COLUMN notices.cause IS 'The cause of the effect.';
COMMENT ON COLUMN notices.created_at IS 'When it was made.';

CREATE INDEX notices_recipient ON notices (tenant_id, recipient, created_at DESC);
CREATE INDEX notices_created_at ON notices (created_at);

CREATE TABLE saga_instances (
  tenant_id   text        NOT NULL,
  source      text        NOT NULL,
  saga        text        NOT NULL,
  instance    text        NOT NULL,
  status      text        NOT NULL DEFAULT 'ACTIVE'
    CHECK (status IN ('ACTIVE', 'COMPLETED', 'CANCELLED', 'FAILED')),
  failure     text,
  state       jsonb       NOT NULL DEFAULT 'null',
  waiting_for text,
  since       timestamptz,
  last_event  text,
  last_type   text,
  events      integer     NOT NULL DEFAULT 0,
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, source, saga, instance)
);

COMMENT ON TABLE saga_instances IS
  'What each saga has made of the events of each of its instances. All of it can be worked out '
  'again from saga_events.';
COMMENT ON COLUMN saga_instances.source IS 'The source of the saga.';
COMMENT ON COLUMN saga_instances.saga IS 'The name of the saga.';
COMMENT ON COLUMN saga_instances.instance IS
  'The name of the instance, such as an order''s number.';
COMMENT ON COLUMN saga_instances.status IS 'ACTIVE, COMPLETED, CANCELLED or FAILED.';
COMMENT ON COLUMN saga_instances.failure IS
  'Why the last run over the events failed. The state is then the one before the event at which '
  'it failed. Effects and deadlines are those of the last run that did not fail. Null where it '
  'did not fail.';
COMMENT ON COLUMN saga_instances.state IS 'What the saga knows, as JSON.';
COMMENT ON COLUMN saga_instances.waiting_for IS
  'What it waits for, in the saga''s words. Null where it waits for nothing.';
COMMENT ON COLUMN saga_instances.since IS
  'Since when it waits: the time of the event that said so. Null where it waits for nothing.';
COMMENT ON COLUMN saga_instances.last_event IS
  'The notification ID of the last event that it has taken in.';
COMMENT ON COLUMN saga_instances.last_type IS 'The type of that event.';
COMMENT ON COLUMN saga_instances.events IS 'How many events it has taken in.';
COMMENT ON COLUMN saga_instances.created_at IS 'When it began.';
COMMENT ON COLUMN saga_instances.updated_at IS 'When this row changed last.';

CREATE INDEX saga_instances_waiting ON saga_instances (tenant_id, saga, since) WHERE status = 'ACTIVE';
CREATE INDEX saga_instances_failed ON saga_instances (tenant_id, saga) WHERE status = 'FAILED';
CREATE INDEX saga_instances_instance ON saga_instances (instance, saga);
CREATE INDEX saga_instances_ended ON saga_instances (updated_at)
  WHERE status IN ('COMPLETED', 'CANCELLED');

CREATE TABLE saga_events (
  tenant_id       text  NOT NULL,
  source          text  NOT NULL,
  saga            text  NOT NULL,
  instance        text  NOT NULL,
  notification_id text  NOT NULL,
  event_type      text  NOT NULL,
  version         bytea NOT NULL,
  depth           smallint NOT NULL DEFAULT 0,
  schema_version  text,
  payload         bytea NOT NULL,
  PRIMARY KEY (tenant_id, source, saga, instance, notification_id)
);

COMMENT ON TABLE saga_events IS
  'The events of each instance of a saga. Its state follows from them, in the order of their '
  'versions.';
COMMENT ON COLUMN saga_events.source IS 'The source of the saga.';
COMMENT ON COLUMN saga_events.saga IS 'The name of the saga.';
COMMENT ON COLUMN saga_events.instance IS 'The name of the instance.';
COMMENT ON COLUMN saga_events.notification_id IS 'The ID of the event''s notification.';
COMMENT ON COLUMN saga_events.event_type IS 'The type of the event.';
COMMENT ON COLUMN saga_events.version IS
  'The version of the event. The saga takes events in the order of it.';
COMMENT ON COLUMN saga_events.depth IS
  'How deep in a chain of effects the event is. 0 for events from outside.';
COMMENT ON COLUMN saga_events.schema_version IS
  'The version of the body''s schema, where only an attribute says it. Null elsewhere.';
COMMENT ON COLUMN saga_events.payload IS
  'The body, compressed. Read it with payload_json or payload_body.';

CREATE TABLE saga_deadlines (
  tenant_id   text        NOT NULL,
  source      text        NOT NULL,
  saga        text        NOT NULL,
  instance    text        NOT NULL,
  deadline    text        NOT NULL,
  due_at      timestamptz NOT NULL,
  event_id    uuid        NOT NULL,
  depth       smallint    NOT NULL DEFAULT 1,
  emitted_at  timestamptz,
  PRIMARY KEY (tenant_id, source, saga, instance, deadline, due_at)
);

COMMENT ON TABLE saga_deadlines IS
  'The times at which sagas want to be told that time has passed. The relay then publishes '
  'saga.deadline.';
COMMENT ON COLUMN saga_deadlines.source IS 'The source of the saga.';
COMMENT ON COLUMN saga_deadlines.saga IS 'The name of the saga.';
COMMENT ON COLUMN saga_deadlines.instance IS 'The name of the instance.';
COMMENT ON COLUMN saga_deadlines.deadline IS 'The saga''s name of the deadline.';
COMMENT ON COLUMN saga_deadlines.due_at IS 'When the saga wants to be told.';
COMMENT ON COLUMN saga_deadlines.event_id IS
  'The notification ID of the event saga.deadline. It is derived from all columns before it.';
COMMENT ON COLUMN saga_deadlines.depth IS 'How deep in a chain of effects that event is.';
COMMENT ON COLUMN saga_deadlines.emitted_at IS
  'When the relay was told to publish the event. Null before that. The row is deleted once the '
  'saga has the event, or takes the deadline back.';

CREATE INDEX saga_deadlines_due ON saga_deadlines (due_at) WHERE emitted_at IS NULL;

CREATE FUNCTION saga_deadlines_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('tidegate_outbox', 'deadline');
  RETURN NULL;
END
$$;

COMMENT ON FUNCTION saga_deadlines_notify IS
  'The trigger that wakes relays for a new deadline: it may be due before all others.';

CREATE TRIGGER saga_deadlines_written AFTER INSERT OR UPDATE OF due_at ON saga_deadlines
FOR EACH STATEMENT EXECUTE FUNCTION saga_deadlines_notify();

SELECT comment_common_columns(
  'effects', 'effects_horizon', 'outbox', 'tasks', 'notices', 'saga_instances', 'saga_events',
  'saga_deadlines');
