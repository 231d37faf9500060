-- The ledger: one row for every notification seen, and the letters that could not be delivered.
--
-- It records, it never gates: whether an event's rows are written is decided by their versions.

CREATE TABLE events (
  tenant_id              text        NOT NULL,
  source                 text        NOT NULL,
  -- The sender's ID; "pubsub-message:<id>" where the message carried none that could be read.
  notification_id        text        NOT NULL,
  -- Opaque, for URLs: derived from the three above (EventId), so that the gateway knows it before
  -- the event is here. It proves nothing: anyone who knows the three can compute it.
  event_id               uuid        NOT NULL,
  event_type             text,
  subject                text,
  status                 text        NOT NULL
    CHECK (status IN ('PROCESSED', 'UNHANDLED', 'DEAD_LETTER')),
  -- The version of the body this row describes: the newest that was not a dead letter.
  version                text        COLLATE "C" NOT NULL,
  attempts               integer     NOT NULL DEFAULT 1,
  -- How often the notification came with another body or type than the one this row described then.
  conflicts              integer     NOT NULL DEFAULT 0,
  received_at            timestamptz NOT NULL,
  published_at           timestamptz NOT NULL,
  processed_at           timestamptz NOT NULL,
  -- Milliseconds from reaching the sink, and from publication, to the transaction that wrote the
  -- event's rows: to its first statement; its batch's rows and the commit follow.
  processing_duration_ms double precision,
  latency_ms             double precision,
  error_class            text,
  error_message          text,
  signature_valid        boolean,
  request_id             text,
  attributes             jsonb       NOT NULL,
  -- The message that brought the body; null where that was a dead letter.
  message_id             text,
  -- What of the body could not be stored, while the rest was: [{"pointer": …, "rule": …}].
  warnings               jsonb,
  -- Where in event_payloads its body is. Null with --ledgerPayload=false and for dead letters; of a
  -- body that is older than --ledgerRetention nothing is there any more.
  payload_stored_on      date,
  PRIMARY KEY (tenant_id, source, notification_id)
);

CREATE UNIQUE INDEX events_event_id ON events (event_id);
CREATE INDEX events_processed_at ON events (processed_at);
CREATE INDEX events_warnings ON events (tenant_id, processed_at DESC) WHERE warnings IS NOT NULL;
CREATE INDEX events_status ON events (tenant_id, status, processed_at DESC);

-- The original bodies, apart from the ledger: so they can be dropped by the day, which costs nothing,
-- and the ledger's rows are small. A partition key would have to enter the ledger's unique key.
CREATE TABLE event_payloads (
  tenant_id       text  NOT NULL,
  source          text  NOT NULL,
  notification_id text  NOT NULL,
  -- The database's day (UTC) of writing, and not the event's: a replay of an old event is kept anew.
  stored_on       date  NOT NULL,
  -- The body as it came, where jsonb would take it, else its bytes. As json, since jsonb took twice
  -- as long to write (95 us a body of 5 KB, 56 as json); cast it where jsonb's operators are wanted.
  payload         json,
  payload_bytes   bytea,
  PRIMARY KEY (tenant_id, source, notification_id, stored_on)
) PARTITION BY RANGE (stored_on);

-- Compressing 5 KB of JSON by pglz took PostgreSQL a third of all its work for an event.
ALTER TABLE event_payloads ALTER COLUMN payload SET STORAGE EXTERNAL;

-- The pipeline makes each day's partition ahead. What it has made none for is kept here, so that a
-- missing one refuses no event.
CREATE TABLE event_payloads_default PARTITION OF event_payloads DEFAULT;
CREATE INDEX event_payloads_default_stored_on ON event_payloads_default (stored_on);

CREATE TABLE event_dead_letters (
  -- One letter for each content of a notification and stage it failed at, however often it came.
  tenant_id       text        NOT NULL,
  source          text        NOT NULL,
  notification_id text        NOT NULL,
  body_sha256     text        NOT NULL,
  -- Of the body, and of the type too where an attribute gave it: what versions end with.
  content_sha256  text        NOT NULL,
  stage           text        NOT NULL,
  dead_letter_id  uuid        NOT NULL DEFAULT gen_random_uuid(),
  event_type      text,
  error_class     text        NOT NULL,
  error_message   text        NOT NULL,
  fingerprint     text        NOT NULL,
  stack_trace     text,
  status          text        NOT NULL DEFAULT 'OPEN'
    CHECK (status IN ('OPEN', 'REPLAYED', 'DISCARDED')),
  attempts        integer     NOT NULL DEFAULT 1,
  -- The version of Tidegate, and so of the handlers, that the last attempt was made with.
  handler_version text        NOT NULL,
  -- Of the replay that succeeded; kept where a later one fails and the letter is open again.
  replayed_at     timestamptz,
  replay_id       text,
  message_id      text        NOT NULL,
  published_at    timestamptz NOT NULL,
  received_at     timestamptz NOT NULL,
  failed_at       timestamptz NOT NULL,
  attributes      jsonb       NOT NULL,
  body            bytea       NOT NULL,
  PRIMARY KEY (tenant_id, source, notification_id, content_sha256, stage)
);

CREATE UNIQUE INDEX event_dead_letters_id ON event_dead_letters (dead_letter_id);
CREATE INDEX event_dead_letters_open
  ON event_dead_letters (tenant_id, failed_at DESC) WHERE status = 'OPEN';
