-- The ledger: one row for every notification seen, and the letters that could not be delivered.
--
-- It records, it never gates: whether an event's rows are written is decided by their versions.

-- The ledger and all other technical tables are in the schema tidegate. The tables of sources and
-- their views are in the applications' schema: the first of the search path, public by default.
SET LOCAL search_path TO tidegate;

-- A column of a view gets the comment of the column of the same name that the view reads. Each migration
-- calls this for the tables and views that it makes or extends. So do the statements that make the
-- tables of declared sources (DatabaseSchema).
CREATE FUNCTION comment_common_columns(VARIADIC relations regclass[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  relation regclass;
  col      name;
  comment  text;
BEGIN
  FOREACH relation IN ARRAY relations LOOP
    FOR col, comment IN
      SELECT own.attname, CASE
        WHEN own.attname = 'tenant_id' THEN
          'The tenant that the row belongs to. Name it in every query and every join.'
        WHEN own.attname = 'updated_at' AND is_view THEN
          'When the transaction began that last changed one of the rows which this row is made of. '
          'For people: programs poll by updated_xid.'
        WHEN own.attname = 'updated_xid' AND is_view THEN
          'The transaction that last changed one of the rows which this row is made of. Programs that '
          'follow changes poll by it.'
        WHEN own.attname = 'updated_at' AND has_xid THEN
          'When the transaction began that last changed a value of this row. For people: programs '
          'poll by updated_xid.'
        WHEN own.attname = 'updated_xid' THEN
          'The transaction that last changed a value of this row. Programs that follow changes poll '
          'by it.'
        WHEN is_view THEN (
          -- What it reads may have columns of one name that differ: then tables come before views, and
          -- of several tables the view's migration says which it means.
          SELECT CASE WHEN count(DISTINCT told) FILTER (WHERE relkind <> 'v') > 0
              THEN CASE WHEN count(DISTINCT told) FILTER (WHERE relkind <> 'v') = 1
                THEN min(told) FILTER (WHERE relkind <> 'v') END
              WHEN count(DISTINCT told) = 1 THEN min(told) END
          FROM pg_rewrite rule
          JOIN pg_depend reads
            ON reads.classid = 'pg_rewrite'::regclass AND reads.objid = rule.oid
            AND reads.refclassid = 'pg_class'::regclass AND reads.refobjid <> own.attrelid
          JOIN pg_class source ON source.oid = reads.refobjid
          JOIN pg_attribute its
            ON its.attrelid = reads.refobjid AND its.attnum = reads.refobjsubid AND its.attnum > 0
          CROSS JOIN LATERAL col_description(its.attrelid, its.attnum) AS told
          WHERE rule.ev_class = own.attrelid AND its.attname = own.attname)
        WHEN parent IS NOT NULL THEN (
          SELECT col_description(attrelid, attnum) FROM pg_attribute
          WHERE attrelid = parent AND attname = own.attname)
        WHEN own.attname = 'column_versions' THEN
          'Older versions of columns that the newest notification of their group did not mention, by '
          'column. Null in nearly every row.'
        WHEN own.attname = 'extra' AND has_extra_version THEN
          'Attributes that the provider sends and that have no column, as one JSON object. Null where '
          'there are none.'
        WHEN own.attname LIKE '%\_version' AND own.atttypid = 'bytea'::regtype AND has_xid THEN
          format('The newest version of the columns in the group %s: which notification wrote them. '
            'version_time reads its time. Null where no notification told of them.',
            left(own.attname, -length('_version')))
      END
      FROM (
        SELECT attrelid, attname, attnum, atttypid,
          EXISTS (SELECT FROM pg_class WHERE oid = attrelid AND relkind = 'v') AS is_view,
          EXISTS (SELECT FROM pg_attribute other
                  WHERE other.attrelid = a.attrelid AND other.attname = 'updated_xid') AS has_xid,
          EXISTS (SELECT FROM pg_attribute other WHERE other.attrelid = a.attrelid
                  AND other.attname = 'extra_version') AS has_extra_version,
          (SELECT inhparent FROM pg_inherits WHERE inhrelid = a.attrelid) AS parent
        FROM pg_attribute a
        WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped
          AND col_description(attrelid, attnum) IS NULL
      ) AS own
    LOOP
      IF comment IS NOT NULL THEN
        EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', relation, col, comment);
      END IF;
    END LOOP;
  END LOOP;
END
$$;

COMMENT ON FUNCTION comment_common_columns IS
  'Sets the comments of columns that mean the same in every table, where a column has none.';

-- A version is bytes that compare as versions do: 8 bytes of time, which are the microseconds since
-- the year 1, and 16 bytes of a hash over the notification's ID and content. Those of an
-- application's events have 16 bytes between the two.

CREATE FUNCTION version_time(version bytea) RETURNS timestamptz
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  -- By the day and the rest: a number of microseconds is more than an interval takes exactly. Without
  -- the sign, so that no bytes can fail a query.
  SELECT (date '0001-01-01' + (microseconds / 86400000000)::integer)::timestamp AT TIME ZONE 'UTC'
    + microseconds % 86400000000 * interval '1 microsecond'
  FROM (SELECT ('x' || encode(substr(version, 1, 8), 'hex'))::bit(64)::bigint
      & 9223372036854775807 AS microseconds) AS t
$$;

COMMENT ON FUNCTION version_time IS
  'The time that a version begins with: since when the facts of the event are true, by its source.';

CREATE FUNCTION version_hash(notification_id text, content_sha256 text) RETURNS bytea
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT substr(
    sha256(
      int4send(octet_length(convert_to(notification_id, 'UTF8')))
        || convert_to(notification_id, 'UTF8') || convert_to(content_sha256, 'UTF8')),
    1, 16)
$$;

COMMENT ON FUNCTION version_hash IS
  'What the versions of a content that came under a notification ID end with.';

CREATE TABLE events (
  tenant_id              text        NOT NULL,
  source                 text        NOT NULL,
  notification_id        text        NOT NULL,
  event_id               uuid        NOT NULL,
  event_type             text,
  subject                text,
  status                 text        NOT NULL
    CHECK (status IN ('PROCESSED', 'UNHANDLED', 'DEAD_LETTER')),
  version                bytea       NOT NULL,
  attempts               integer     NOT NULL DEFAULT 1,
  conflicts              integer     NOT NULL DEFAULT 0,
  received_at            timestamptz NOT NULL,
  published_at           timestamptz NOT NULL,
  processed_at           timestamptz NOT NULL,
  processing_duration_ms double precision,
  latency_ms             double precision,
  error_class            text,
  error_message          text,
  signature_valid        boolean,
  request_id             text,
  attributes             jsonb       NOT NULL,
  message_id             text,
  warnings               jsonb,
  about                  jsonb,
  about_index            bigint[],
  payload_stored_on      date,
  PRIMARY KEY (tenant_id, source, notification_id)
);

COMMENT ON TABLE events IS
  'The ledger: one row for each notification, with what became of it.';
COMMENT ON COLUMN events.source IS
  'The source that the notification came from, such as terminal49.';
COMMENT ON COLUMN events.notification_id IS
  'The sender''s ID of the notification. pubsub-message:<id> where the message carried none that '
  'could be read.';
COMMENT ON COLUMN events.event_id IS
  'An ID for URLs: the gateway''s evt_… holds it. It is derived from tenant, source and '
  'notification ID. Who knows these can compute it, so it proves nothing.';
COMMENT ON COLUMN events.event_type IS 'The type of the event. Null where none could be read.';
COMMENT ON COLUMN events.subject IS
  'The user whose event it is, as the sender named it. Null for webhooks.';
COMMENT ON COLUMN events.status IS
  'PROCESSED: its rows are stored. UNHANDLED: no handler knows its type. DEAD_LETTER: it failed '
  'for good.';
COMMENT ON COLUMN events.version IS
  'The version of the body that this row describes: the newest body that was no dead letter. '
  'version_time reads its time.';
COMMENT ON COLUMN events.attempts IS 'How often the notification has come.';
COMMENT ON COLUMN events.conflicts IS
  'How often the notification came with another body or type than this row described at that '
  'time.';
COMMENT ON COLUMN events.received_at IS
  'When the event was received: by the gateway, where it came that way.';
COMMENT ON COLUMN events.published_at IS 'When Pub/Sub took the message.';
COMMENT ON COLUMN events.processed_at IS 'When the transaction began to write the event''s rows.';
COMMENT ON COLUMN events.processing_duration_ms IS
  'Milliseconds from the arrival at the database writer to the first statement of the '
  'transaction. Null where they were not measured.';
COMMENT ON COLUMN events.latency_ms IS
  'Milliseconds from publication to the first statement of the transaction. Null where they were '
  'not measured.';
COMMENT ON COLUMN events.error_class IS
  'The class of the error of a dead letter. Null where nothing failed.';
COMMENT ON COLUMN events.error_message IS
  'The message of the error of a dead letter. Null where nothing failed.';
COMMENT ON COLUMN events.signature_valid IS
  'Whether the sender''s signature was right. Null where it was not checked.';
COMMENT ON COLUMN events.request_id IS
  'The ID of the request that brought the event. Null where there was none.';
COMMENT ON COLUMN events.attributes IS 'The attributes of the Pub/Sub message: text by name.';
COMMENT ON COLUMN events.message_id IS
  'The Pub/Sub message that brought the body. Null for a dead letter.';
COMMENT ON COLUMN events.warnings IS
  'What of the body could not be stored while the rest was: [{"pointer": …, "rule": …}]. Null '
  'where all of it was stored.';
COMMENT ON COLUMN events.about IS
  'What the event is about: {"keys": {"container_number": "MSCU1234567"}, "rows": {"containers": '
  '[["17"]]}}. Keys are the values that its source declares. Rows are the rows that it tells of: '
  'by table, the parts of each key without the tenant. Null where nothing is known.';
COMMENT ON COLUMN events.about_index IS
  'A hash of each key and each row in about, for searches. Null where about is.';
COMMENT ON COLUMN events.payload_stored_on IS
  'The day (UTC) under which event_payloads has the body. Null for dead letters, and with '
  '--ledgerPayload=false. A body older than --ledgerRetention is gone.';

CREATE UNIQUE INDEX events_event_id ON events (event_id);
CREATE INDEX events_processed_at ON events (processed_at);
CREATE INDEX events_warnings ON events (tenant_id, processed_at DESC) WHERE warnings IS NOT NULL;
CREATE INDEX events_about ON events USING gin (about_index);
CREATE INDEX events_status ON events (tenant_id, status, processed_at DESC);

-- Apart from the ledger, so that a day's bodies can be dropped, which costs nothing, and the ledger's
-- rows are small. A partition key would have to enter the ledger's unique key.
CREATE TABLE event_payloads (
  tenant_id       text  NOT NULL,
  source          text  NOT NULL,
  notification_id text  NOT NULL,
  stored_on       date  NOT NULL,
  payload         bytea NOT NULL,
  PRIMARY KEY (tenant_id, source, notification_id, stored_on)
) PARTITION BY RANGE (stored_on);

COMMENT ON TABLE event_payloads IS
  'The bodies of the notifications in the ledger. Join by all four columns of the key: '
  'events.payload_stored_on gives the day.';
COMMENT ON COLUMN event_payloads.source IS 'The source that the notification came from.';
COMMENT ON COLUMN event_payloads.notification_id IS 'The ID of the notification in events.';
COMMENT ON COLUMN event_payloads.stored_on IS
  'The day (UTC) on which the body was written. A replay of an old event is written anew.';
COMMENT ON COLUMN event_payloads.payload IS
  'The body, compressed. Read it with payload_json or payload_body.';

-- The writer has compressed it.
ALTER TABLE event_payloads ALTER COLUMN payload SET STORAGE EXTERNAL;

-- The pipeline makes each day's partition ahead. What it has made none for is kept here, so that a
-- missing one refuses no event.
CREATE TABLE event_payloads_default PARTITION OF event_payloads DEFAULT
  -- Up to half a page a payload stays in its row: each chunk elsewhere would cost another two writes.
  WITH (toast_tuple_target = 4080);
COMMENT ON TABLE event_payloads_default IS
  'A part of event_payloads: the bodies of days without a partition of their own.';
CREATE INDEX event_payloads_default_stored_on ON event_payloads_default (stored_on);

-- The first byte says how the body is held: 0, then the body as it came; or 1, then the body's length
-- in 4 bytes, then the body as a block of LZ4. Such a block is a chain of bytes that are taken as
-- they are and of bytes that are copied from the 64 KB before them.
CREATE FUNCTION payload_body(stored bytea) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  -- What is done, but for the last part, into which the copies reach back.
  done     bytea[] := '{}';
  part     bytea   := '';
  place    integer := 5;
  token    integer;
  more     integer;
  size     integer;
  distance integer;
BEGIN
  IF get_byte(stored, 0) = 0 THEN
    RETURN substr(stored, 2);
  END IF;
  LOOP
    token := get_byte(stored, place);
    place := place + 1;
    size := token >> 4;
    IF size = 15 THEN
      LOOP
        more := get_byte(stored, place);
        place := place + 1;
        size := size + more;
        EXIT WHEN more < 255;
      END LOOP;
    END IF;
    part := part || substr(stored, place + 1, size);
    place := place + size;
    EXIT WHEN place >= length(stored);
    distance := get_byte(stored, place) + (get_byte(stored, place + 1) << 8);
    place := place + 2;
    IF distance NOT BETWEEN 1 AND length(part) THEN
      RAISE data_corrupted USING MESSAGE = 'a damaged payload';
    END IF;
    size := (token & 15) + 4;
    IF size = 19 THEN
      LOOP
        more := get_byte(stored, place);
        place := place + 1;
        size := size + more;
        EXIT WHEN more < 255;
      END LOOP;
    END IF;
    -- A copy may reach into itself: what it has made so far repeats.
    WHILE size > 0 LOOP
      more := least(size, distance);
      part := part || substr(part, length(part) - distance + 1, more);
      size := size - more;
      distance := distance + more;
    END LOOP;
    IF length(part) > 131072 THEN
      done := done || substr(part, 1, length(part) - 65536);
      part := substr(part, length(part) - 65535);
    END IF;
  END LOOP;
  RETURN coalesce((SELECT string_agg(each, '' ORDER BY n)
    FROM unnest(done) WITH ORDINALITY AS parts (each, n)), '') || part;
END
$$;

COMMENT ON FUNCTION payload_body IS 'The body that a column payload holds, as it came.';

CREATE FUNCTION payload_json(stored bytea) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  RETURN convert_from(tidegate.payload_body(stored), 'UTF8')::jsonb;
EXCEPTION WHEN OTHERS THEN
  RETURN NULL;
END
$$;

COMMENT ON FUNCTION payload_json IS
  'The body that a column payload holds, as jsonb. Null where jsonb cannot hold it.';

CREATE TABLE event_dead_letters (
  tenant_id       text        NOT NULL,
  source          text        NOT NULL,
  notification_id text        NOT NULL,
  body_sha256     text        NOT NULL,
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
  handler_version text        NOT NULL,
  replayed_at     timestamptz,
  replay_id       text,
  discarded_at    timestamptz,
  discard_archived_at timestamptz,
  message_id      text        NOT NULL,
  published_at    timestamptz NOT NULL,
  received_at     timestamptz NOT NULL,
  failed_at       timestamptz NOT NULL,
  attributes      jsonb       NOT NULL,
  body            bytea       NOT NULL,
  PRIMARY KEY (tenant_id, source, notification_id, content_sha256, stage)
);

COMMENT ON TABLE event_dead_letters IS
  'Notifications that failed for good, with their original bodies. One row for each content of a '
  'notification and each stage at which it failed, however often it came.';
COMMENT ON COLUMN event_dead_letters.source IS 'The source that the notification came from.';
COMMENT ON COLUMN event_dead_letters.notification_id IS 'The sender''s ID of the notification.';
COMMENT ON COLUMN event_dead_letters.body_sha256 IS 'The SHA-256 of the body, in hexadecimal.';
COMMENT ON COLUMN event_dead_letters.content_sha256 IS
  'The SHA-256 of the body, and of the type where an attribute gave it. The versions of the '
  'content are made of it.';
COMMENT ON COLUMN event_dead_letters.stage IS 'The step of the pipeline at which it failed.';
COMMENT ON COLUMN event_dead_letters.dead_letter_id IS 'The ID of the dead letter.';
COMMENT ON COLUMN event_dead_letters.event_type IS
  'The type of the event. Null where none could be read.';
COMMENT ON COLUMN event_dead_letters.error_class IS 'The class of the error of the last attempt.';
COMMENT ON COLUMN event_dead_letters.error_message IS
  'The message of the error of the last attempt.';
COMMENT ON COLUMN event_dead_letters.fingerprint IS
  'Names the reason of the failure. Letters that failed for one reason share it, and issues has a '
  'row for it.';
COMMENT ON COLUMN event_dead_letters.stack_trace IS
  'Where in the code it failed. Null where that is not known.';
COMMENT ON COLUMN event_dead_letters.status IS
  'OPEN: it waits. REPLAYED: a later attempt succeeded. DISCARDED: an operator gave it up.';
COMMENT ON COLUMN event_dead_letters.attempts IS 'How often it has failed.';
COMMENT ON COLUMN event_dead_letters.handler_version IS
  'The version of Tidegate, and so of the handlers, that made the last attempt.';
COMMENT ON COLUMN event_dead_letters.replayed_at IS
  'When a replay of it succeeded. It is kept where a later attempt fails and the letter is open '
  'again. Null where no replay succeeded.';
COMMENT ON COLUMN event_dead_letters.replay_id IS 'The replay that succeeded. Null where none did.';
COMMENT ON COLUMN event_dead_letters.discarded_at IS
  'When the letter was discarded, or failed again after that. Null unless it was discarded.';
COMMENT ON COLUMN event_dead_letters.discard_archived_at IS
  'The discarded_at that the archive has a row for. Null where it has none.';
COMMENT ON COLUMN event_dead_letters.message_id IS 'The Pub/Sub message of the last attempt.';
COMMENT ON COLUMN event_dead_letters.published_at IS 'When Pub/Sub took that message.';
COMMENT ON COLUMN event_dead_letters.received_at IS 'When the event was received.';
COMMENT ON COLUMN event_dead_letters.failed_at IS 'When the last attempt failed.';
COMMENT ON COLUMN event_dead_letters.attributes IS
  'The attributes of the Pub/Sub message: text by name.';
COMMENT ON COLUMN event_dead_letters.body IS 'The body as it came.';

CREATE UNIQUE INDEX event_dead_letters_id ON event_dead_letters (dead_letter_id);
-- It is empty but for what the archive does not know yet.
CREATE INDEX event_dead_letters_discards ON event_dead_letters (discarded_at)
  WHERE status = 'DISCARDED' AND discard_archived_at IS DISTINCT FROM discarded_at;
CREATE INDEX event_dead_letters_open
  ON event_dead_letters (tenant_id, failed_at DESC) WHERE status = 'OPEN';

-- PostgreSQL commits transactions one after another that notify: so this is done on request only.
CREATE FUNCTION notify_changes(relation regclass, notifies boolean DEFAULT true) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  IF notifies THEN
    EXECUTE format(
      'CREATE OR REPLACE TRIGGER tidegate_changes_inserted AFTER INSERT ON %s '
      'REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION tidegate.changes_notify()',
      relation);
    EXECUTE format(
      'CREATE OR REPLACE TRIGGER tidegate_changes_updated AFTER UPDATE ON %s '
      'REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION tidegate.changes_notify()',
      relation);
  ELSE
    EXECUTE format('DROP TRIGGER IF EXISTS tidegate_changes_inserted ON %s', relation);
    EXECUTE format('DROP TRIGGER IF EXISTS tidegate_changes_updated ON %s', relation);
  END IF;
END
$$;

COMMENT ON FUNCTION notify_changes IS
  'From now on, tells who listens on tidegate_changes when rows of the table change: a JSON object with '
  'table and tenant_id for each transaction. With false as the second argument it ends that.';

CREATE FUNCTION changes_notify() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify(
    'tidegate_changes', json_build_object('table', TG_TABLE_NAME, 'tenant_id', tenant_id)::text)
  -- A newer version of the same values is no change.
  FROM (SELECT DISTINCT tenant_id FROM new_rows WHERE updated_xid = pg_current_xact_id()) AS changed;
  RETURN NULL;
END
$$;

COMMENT ON FUNCTION changes_notify IS 'The trigger that notify_changes sets.';

SELECT comment_common_columns(
  'events', 'event_payloads', 'event_payloads_default', 'event_dead_letters');

-- Flyway's own table.
DO $$
BEGIN
  IF to_regclass('tidegate.flyway_schema_history') IS NOT NULL THEN
    COMMENT ON TABLE flyway_schema_history IS
      'The migrations that this database has seen. Flyway writes it.';
    COMMENT ON COLUMN flyway_schema_history.installed_rank IS 'The order in which they ran.';
    COMMENT ON COLUMN flyway_schema_history.version IS
      'The version of the migration. Null for those that run again whenever they change.';
    COMMENT ON COLUMN flyway_schema_history.description IS 'The name of the migration.';
    COMMENT ON COLUMN flyway_schema_history.type IS 'The kind of migration.';
    COMMENT ON COLUMN flyway_schema_history.script IS 'The file of the migration.';
    COMMENT ON COLUMN flyway_schema_history.checksum IS 'Tells whether the file has changed.';
    COMMENT ON COLUMN flyway_schema_history.installed_by IS 'The user who ran it.';
    COMMENT ON COLUMN flyway_schema_history.installed_on IS 'When it ran.';
    COMMENT ON COLUMN flyway_schema_history.execution_time IS 'How long it took, in milliseconds.';
    COMMENT ON COLUMN flyway_schema_history.success IS 'Whether it succeeded.';
  END IF;
END
$$;
