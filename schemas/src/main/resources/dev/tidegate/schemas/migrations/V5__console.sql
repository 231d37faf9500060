-- What operators look at: figures by the minute, failures by why, and what happened to an event.

SET LOCAL search_path TO tidegate;

CREATE TABLE event_rollups (
  tenant_id   text        NOT NULL,
  minute      timestamptz NOT NULL,
  source      text        NOT NULL,
  event_type  text        NOT NULL,
  status      text        NOT NULL
    CHECK (status IN ('PROCESSED', 'UNHANDLED', 'DUPLICATE', 'DEAD_LETTER')),
  writer      smallint    NOT NULL,
  events      bigint      NOT NULL,
  millis_sum  double precision NOT NULL,
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

COMMENT ON TABLE event_rollups IS
  'How many events of a kind were committed in a minute, and how long they took from publication. '
  'Each writer has rows of its own: so always sum.';
COMMENT ON COLUMN event_rollups.minute IS 'The minute in which they were committed.';
COMMENT ON COLUMN event_rollups.source IS 'The source of the events.';
COMMENT ON COLUMN event_rollups.event_type IS
  'The type of the events. Empty for types that no handler knows.';
COMMENT ON COLUMN event_rollups.status IS
  'PROCESSED, UNHANDLED, DEAD_LETTER, or DUPLICATE for events in which nothing was new.';
COMMENT ON COLUMN event_rollups.writer IS
  'Which of the writers it was. It keeps them from waiting for each other.';
COMMENT ON COLUMN event_rollups.events IS 'How many events there were.';
COMMENT ON COLUMN event_rollups.millis_sum IS
  'The sum of their latencies, from publication to commit, in milliseconds.';
COMMENT ON COLUMN event_rollups.le_10 IS 'How many of them took at most 10 milliseconds.';
COMMENT ON COLUMN event_rollups.le_25 IS
  'How many of them took more than 10 milliseconds and at most 25.';
COMMENT ON COLUMN event_rollups.le_50 IS
  'How many of them took more than 25 milliseconds and at most 50.';
COMMENT ON COLUMN event_rollups.le_75 IS
  'How many of them took more than 50 milliseconds and at most 75.';
COMMENT ON COLUMN event_rollups.le_100 IS
  'How many of them took more than 75 milliseconds and at most 100.';
COMMENT ON COLUMN event_rollups.le_150 IS
  'How many of them took more than 100 milliseconds and at most 150.';
COMMENT ON COLUMN event_rollups.le_250 IS
  'How many of them took more than 150 milliseconds and at most 250.';
COMMENT ON COLUMN event_rollups.le_500 IS
  'How many of them took more than 250 milliseconds and at most 500.';
COMMENT ON COLUMN event_rollups.le_1000 IS
  'How many of them took more than 500 milliseconds and at most 1000.';
COMMENT ON COLUMN event_rollups.le_2500 IS
  'How many of them took more than 1000 milliseconds and at most 2500.';
COMMENT ON COLUMN event_rollups.le_5000 IS
  'How many of them took more than 2500 milliseconds and at most 5000.';
COMMENT ON COLUMN event_rollups.le_10000 IS
  'How many of them took more than 5000 milliseconds and at most 10000.';
COMMENT ON COLUMN event_rollups.le_60000 IS
  'How many of them took more than 10000 milliseconds and at most 60000.';
COMMENT ON COLUMN event_rollups.le_infinity IS
  'How many of them took more than 60000 milliseconds.';

CREATE INDEX event_rollups_minute ON event_rollups (minute);

CREATE TABLE event_rollups_hourly (
  LIKE event_rollups INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING COMMENTS
);
COMMENT ON TABLE event_rollups_hourly IS
  'How many events of a kind were committed in an hour, and how long they took, for long charts. It is '
  'worked out from event_rollups once the hour is over.';
ALTER TABLE event_rollups_hourly DROP COLUMN writer;
ALTER TABLE event_rollups_hourly RENAME COLUMN minute TO hour;
COMMENT ON COLUMN event_rollups_hourly.hour IS 'The hour in which they were committed.';
ALTER TABLE event_rollups_hourly ADD PRIMARY KEY (tenant_id, hour, source, event_type, status);
CREATE INDEX event_rollups_hourly_hour ON event_rollups_hourly (hour);

CREATE TABLE issues (
  tenant_id       text        NOT NULL,
  fingerprint     text        NOT NULL,
  source          text        NOT NULL,
  stage           text        NOT NULL,
  error_class     text        NOT NULL,
  error_message   text        NOT NULL,
  event_type      text,
  failures        bigint      NOT NULL,
  first_failed_at timestamptz NOT NULL,
  last_failed_at  timestamptz NOT NULL,
  first_release   text        NOT NULL,
  last_release    text        NOT NULL,
  state           text        NOT NULL DEFAULT 'OPEN'
    CHECK (state IN ('OPEN', 'ACKNOWLEDGED', 'RESOLVED', 'IGNORED')),
  owner           text,
  note            text,
  changed_by      text,
  changed_at      timestamptz,
  reopened_at     timestamptz,
  reopened_in     text,
  reopened        integer     NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant_id, fingerprint)
);

COMMENT ON TABLE issues IS
  'Dead letters by the reason why they failed, and what operators make of it. The pipeline writes '
  'the failures, in the transaction of the letters.';
COMMENT ON COLUMN issues.fingerprint IS
  'Names the reason. The dead letters in event_dead_letters have it too.';
COMMENT ON COLUMN issues.source IS 'The source of the events.';
COMMENT ON COLUMN issues.stage IS 'The step of the pipeline at which they failed.';
COMMENT ON COLUMN issues.error_class IS 'The class of the error.';
COMMENT ON COLUMN issues.error_message IS 'The message of the newest failure.';
COMMENT ON COLUMN issues.event_type IS
  'The type of the newest event that failed. Null where none could be read.';
COMMENT ON COLUMN issues.failures IS
  'How many failures there were so far. A letter that fails again counts again.';
COMMENT ON COLUMN issues.first_failed_at IS 'When the first failure was.';
COMMENT ON COLUMN issues.last_failed_at IS 'When the newest failure was.';
COMMENT ON COLUMN issues.first_release IS
  'The release of Tidegate that the first failure came with.';
COMMENT ON COLUMN issues.last_release IS
  'The release of Tidegate that the newest failure came with.';
COMMENT ON COLUMN issues.state IS
  'What operators made of it: OPEN, ACKNOWLEDGED, RESOLVED or IGNORED.';
COMMENT ON COLUMN issues.owner IS 'Who takes care of it. Null where nobody does.';
COMMENT ON COLUMN issues.note IS 'What an operator wrote about it. Null where nobody did.';
COMMENT ON COLUMN issues.changed_by IS 'Which operator changed it last. Null where nobody did.';
COMMENT ON COLUMN issues.changed_at IS 'When an operator changed it last. Null where nobody did.';
COMMENT ON COLUMN issues.reopened_at IS
  'When it came back after it had been resolved. Null where it did not.';
COMMENT ON COLUMN issues.reopened_in IS
  'The release with which it came back. Null where it did not.';
COMMENT ON COLUMN issues.reopened IS 'How often it came back.';

CREATE INDEX issues_last_failed_at ON issues (tenant_id, last_failed_at DESC, fingerprint);

CREATE TABLE issue_hours (
  tenant_id   text        NOT NULL,
  fingerprint text        NOT NULL,
  hour        timestamptz NOT NULL,
  failures    bigint      NOT NULL,
  PRIMARY KEY (tenant_id, fingerprint, hour)
);

COMMENT ON TABLE issue_hours IS
  'How often each issue failed in an hour.';
COMMENT ON COLUMN issue_hours.fingerprint IS 'The issue.';
COMMENT ON COLUMN issue_hours.hour IS 'The hour.';
COMMENT ON COLUMN issue_hours.failures IS 'How many failures there were in it.';

CREATE INDEX issue_hours_hour ON issue_hours (hour);

CREATE TABLE event_attempts (
  tenant_id       text        NOT NULL,
  source          text        NOT NULL,
  notification_id text        NOT NULL,
  attempted_at    timestamptz NOT NULL,
  outcome         text        NOT NULL
    CHECK (outcome IN ('PROCESSED', 'UNHANDLED', 'DUPLICATE', 'DEAD_LETTER')),
  stage           text,
  error_class     text,
  error_message   text,
  fingerprint     text,
  release         text        NOT NULL,
  message_id      text,
  replay_id       text
);

COMMENT ON TABLE event_attempts IS
  'What happened to a notification besides its first success, which its row in events tells: each '
  'failure, each repeat, each replay.';
COMMENT ON COLUMN event_attempts.source IS 'The source that the notification came from.';
COMMENT ON COLUMN event_attempts.notification_id IS 'The ID of the notification in events.';
COMMENT ON COLUMN event_attempts.attempted_at IS 'When it was tried.';
COMMENT ON COLUMN event_attempts.outcome IS
  'PROCESSED, UNHANDLED, DEAD_LETTER, or DUPLICATE where nothing was new.';
COMMENT ON COLUMN event_attempts.stage IS
  'The step of the pipeline at which it failed. Null where it did not.';
COMMENT ON COLUMN event_attempts.error_class IS
  'The class of the error. Null where it did not fail.';
COMMENT ON COLUMN event_attempts.error_message IS
  'The message of the error. Null where it did not fail.';
COMMENT ON COLUMN event_attempts.fingerprint IS
  'The issue that it belongs to. Null where it did not fail.';
COMMENT ON COLUMN event_attempts.release IS 'The release of Tidegate that made the attempt.';
COMMENT ON COLUMN event_attempts.message_id IS
  'The Pub/Sub message of the attempt. Null where it is not known.';
COMMENT ON COLUMN event_attempts.replay_id IS
  'The replay that made the attempt. Null where none did.';

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

CREATE TABLE dry_runs (
  tenant_id    text        NOT NULL,
  dry_run_id   uuid        NOT NULL,
  status       text        NOT NULL DEFAULT 'RUNNING'
    CHECK (status IN ('RUNNING', 'COMPLETED', 'CANCELLED', 'FAILED')),
  origin       text        NOT NULL,
  filter       jsonb       NOT NULL,
  selected     bigint      NOT NULL,
  done         bigint      NOT NULL DEFAULT 0,
  reason       text,
  result       jsonb,
  requested_by text,
  requested_by_tenant text NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT now(),
  updated_at   timestamptz NOT NULL DEFAULT now(),
  finished_at  timestamptz,
  PRIMARY KEY (tenant_id, dry_run_id)
);

COMMENT ON TABLE dry_runs IS
  'Runs of the handlers over events that write nothing: what they would make of them.';
COMMENT ON COLUMN dry_runs.tenant_id IS
  'The tenant whose events they are. Empty where they are several tenants''.';
COMMENT ON COLUMN dry_runs.dry_run_id IS 'The ID of the run.';
COMMENT ON COLUMN dry_runs.status IS 'RUNNING, COMPLETED, CANCELLED or FAILED.';
COMMENT ON COLUMN dry_runs.origin IS 'Where the events are read, as in replays.';
COMMENT ON COLUMN dry_runs.filter IS 'Which events are chosen: a JSON object.';
COMMENT ON COLUMN dry_runs.selected IS 'How many events there are.';
COMMENT ON COLUMN dry_runs.done IS 'How many events have been tried.';
COMMENT ON COLUMN dry_runs.reason IS 'Why it failed. Null where it did not.';
COMMENT ON COLUMN dry_runs.result IS
  'What the handlers would do, as JSON. Null before there is something to tell.';
COMMENT ON COLUMN dry_runs.requested_by IS 'Who asked for it. Null where that is not known.';
COMMENT ON COLUMN dry_runs.requested_by_tenant IS 'The tenant of who asked for it.';
COMMENT ON COLUMN dry_runs.created_at IS 'When it was asked for.';
COMMENT ON COLUMN dry_runs.updated_at IS
  'When the gateway that works on it last said so. It does from time to time.';
COMMENT ON COLUMN dry_runs.finished_at IS 'When it ended. Null before that.';

CREATE INDEX dry_runs_id ON dry_runs (dry_run_id);

CREATE TABLE console_codes (
  code_sha256 text        NOT NULL PRIMARY KEY,
  session     text        NOT NULL,
  expires_at  timestamptz NOT NULL
);

COMMENT ON TABLE console_codes IS
  'Codes with which a browser signs in to the console. Each works once, and for a short time.';
COMMENT ON COLUMN console_codes.code_sha256 IS 'The SHA-256 of the code.';
COMMENT ON COLUMN console_codes.session IS 'Who asked for it, encrypted.';
COMMENT ON COLUMN console_codes.expires_at IS 'When it stops to work.';

SELECT comment_common_columns(
  'event_rollups', 'event_rollups_hourly', 'issues', 'issue_hours', 'event_attempts', 'dry_runs');
