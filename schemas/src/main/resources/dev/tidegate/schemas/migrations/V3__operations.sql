-- What operators do: replays, and who did what.

SET LOCAL search_path TO tidegate;

CREATE TABLE replays (
  -- Whose events are replayed; empty where a platform operator replays several tenants'.
  tenant_id           text        NOT NULL,
  -- The tenants that the requester may replay, whatever the filter says; null for every tenant.
  tenant_scope        text[],
  -- Also the attribute replay_id of every event that it publishes.
  replay_id           uuid        NOT NULL,
  status              text        NOT NULL DEFAULT 'RUNNING'
    CHECK (status IN ('RUNNING', 'PAUSED', 'CANCELLED', 'COMPLETED', 'FAILED')),
  -- Where events are read: event_dead_letters, the ledger with event_payloads, or, for events that
  -- are named, the one or the other.
  origin              text        NOT NULL CHECK (origin IN ('DEAD_LETTERS', 'LEDGER', 'EVENTS')),
  filter              jsonb       NOT NULL,
  -- What is done with each event: it is published again; or its dead letters will not be.
  action              text        NOT NULL DEFAULT 'REPLAY' CHECK (action IN ('REPLAY', 'DISCARD')),
  -- Why, in the words of the operator.
  cause               text,
  -- Which effects its events may cause: also their attribute effects, there in small letters.
  effects             text        NOT NULL DEFAULT 'NONE'
    CHECK (effects IN ('NONE', 'MISSING', 'ALL')),
  events_per_second   double precision NOT NULL,
  -- What the filter let through when the replay was asked for.
  selected            bigint      NOT NULL,
  published           bigint      NOT NULL DEFAULT 0,
  -- What Pub/Sub would never take, being too large; it stays where it was.
  refused             bigint      NOT NULL DEFAULT 0,
  -- The key of the last row that was done with: everything up to it is published or refused.
  position_key        text[],
  -- How many turns in a row made no progress, when the next one may be, and why it waits or failed.
  attempts            integer     NOT NULL DEFAULT 0,
  next_attempt_at     timestamptz NOT NULL DEFAULT now(),
  reason              text,
  -- The turn that it has: a new token for each claim, without which no run may write. The turn is
  -- over when its time is up.
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

CREATE UNIQUE INDEX replays_id ON replays (replay_id);
CREATE INDEX replays_at_work ON replays (next_attempt_at, replay_id)
  WHERE status NOT IN ('PAUSED', 'CANCELLED', 'COMPLETED', 'FAILED');

-- Every action of an operator, and every one that was refused for want of a right.
CREATE TABLE audit_records (
  -- Whose things were acted on; empty where several tenants' were.
  tenant_id       text        NOT NULL,
  recorded_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  audit_id        uuid        NOT NULL DEFAULT gen_random_uuid(),
  -- A user, or an API key by its id.
  actor           text,
  actor_tenant_id text        NOT NULL,
  action          text        NOT NULL,
  -- What was acted on, as the API names it: evt_…, a replay's ID, a fingerprint.
  target          text,
  outcome         text        NOT NULL CHECK (outcome IN ('DONE', 'REFUSED')),
  -- What the gateway calls the request, and what the caller calls it.
  request_id      text        NOT NULL,
  client_request_id text,
  details         jsonb       NOT NULL DEFAULT '{}',
  PRIMARY KEY (tenant_id, recorded_at, audit_id)
);

-- A user's own events. Webhooks have no subject, and cost nothing here.
CREATE INDEX events_subject
  ON events (tenant_id, subject, processed_at DESC) WHERE subject IS NOT NULL;
CREATE INDEX event_dead_letters_fingerprint
  ON event_dead_letters (tenant_id, fingerprint, failed_at DESC);
