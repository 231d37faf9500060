-- What operators do: replays, and who did what.

SET LOCAL search_path TO tidegate;

CREATE TABLE replays (
  tenant_id           text        NOT NULL,
  tenant_scope        text[],
  replay_id           uuid        NOT NULL,
  status              text        NOT NULL DEFAULT 'RUNNING'
    CHECK (status IN ('RUNNING', 'PAUSED', 'CANCELLED', 'COMPLETED', 'FAILED')),
  origin              text        NOT NULL
    CHECK (origin IN ('DEAD_LETTERS', 'LEDGER', 'EVENTS', 'ARCHIVE')),
  runner              text        NOT NULL DEFAULT 'GATEWAY' CHECK (runner IN ('GATEWAY', 'COMMAND')),
  filter              jsonb       NOT NULL,
  action              text        NOT NULL DEFAULT 'REPLAY' CHECK (action IN ('REPLAY', 'DISCARD')),
  cause               text,
  effects             text        NOT NULL DEFAULT 'NONE'
    CHECK (effects IN ('NONE', 'MISSING', 'ALL')),
  events_per_second   double precision NOT NULL,
  selected            bigint      NOT NULL,
  published           bigint      NOT NULL DEFAULT 0,
  refused             bigint      NOT NULL DEFAULT 0,
  position_key        text[],
  attempts            integer     NOT NULL DEFAULT 0,
  next_attempt_at     timestamptz NOT NULL DEFAULT now(),
  reason              text,
  lease_token         uuid,
  leased_until        timestamptz,
  requested_by        text,
  requested_by_tenant text        NOT NULL,
  request_id          text        NOT NULL,
  created_at          timestamptz NOT NULL DEFAULT now(),
  updated_at          timestamptz NOT NULL DEFAULT now(),
  finished_at         timestamptz,
  PRIMARY KEY (tenant_id, replay_id)
);

COMMENT ON TABLE replays IS
  'Replays that operators asked the gateway for, and how far each is.';
COMMENT ON COLUMN replays.tenant_id IS
  'The tenant whose events are replayed. Empty where a replay takes the events of several.';
COMMENT ON COLUMN replays.tenant_scope IS
  'The tenants that the requester may replay, whatever the filter says. Null for every tenant.';
COMMENT ON COLUMN replays.replay_id IS
  'The ID of the replay. Every event that it publishes has it as the attribute replay_id.';
COMMENT ON COLUMN replays.status IS 'RUNNING, PAUSED, CANCELLED, COMPLETED or FAILED.';
COMMENT ON COLUMN replays.origin IS
  'Where the events are read: DEAD_LETTERS, LEDGER, or EVENTS for events that are named and may '
  'be in either. A command also reads the ARCHIVE.';
COMMENT ON COLUMN replays.runner IS
  'Who works on it: any GATEWAY, or the COMMAND that asked for it, which renews its turn.';
COMMENT ON COLUMN replays.filter IS 'Which events are chosen: a JSON object.';
COMMENT ON COLUMN replays.action IS
  'REPLAY: each event is published again. DISCARD: its dead letters are given up.';
COMMENT ON COLUMN replays.cause IS 'Why, in the operator''s words. Null where none was given.';
COMMENT ON COLUMN replays.effects IS
  'Which effects the events may cause: NONE, MISSING (those that they have not caused yet) or '
  'ALL. The attribute effects of the events says the same in small letters.';
COMMENT ON COLUMN replays.events_per_second IS
  'How many events a second are published at the most.';
COMMENT ON COLUMN replays.selected IS
  'How many events the filter chose when the replay was asked for.';
COMMENT ON COLUMN replays.published IS 'How many events have been published.';
COMMENT ON COLUMN replays.refused IS
  'How many events Pub/Sub would never take because they are too large. They stay where they '
  'were.';
COMMENT ON COLUMN replays.position_key IS
  'The key of the last row that is done: everything up to it is published or refused. Null before '
  'the first.';
COMMENT ON COLUMN replays.attempts IS 'How many turns in a row made no progress.';
COMMENT ON COLUMN replays.next_attempt_at IS 'When the next turn may begin.';
COMMENT ON COLUMN replays.reason IS 'Why it waits or failed. Null where it does neither.';
COMMENT ON COLUMN replays.lease_token IS
  'The token of the turn that is at work: a new one for each turn. Without it no run may write. '
  'Null where none is at work.';
COMMENT ON COLUMN replays.leased_until IS 'When that turn is over. Null where none is at work.';
COMMENT ON COLUMN replays.requested_by IS 'Who asked for it. Null where that is not known.';
COMMENT ON COLUMN replays.requested_by_tenant IS 'The tenant of who asked for it.';
COMMENT ON COLUMN replays.request_id IS 'The gateway''s ID of the request.';
COMMENT ON COLUMN replays.created_at IS 'When it was asked for.';
COMMENT ON COLUMN replays.updated_at IS 'When this row changed last.';
COMMENT ON COLUMN replays.finished_at IS 'When it ended. Null before that.';

CREATE UNIQUE INDEX replays_id ON replays (replay_id);
CREATE INDEX replays_at_work ON replays (next_attempt_at, replay_id)
  WHERE status NOT IN ('PAUSED', 'CANCELLED', 'COMPLETED', 'FAILED');

CREATE TABLE audit_records (
  tenant_id       text        NOT NULL,
  recorded_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  audit_id        uuid        NOT NULL DEFAULT gen_random_uuid(),
  actor           text,
  actor_tenant_id text        NOT NULL,
  action          text        NOT NULL,
  target          text,
  outcome         text        NOT NULL CHECK (outcome IN ('DONE', 'REFUSED')),
  request_id      text        NOT NULL,
  client_request_id text,
  details         jsonb       NOT NULL DEFAULT '{}',
  PRIMARY KEY (tenant_id, recorded_at, audit_id)
);

COMMENT ON TABLE audit_records IS
  'Every action of an operator, and every action that was refused because the operator lacked the '
  'right.';
COMMENT ON COLUMN audit_records.tenant_id IS
  'The tenant whose things were acted on. Empty where they were several tenants''.';
COMMENT ON COLUMN audit_records.recorded_at IS 'When it was recorded.';
COMMENT ON COLUMN audit_records.audit_id IS 'The ID of the record.';
COMMENT ON COLUMN audit_records.actor IS
  'Who acted: a user, or an API key by its ID. Null where that is not known.';
COMMENT ON COLUMN audit_records.actor_tenant_id IS 'The tenant of who acted.';
COMMENT ON COLUMN audit_records.action IS 'What was done.';
COMMENT ON COLUMN audit_records.target IS
  'What was acted on, as the API names it: evt_…, a replay''s ID, a fingerprint. Null where it is '
  'nothing single.';
COMMENT ON COLUMN audit_records.outcome IS 'DONE, or REFUSED for lack of a right.';
COMMENT ON COLUMN audit_records.request_id IS 'The gateway''s ID of the request.';
COMMENT ON COLUMN audit_records.client_request_id IS
  'The caller''s ID of the request. Null where it gave none.';
COMMENT ON COLUMN audit_records.details IS 'More of the action: a JSON object.';

-- A user's own events. Webhooks have no subject, and cost nothing here.
CREATE INDEX events_subject
  ON events (tenant_id, subject, processed_at DESC) WHERE subject IS NOT NULL;
CREATE INDEX event_dead_letters_fingerprint
  ON event_dead_letters (tenant_id, fingerprint, failed_at DESC);

SELECT comment_common_columns('replays', 'audit_records');
