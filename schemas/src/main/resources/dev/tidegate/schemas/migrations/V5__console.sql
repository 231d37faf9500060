-- What operators look at: figures by the minute, failures by why, and what happened to an event.

SET LOCAL search_path TO tidegate;

-- How many events of a kind were committed in a minute, and how long they took from publication. The
-- pipeline adds to it in the transaction of the events. Each writer has rows of its own, or writers
-- would wait for one another.
CREATE TABLE event_rollups (
  tenant_id   text        NOT NULL,
  minute      timestamptz NOT NULL,
  source      text        NOT NULL,
  -- Empty for a type that no handler knows: such types are the senders' to choose.
  event_type  text        NOT NULL,
  status      text        NOT NULL
    CHECK (status IN ('PROCESSED', 'UNHANDLED', 'DUPLICATE', 'DEAD_LETTER')),
  writer      smallint    NOT NULL,
  events      bigint      NOT NULL,
  millis_sum  double precision NOT NULL,
  -- Of those that took at most so many milliseconds, and longer than the column before says.
  le_10       bigint      NOT NULL DEFAULT 0,
  le_25       bigint      NOT NULL DEFAULT 0,
  le_50       bigint      NOT NULL DEFAULT 0,
  le_75       bigint      NOT NULL DEFAULT 0,
  le_100      bigint      NOT NULL DEFAULT 0,
  le_150      bigint      NOT NULL DEFAULT 0,
  le_250      bigint      NOT NULL DEFAULT 0,
  le_500      bigint      NOT NULL DEFAULT 0,
  le_1000     bigint      NOT NULL DEFAULT 0,
  le_2500     bigint      NOT NULL DEFAULT 0,
  le_5000     bigint      NOT NULL DEFAULT 0,
  le_10000    bigint      NOT NULL DEFAULT 0,
  le_60000    bigint      NOT NULL DEFAULT 0,
  le_infinity bigint      NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant_id, minute, source, event_type, status, writer)
);

CREATE INDEX event_rollups_minute ON event_rollups (minute);

-- The same by the hour, for long charts: worked out from the minutes once an hour is over.
CREATE TABLE event_rollups_hourly (
  LIKE event_rollups INCLUDING DEFAULTS INCLUDING CONSTRAINTS
);
ALTER TABLE event_rollups_hourly DROP COLUMN writer;
ALTER TABLE event_rollups_hourly RENAME COLUMN minute TO hour;
ALTER TABLE event_rollups_hourly ADD PRIMARY KEY (tenant_id, hour, source, event_type, status);
CREATE INDEX event_rollups_hourly_hour ON event_rollups_hourly (hour);

-- Dead letters by why they failed (their fingerprint), and what operators make of that. The pipeline
-- writes the failures, in the transaction of the letters.
CREATE TABLE issues (
  tenant_id       text        NOT NULL,
  fingerprint     text        NOT NULL,
  source          text        NOT NULL,
  stage           text        NOT NULL,
  error_class     text        NOT NULL,
  -- Of the newest failure.
  error_message   text        NOT NULL,
  event_type      text,
  -- All failures so far: a letter that fails again counts again.
  failures        bigint      NOT NULL,
  first_failed_at timestamptz NOT NULL,
  last_failed_at  timestamptz NOT NULL,
  -- The releases that the first and the newest failure came with.
  first_release   text        NOT NULL,
  last_release    text        NOT NULL,
  state           text        NOT NULL DEFAULT 'OPEN'
    CHECK (state IN ('OPEN', 'ACKNOWLEDGED', 'RESOLVED', 'IGNORED')),
  owner           text,
  note            text,
  changed_by      text,
  changed_at      timestamptz,
  -- When it came back after it had been resolved, how often that was, and with which release.
  reopened_at     timestamptz,
  reopened_in     text,
  reopened        integer     NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant_id, fingerprint)
);

CREATE INDEX issues_last_failed_at ON issues (tenant_id, last_failed_at DESC, fingerprint);

-- The trend of an issue.
CREATE TABLE issue_hours (
  tenant_id   text        NOT NULL,
  fingerprint text        NOT NULL,
  hour        timestamptz NOT NULL,
  failures    bigint      NOT NULL,
  PRIMARY KEY (tenant_id, fingerprint, hour)
);

CREATE INDEX issue_hours_hour ON issue_hours (hour);

-- What happened to a notification beside its first success, which its row in the ledger tells: each
-- failure, each repeat, each replay.
CREATE TABLE event_attempts (
  tenant_id       text        NOT NULL,
  source          text        NOT NULL,
  notification_id text        NOT NULL,
  attempted_at    timestamptz NOT NULL,
  outcome         text        NOT NULL
    CHECK (outcome IN ('PROCESSED', 'UNHANDLED', 'DUPLICATE', 'DEAD_LETTER')),
  -- Where and why it failed.
  stage           text,
  error_class     text,
  error_message   text,
  fingerprint     text,
  -- The release that made the attempt.
  release         text        NOT NULL,
  message_id      text,
  replay_id       text
);

CREATE INDEX event_attempts_event
  ON event_attempts (tenant_id, source, notification_id, attempted_at);
CREATE INDEX event_attempts_replay
  ON event_attempts (tenant_id, replay_id, outcome) WHERE replay_id IS NOT NULL;
CREATE INDEX event_attempts_attempted_at ON event_attempts (attempted_at);

-- The lists of events. Of each source and type, however rare among millions of others, and of each
-- status of them: events come in the order of time, so all types together add to a few pages only.
CREATE INDEX events_type ON events (tenant_id, source, event_type, status, processed_at DESC);
-- By what a request was called. Senders may choose it, and call many requests the same.
CREATE INDEX events_request_id ON events (tenant_id, request_id, processed_at DESC)
  WHERE request_id IS NOT NULL;
-- By why they failed: it costs nothing where none does.
CREATE INDEX events_error_class ON events (tenant_id, error_class, processed_at DESC)
  WHERE error_class IS NOT NULL;

CREATE INDEX event_dead_letters_open_fingerprint
  ON event_dead_letters (tenant_id, fingerprint) WHERE status = 'OPEN';

-- What handlers would make of events: nothing of it is written to the tables.
CREATE TABLE dry_runs (
  -- Whose events they are; empty for several tenants'.
  tenant_id    text        NOT NULL,
  dry_run_id   uuid        NOT NULL,
  status       text        NOT NULL DEFAULT 'RUNNING'
    CHECK (status IN ('RUNNING', 'COMPLETED', 'CANCELLED', 'FAILED')),
  origin       text        NOT NULL,
  filter       jsonb       NOT NULL,
  -- How many events there are, and how many are done with.
  selected     bigint      NOT NULL,
  done         bigint      NOT NULL DEFAULT 0,
  reason       text,
  result       jsonb,
  requested_by text,
  requested_by_tenant text NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT now(),
  -- The instance that works on it says so from time to time.
  updated_at   timestamptz NOT NULL DEFAULT now(),
  finished_at  timestamptz,
  PRIMARY KEY (tenant_id, dry_run_id)
);

CREATE INDEX dry_runs_id ON dry_runs (dry_run_id);

-- Codes with which a browser signs in to the console, once and soon.
CREATE TABLE console_codes (
  code_sha256 text        NOT NULL PRIMARY KEY,
  -- Who asked for it, sealed.
  session     text        NOT NULL,
  expires_at  timestamptz NOT NULL
);
